"""Reading the constants of a requantization: converting them, or saying what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Int
from qpim_emu.arith.integers import is_integer
from qpim_emu.arith.scales import real_numbers
from qpim_emu.errors import LayerError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from qpim_emu.arith.requantize.mode import Range
    from qpim_emu.arith.rounding import Integers
    from qpim_emu.typing import FloatArray, IntArray

__all__ = ["read_integer", "read_integers", "read_scales", "read_thresholds"]

INT64 = Int(64)
PER_FILTER_THRESHOLDS = 2


def read_integer(value: object, *, field: str, allowed: Range) -> int:
    """Read one integer within `allowed`.

    Raises
    ------
    LayerError
        If it is anything else.
    """
    if not is_integer(value) or not allowed.min <= value <= allowed.max:
        msg = f"{field} must be an integer in {allowed.min}..{allowed.max}, got {value!r}"
        raise LayerError(msg)
    return int(value)


def read_integers(value: ArrayLike, *, field: str, allowed: Range) -> Integers:
    """Read an integer, or one per filter as read-only ``int64[filters]``.

    Raises
    ------
    LayerError
        If a value is no integer within `allowed`, or there are none.
    """
    array = exact_array(value, field=field)
    if array.ndim == 0:
        return read_integer(array.item(), field=field, allowed=allowed)
    if array.ndim > 1 or array.size == 0:
        msg = f"{field} must be a scalar or one value per filter, got shape {array.shape}"
        raise LayerError(msg)
    return frozen([read_integer(v, field=field, allowed=allowed) for v in array.tolist()])


def read_thresholds(value: ArrayLike) -> IntArray:
    """Read ascending thresholds, ``int64[T]`` or ``int64[filters, T]``.

    Raises
    ------
    LayerError
        If the shape is another one, or a value is no 64-bit integer or below the one before it.
    """
    array = exact_array(value, field="thresholds")
    if array.ndim not in {1, PER_FILTER_THRESHOLDS} or array.size == 0:
        msg = f"thresholds must have the shape [T] or [filters, T], got {array.shape}"
        raise LayerError(msg)
    for threshold in () if array.dtype == np.int64 else array.flat:
        if not isinstance(threshold, (int, np.integer)) or not INT64.contains(int(threshold)):
            msg = f"thresholds must be integers of 64 bits, got {threshold!r}"
            raise LayerError(msg)
    thresholds = frozen(array)
    descents = np.argwhere(thresholds[..., 1:] < thresholds[..., :-1])
    if descents.size:
        place = (*descents[0][:-1], descents[0][-1] + 1)
        msg = f"thresholds must ascend, got {thresholds[place]} at {[int(i) for i in place]}"
        raise LayerError(msg)
    return thresholds


def read_scales(value: ArrayLike, *, held: type[np.float32 | np.float64]) -> float | FloatArray:
    """Read a scale, or one per filter as read-only ``float64[filters]``.

    Parameters
    ----------
    value
        Numbers.
    held
        The float the machine holds them in; they are rounded to it here.

    Raises
    ------
    LayerError
        If a value is not finite and positive in that float, or there are none.
    """
    array = real_numbers(value, field="scale")
    if array.ndim > 1 or array.size == 0:
        msg = f"scale must be a number or one per filter, got shape {array.shape}"
        raise LayerError(msg)
    with np.errstate(over="ignore", under="ignore"):
        scales = array.astype(held).astype(np.float64)
    wrong = ~(np.isfinite(scales) & (scales > 0))
    if wrong.any():
        msg = f"scale must be finite and positive as {held.__name__}, got {float(array[wrong][0])}"
        raise LayerError(msg)
    scales.setflags(write=False)
    return scales if scales.ndim else float(scales)


def exact_array(value: ArrayLike, *, field: str) -> NDArray[np.generic]:
    """Make an array whose elements are Python integers or anything else as it was given."""
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.empty(0, object)
    if array.dtype.kind not in "iuO":
        msg = f"{field} must be integers, got {value!r}"
        raise LayerError(msg)
    return array


def frozen(values: ArrayLike) -> IntArray:
    """Return a read-only ``int64`` copy."""
    array = np.array(values, dtype=np.int64, order="C")
    array.setflags(write=False)
    return array
