"""Checks on user input shared by layers, operations and networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.integers import is_integer
from qpim_emu.errors import CodeError, LayerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = [
    "check_codes",
    "check_type",
    "frozen_integers",
    "held_integers",
    "integers",
    "padding_pair",
    "padding_pairs",
    "pair",
    "positive",
    "read_shape",
]

HELD = tuple(map(np.dtype, ("i1", "i2", "i4", "i8", "u1", "u2", "u4")))
"""Types of integers, in this machine's order of bytes, whose values fit ``int64``."""

LARGEST_SIZE = (1 << 31) - 1
"""Sizes, strides and the like: products of two of them are addresses within 64 bits."""


def integers(values: ArrayLike, *, field: str) -> IntArray:
    """Convert to ``int64`` without losing anything, or refuse.

    Raises
    ------
    CodeError
        If `values` are not integers, do not fit 64 bits, have rows of different lengths, or
        are masked.
    """
    return held_integers(values, field=field).astype(np.int64, copy=False)


def held_integers(values: ArrayLike, *, field: str) -> NDArray[np.integer[Any]]:
    """Do what `integers` does, but leave integers in the type that holds them.

    Returns
    -------
    NDArray
        Of any integer type whose values all fit ``int64``.
    """
    if isinstance(values, np.ma.MaskedArray):
        msg = f"{field} must be integers, got a masked array"
        raise CodeError(msg)
    try:
        array = np.asarray(values)
    except ValueError:
        msg = f"{field} must be an array of integers, got rows of different lengths"
        raise CodeError(msg) from None
    if array.dtype in HELD:
        return array
    if array.dtype == object:
        return exact_objects(array, field=field)
    if array.dtype.kind not in "iub":
        msg = f"{field} must be integers, got dtype {array.dtype}"
        raise CodeError(msg)
    if array.dtype == np.uint64 and array.size and int(array.max()) > np.iinfo(np.int64).max:
        msg = f"{field} must fit 64 bits signed, got {int(array.max())}"
        raise CodeError(msg)
    return array.astype(np.int64)


def exact_objects(array: NDArray[Any], *, field: str) -> IntArray:
    """Convert an array of Python integers, refusing anything else."""
    for value in array.flat:
        if not isinstance(value, (int, np.integer)) or not -(1 << 63) <= value < 1 << 63:
            msg = f"{field} must be integers of 64 bits, got {value!r}"
            raise CodeError(msg)
    return array.astype(np.int64)


def frozen_integers(values: ArrayLike, *, field: str) -> IntArray:
    """Return a read-only ``int64`` copy of `values`, or `values` if nobody can write them."""
    if isinstance(values, np.ndarray) and values.dtype == np.int64 and is_frozen(values):
        return values
    array = np.array(integers(values, field=field), dtype=np.int64, order="C")
    array.setflags(write=False)
    return array


def is_frozen(array: NDArray[Any]) -> bool:
    """Whether neither an array nor anything it is a view of can be written."""
    while not array.flags.writeable:
        base: object = array.base
        if base is None:
            return True
        if not isinstance(base, np.ndarray):
            return False
        array = base
    return False


def check_codes(codes: IntArray, stored: Format, *, field: str) -> None:
    """Refuse codes that do not belong to their format, naming the first one.

    Raises
    ------
    CodeError
        If a code lies outside `stored`.
    """
    outside = stored.find_outside(codes)
    if outside.size:
        flat = int(outside[0])
        place = ", ".join(str(int(i)) for i in np.unravel_index(flat, codes.shape))
        msg = (
            f"{field} must be codes of {stored} ({stored.min}..{stored.max}), "
            f"got {int(codes.flat[flat])} at [{place}]"
        )
        raise CodeError(msg)


def check_type(value: object, kind: type, *, field: str) -> None:
    """Refuse a `value` that is no `kind`.

    Raises
    ------
    LayerError
        Naming the field, the kind and the value.
    """
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        msg = f"{field} must be {article} {kind.__name__}, got {value!r}"
        raise LayerError(msg)


def read_shape(shape: Iterable[int], *, axes: tuple[str | int, ...]) -> tuple[int, ...]:
    """Read the shape of an input: sizes of 1 or more, as many as `axes` names.

    Parameters
    ----------
    shape
        The shape.
    axes
        Name of each axis, or the size it must have.

    Raises
    ------
    CodeError
        If `shape` is anything else.
    """
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else ()
    fits = len(sizes) == len(axes) and all(
        is_integer(size) and size > 0 and (isinstance(axis, str) or size == axis)
        for size, axis in zip(sizes, axes, strict=True)
    )
    if not fits:
        got = list(shape) if isinstance(shape, (tuple, list)) else shape
        msg = f"input must have shape [{', '.join(map(str, axes))}], got {got!r}"
        raise CodeError(msg)
    return tuple(int(size) for size in sizes)


def positive(value: int, *, field: str) -> int:
    """Return `value` if it is an integer of at least 1."""
    if not is_integer(value) or value < 1:
        msg = f"{field} must be an integer of 1 or more, got {value!r}"
        raise LayerError(msg)
    if value > LARGEST_SIZE:
        msg = f"{field} must be at most {LARGEST_SIZE}, got {value!r}"
        raise LayerError(msg)
    return int(value)


def pair(value: int | tuple[int, int], *, field: str) -> tuple[int, int]:
    """Read one or two positive integers as (vertical, horizontal)."""
    both = two_of(value)
    if both is None:
        msg = f"{field} must be one or two integers, got {value!r}"
        raise LayerError(msg)
    return positive(both[0], field=field), positive(both[1], field=field)


def two_of(value: Any) -> tuple[Any, Any] | None:  # noqa: ANN401 - what a user gave
    """Read a sequence of two things, or one thing that is no sequence twice."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (tuple, list)):
        return value, value
    return (value[0], value[1]) if len(value) == 2 else None  # noqa: PLR2004 - two axes


def padding_pair(value: int | tuple[int, int], *, field: str = "padding") -> tuple[int, int]:
    """Read a padding in one dimension as (left, right); one integer pads both ends."""
    sides = two_of(value)
    if sides is None or any(
        not is_integer(side) or not 0 <= side <= LARGEST_SIZE for side in sides
    ):
        msg = f"{field} must be (left, right) of 0 or more, got {value!r}"
        raise LayerError(msg)
    return int(sides[0]), int(sides[1])


def padding_pairs(
    value: int | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]],
    *,
    field: str = "padding",
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Read a padding as ((top, bottom), (left, right)).

    One integer pads every side; two integers pad (vertical, horizontal) on both ends.
    """
    axes = two_of(value)
    sides = [two_of(axis) for axis in axes] if axes else [None]
    flat: list[Any] = [side for axis in sides for side in axis or (None,)]
    if any(not is_integer(side) or not 0 <= side <= LARGEST_SIZE for side in flat):
        msg = f"{field} must be ((top, bottom), (left, right)) of 0 or more, got {value!r}"
        raise LayerError(msg)
    top, bottom, left, right = (int(s) for s in flat)
    return (top, bottom), (left, right)
