"""Rounding of a right shift, in one place.

A value is shifted right by splitting it into three parts (two's complement, so the low bits
count upwards from the floor also for negative values)::

    value >> shift | first bit shifted out | the bits below it
        floor      |         half          |      sticky (any of them set)

and adding a carry of 0 or 1 to the floor. The carry of every rounding is a formula in `half`,
`sticky` and the floor; it never needs a sum wider than the value, so nothing can overflow.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias, overload

import numpy as np

from qpim_emu.errors import InputError
from qpim_emu.typing import IntArray

if TYPE_CHECKING:
    from qpim_emu.typing import BoolArray

__all__ = ["Integers", "Rounding", "shift_right", "shift_saturated"]

Integers: TypeAlias = int | IntArray
"""A Python integer, or ``int64`` integers of any shape."""

INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1
LAST_BIT = 63


class Rounding(StrEnum):
    """How the value ``x / 2**shift`` becomes an integer."""

    FLOOR = "floor"
    """Towards minus infinity: the bits shifted out are dropped."""

    TOWARD_ZERO = "toward_zero"
    """Towards zero, as C division does."""

    HALF_UP = "half_up"
    """To nearest, ties towards plus infinity: ``(x + (1 << shift - 1)) >> shift``."""

    HALF_EVEN = "half_even"
    """To nearest, ties to the even neighbour (IEEE 754 default)."""

    HALF_AWAY = "half_away"
    """To nearest, ties away from zero (C ``round``)."""


@overload
def shift_right(value: int, shift: int, rounding: Rounding) -> int: ...
@overload
def shift_right(value: int, shift: IntArray, rounding: Rounding) -> IntArray: ...
@overload
def shift_right(value: IntArray, shift: Integers, rounding: Rounding) -> IntArray: ...
def shift_right(value: Integers, shift: Integers, rounding: Rounding) -> Integers:
    """Divide by ``2**shift`` and round; a negative shift multiplies, exactly.

    Parameters
    ----------
    value
        Python integer of any size, or ``int64`` of any shape.
    shift
        Bits to shift right, any integer (64 and more are well defined: only the sign of the
        value is left); scalar, or broadcastable to `value`.
    rounding
        What happens to the bits shifted out.

    Returns
    -------
    int or int64 array
        An integer when both arguments are integers, else an array.

    Raises
    ------
    InputError
        If an array element shifted left does not fit 64 bits (an integer grows instead).

    Examples
    --------
    >>> [shift_right(-5, 1, rounding) for rounding in Rounding]
    [-3, -2, -2, -2, -3]
    """
    if isinstance(value, np.ndarray) or isinstance(shift, np.ndarray):
        return shift_array(np.asarray(value, np.int64), np.asarray(shift, np.int64), rounding)
    if shift <= 0:
        return value << -shift
    shift = min(shift, value.bit_length() + 2)  # beyond, the value is less than a quarter
    floor, half = value >> shift, (value >> (shift - 1)) & 1
    sticky = int(value & ((1 << (shift - 1)) - 1) != 0)
    return floor + carry(rounding, floor=floor, half=half, sticky=sticky, negative=int(value < 0))


@overload
def carry(rounding: Rounding, *, floor: int, half: int, sticky: int, negative: int) -> int: ...
@overload
def carry(
    rounding: Rounding, *, floor: IntArray, half: IntArray, sticky: IntArray, negative: IntArray
) -> Integers: ...
def carry(
    rounding: Rounding, *, floor: Integers, half: Integers, sticky: Integers, negative: Integers
) -> Integers:
    """Carry into the floor, 0 or 1; every argument but `floor` is 0 or 1 as well."""
    match rounding:
        case Rounding.FLOOR:
            return 0
        case Rounding.TOWARD_ZERO:
            return negative & (half | sticky)
        case Rounding.HALF_UP:
            return half
        case Rounding.HALF_EVEN:
            return half & (floor | sticky)
        case Rounding.HALF_AWAY:
            return half & (sticky | (1 - negative))


def shift_array(value: IntArray, shift: IntArray, rounding: Rounding) -> IntArray:
    """Shift ``int64`` values by ``int64`` amounts of either sign."""
    right = np.clip(shift, 0, LAST_BIT + 2)  # 65 bits leave less than a half: see `split`
    left = np.maximum(-shift, 0)
    unrounded = shift_left(value, left) if left.any() else value
    rounded = split(value, right, rounding)
    return rounded if (right > 0).all() else np.where(right > 0, rounded, unrounded)


def split(value: IntArray, right: Integers, rounding: Rounding) -> IntArray:
    """Round ``value / 2**right`` for 0 <= right <= 65 (the result for 0 is not used).

    At 64 the first bit shifted out is the sign; at 65 and more it is a copy of the sign and
    everything below it is the value. NumPy shifts are kept below 64, where they are defined.
    """
    floor: IntArray = value >> np.minimum(right, LAST_BIT)
    if rounding is Rounding.FLOOR:
        return floor
    below = np.maximum(right - 1, 0)  # how many bits make up `sticky`
    half: IntArray = value >> np.minimum(below, LAST_BIT)
    half &= 1
    if rounding is Rounding.HALF_UP:  # needs nothing else
        half += floor
        return half
    mask = np.where(below > LAST_BIT, -1, ~(np.int64(-1) << np.minimum(below, LAST_BIT)))
    sticky = ((value & mask) != 0).astype(np.int64)
    negative = (value < 0).astype(np.int64)
    return floor + carry(rounding, floor=floor, half=half, sticky=sticky, negative=negative)


def shift_left(value: IntArray, count: IntArray) -> IntArray:
    """Multiply by ``2**count``, refusing results beyond 64 bits."""
    result, fits = shifted_left(value, count)
    if not fits.all():
        wrong = np.broadcast_to(value, fits.shape)[~fits][0]
        msg = f"value must fit 64 bits after the shift to the left, got {int(wrong)}"
        raise InputError(msg)
    return result


@overload
def shift_saturated(value: int, shift: int, rounding: Rounding) -> int: ...
@overload
def shift_saturated(value: int, shift: IntArray, rounding: Rounding) -> IntArray: ...
@overload
def shift_saturated(value: IntArray, shift: Integers, rounding: Rounding) -> IntArray: ...
def shift_saturated(value: Integers, shift: Integers, rounding: Rounding) -> Integers:
    """Do as `shift_right`, but saturate results at ``int64``, of integers and arrays alike.

    For results that are clamped to a narrower range anyway.

    Examples
    --------
    >>> shift_saturated(-3, -70, Rounding.FLOOR) == -(2 ** 63)
    True
    """
    if isinstance(value, np.ndarray) and isinstance(shift, int) and shift > 0:
        return split(value, min(shift, LAST_BIT + 2), rounding)
    if isinstance(value, np.ndarray) or isinstance(shift, np.ndarray):
        wide, amount = np.asarray(value, np.int64), np.asarray(shift, np.int64)
        rounded = shift_right(wide, np.maximum(amount, 0), rounding)
        if not (amount < 0).any():
            return rounded
        result, fits = shifted_left(rounded, np.maximum(-amount, 0))
        return np.where(fits, result, np.where(wide < 0, INT64_MIN, INT64_MAX))
    return min(max(shift_right(value, shift, rounding), INT64_MIN), INT64_MAX)


def shifted_left(value: IntArray, count: IntArray) -> tuple[IntArray, BoolArray]:
    """Shift left modulo ``2**64``; the second array is true where nothing was lost."""
    below = np.minimum(count, LAST_BIT)
    result = value << below
    return result, ((result >> below) == value) & ((count <= LAST_BIT) | (value == 0))
