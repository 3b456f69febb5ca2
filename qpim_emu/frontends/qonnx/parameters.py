"""Parameters of QONNX operators: constants of the file, as exact numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.frontends.onnx.refusal import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from qpim_emu.frontends.onnx.graph import GraphNode

__all__ = [
    "along_axis",
    "fractions",
    "integer_attribute",
    "one_integer",
    "one_number",
    "positive_fractions",
]

FLAGS = (0, 1)


def fractions(values: NDArray[Any], *, field: str) -> tuple[Fraction, ...]:
    """Read finite numbers exactly.

    Raises
    ------
    RefusedError
        If one is infinite or not a number.
    """
    if values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        msg = f"{field} must be finite numbers, got {values.dtype} {first_odd(values)}"
        raise RefusedError(msg)
    return tuple(Fraction(value) for value in values.reshape(-1).tolist())


def first_odd(values: NDArray[Any]) -> object:
    """Find the first number that is none."""
    odd = values[~np.isfinite(values)] if values.dtype.kind == "f" else values.reshape(-1)
    return odd[0] if odd.size else "nothing"


def positive_fractions(values: NDArray[Any], *, field: str) -> tuple[Fraction, ...]:
    """Read numbers above 0 exactly.

    Raises
    ------
    RefusedError
        If one is 0 or less, infinite or not a number.
    """
    numbers = fractions(values, field=field)
    if not numbers or min(numbers) <= 0:
        got = float(min(numbers)) if numbers else "none"
        msg = f"{field} must be above 0, got {got}"
        raise RefusedError(msg)
    return numbers


def along_axis(
    values: NDArray[Any], *, rank: int, axis: int, size: int, field: str
) -> NDArray[Any]:
    """Reduce an array that broadcasts over a tensor to one number, or one per place of an axis.

    Parameters
    ----------
    values
        Any shape that has at most `rank` axes, all but `axis` of size 1.
    rank, axis, size
        Axes of the tensor, the one that may differ, and its size.
    field
        What to call the array.

    Returns
    -------
    NDArray
        One axis, of size 1 or `size`.

    Raises
    ------
    RefusedError
        If the values differ along another axis.
    """
    if values.size == 1:
        return values.reshape(1)
    aligned = (1,) * (rank - values.ndim) + values.shape
    wanted = tuple(size if place == axis else 1 for place in range(rank))
    if aligned != wanted:
        msg = (
            f"{field} must be one number or {size} along axis {axis}, "
            f"got shape {list(values.shape)}: export it with one scale per tensor or per channel"
        )
        raise RefusedError(msg)
    return values.reshape(-1)


def one_number(values: NDArray[Any], *, field: str) -> Fraction:
    """Read one finite number.

    Raises
    ------
    RefusedError
        If there are several, or it is none.
    """
    numbers = fractions(values, field=field)
    if len(numbers) != 1:
        msg = f"{field} must be one number, got shape {list(values.shape)}"
        raise RefusedError(msg)
    return numbers[0]


def one_integer(values: NDArray[Any], *, field: str) -> int:
    """Read one integer, however many times it is given.

    Raises
    ------
    RefusedError
        If values differ, or are no integer.
    """
    numbers = set(fractions(values, field=field))
    first = min(numbers, default=Fraction(1, 2))
    if len(numbers) != 1 or first.denominator != 1:
        got = sorted(float(number) for number in numbers)[:2]
        msg = f"{field} must be one integer, got {got}"
        raise RefusedError(msg)
    return int(first)


def integer_attribute(attributes: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """Read an attribute that is 0 or 1.

    Raises
    ------
    RefusedError
        If it is anything else, or missing without a default.
    """
    value = attributes.get(name, default)
    if value not in FLAGS:
        msg = f"{name} must be 0 or 1, got {value!r}"
        raise RefusedError(msg)
    return int(value)


def text_attribute(node: GraphNode, name: str, default: str) -> str:
    """Read an attribute that is a name.

    Raises
    ------
    RefusedError
        If it is anything else.
    """
    value = node.attributes.get(name, default)
    if not isinstance(value, str):
        msg = f"{name} must be a name, got {value!r}"
        raise RefusedError(msg)
    return value
