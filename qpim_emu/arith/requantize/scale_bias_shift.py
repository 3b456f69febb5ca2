"""Mode ``scale_bias_shift``: an integer multiply-add and a shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.rounding import Rounding, shift_saturated

if TYPE_CHECKING:
    from qpim_emu.arith.rounding import Integers

__all__ = ["scale_bias_shift"]

INT64_MAX = (1 << 63) - 1


def scale_bias_shift(
    accumulator: Integers, *, multiplier: Integers, addend: Integers, shift: Integers
) -> Integers:
    """Compute ``(accumulator * multiplier + addend) >> shift``, rounded down, exactly.

    Parameters
    ----------
    accumulator
        Up to 64 bits.
    multiplier
        ``k``, signed 32 bits.
    addend
        ``l``, signed 64 bits; it carries a bias and, as ``1 << (shift - 1)``, a rounding.
    shift
        ``n``, signed 8 bits; negative shifts left.

    Returns
    -------
    int or int64 array
        The sum needs up to 97 bits and is never cut; a result beyond ``int64`` saturates there,
        which the clamp that follows cannot tell from the exact value.

    Examples
    --------
    >>> scale_bias_shift(-10, multiplier=3, addend=2, shift=2)
    -7
    """
    if not isinstance(accumulator, np.ndarray):
        return shift_saturated(accumulator * multiplier + addend, shift, Rounding.FLOOR)
    bound = magnitude(accumulator) * magnitude(multiplier) + magnitude(addend)
    if bound <= INT64_MAX:
        return shift_saturated(accumulator * multiplier + addend, shift, Rounding.FLOOR)
    exact = np.frompyfunc(exact_integer, 4, 1)(accumulator, multiplier, addend, shift)
    return np.asarray(exact).astype(np.int64)


def exact_integer(accumulator: int, multiplier: int, addend: int, shift: int) -> int:
    """Compute one element on Python integers, where 64 bits do not hold the sum."""
    return shift_saturated(accumulator * multiplier + addend, shift, Rounding.FLOOR)


def magnitude(value: Integers) -> int:
    """Largest absolute value."""
    if not isinstance(value, np.ndarray):
        return abs(value)
    return max(abs(int(value.min())), abs(int(value.max()))) if value.size else 0
