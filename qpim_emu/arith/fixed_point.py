"""Transcendental functions in 32-bit fixed point, as gemmlowp's fixedpoint.h computes them.

A *raw* integer of a format with ``i`` integer bits stands for ``raw / 2**(31 - i)``. Products go
through `doubling_high_multiply` and their integer bits add up. Everything here takes and gives
``int64`` arrays of raw integers of 32 bits; none of the intermediate values leaves 32 bits on
the stated domains, and none is a float.

Constants are their real values times ``2**(31 - i)``, rounded to nearest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.requantize.q31_double import doubling_high_multiply
from qpim_emu.arith.requantize.registers import INT32_MAX
from qpim_emu.arith.rounding import Rounding, shift_right

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["exp_of_negative", "logistic", "reciprocal", "rescale", "tanh"]

BITS = 31
ONE_EIGHTH = 1 << 28
EXP_OF_MINUS_EIGHTH = 1895147668
ONE_THIRD = 715827883
EXP_OF_MINUS_POWERS = {
    -2: 1672461947,
    -1: 1302514674,
    0: 790015084,
    1: 290630308,
    2: 39332535,
    3: 720401,
    4: 242,
}
"""``exp(-2**e)`` by exponent, no integer bits."""

GUESS_BITS = 2
GUESS_CONSTANT = 1515870810
"""48 / 17, the start of Newton's method, with two integer bits."""
GUESS_SLOPE = -1010580540
"""-32 / 17, with two integer bits."""
NEWTON_STEPS = 3
HALF = 1 << 30


def rescale(raw: IntArray, *, integer_bits: int, to: int) -> IntArray:
    """Change the integer bits: more round to nearest, ties away; fewer saturate."""
    if to >= integer_bits:
        return shift_right(raw, to - integer_bits, Rounding.HALF_AWAY)
    wide: IntArray = raw << (integer_bits - to)
    return np.clip(wide, -INT32_MAX - 1, INT32_MAX)


def exp_of_negative(raw: IntArray, *, integer_bits: int) -> IntArray:
    """Compute ``exp(x)`` for ``x <= 0``.

    The multiple of 1/4 below `x` is split off. What is left, in [-1/4, 0), goes through a Taylor
    polynomial of fourth degree around -1/8; then each set bit of the multiple multiplies the
    result by its own ``exp(-2**e)``, from 1/4 upwards.

    Parameters
    ----------
    raw
        0 or less.
    integer_bits
        0..5 of them in `raw`.

    Returns
    -------
    int64 array
        No integer bits; ``2**31 - 1`` stands for the 1 of ``exp(0)``.
    """
    quarter = 1 << (BITS - integer_bits - 2)
    fraction = (raw & (quarter - 1)) - quarter
    result = exp_of_fraction(rescale(fraction, integer_bits=integer_bits, to=0))
    multiple = fraction - raw
    for exponent, factor in EXP_OF_MINUS_POWERS.items():
        if exponent < integer_bits:
            chosen = (multiple >> (BITS - integer_bits + exponent)) & 1
            scaled = doubling_high_multiply(result, factor)
            result = np.where(chosen == 1, scaled, result)
    return np.where(raw == 0, INT32_MAX, result)


def exp_of_fraction(raw: IntArray) -> IntArray:
    """Compute ``exp(x)`` for ``x`` in [-1/4, 0), no integer bits on either side."""
    x = raw + ONE_EIGHTH
    x2 = doubling_high_multiply(x, x)
    x3 = doubling_high_multiply(x2, x)
    x4 = doubling_high_multiply(x2, x2)
    thirds = doubling_high_multiply(shift_right(x4, 2, Rounding.HALF_AWAY) + x3, ONE_THIRD)
    tail = shift_right(thirds + x2, 1, Rounding.HALF_AWAY)
    higher: IntArray = doubling_high_multiply(x + tail, EXP_OF_MINUS_EIGHTH)
    return higher + EXP_OF_MINUS_EIGHTH


def newton(raw: IntArray) -> IntArray:
    """Compute ``2 / (1 + x)`` for ``x`` in [0, 1], by three of Newton's steps.

    Returns
    -------
    int64 array
        With two integer bits.
    """
    half_denominator = (raw + INT32_MAX + 1) >> 1  # both 0 or more: half up
    slope: IntArray = doubling_high_multiply(half_denominator, GUESS_SLOPE)
    guess = slope + GUESS_CONSTANT
    for _ in range(NEWTON_STEPS):
        error = (1 << (BITS - GUESS_BITS)) - doubling_high_multiply(half_denominator, guess)
        step = doubling_high_multiply(guess, error)
        guess = guess + rescale(step, integer_bits=2 * GUESS_BITS, to=GUESS_BITS)
    return guess


def inverse(raw: IntArray) -> IntArray:
    """Compute ``1 / (1 + x)`` for ``x`` in [0, 1], no integer bits on either side."""
    return rescale(newton(raw), integer_bits=1, to=0)  # half of the value: one bit fewer


def reciprocal(raw: IntArray, *, integer_bits: int) -> tuple[IntArray, IntArray]:
    """Compute ``1 / x`` for ``x > 0`` as a significand and a power of two.

    Returns
    -------
    significand
        In [1/2, 1], no integer bits.
    power
        ``1 / x`` is ``significand / 2**power``.
    """
    bit_length = ((raw[..., None] >> np.arange(BITS)) > 0).sum(axis=-1)
    leading_zeros = BITS + 1 - bit_length
    return inverse((raw << leading_zeros) - (1 << BITS)), integer_bits - leading_zeros


def logistic(raw: IntArray, *, integer_bits: int) -> IntArray:
    """Compute ``1 / (1 + exp(-x))``, of negative ``x`` as 1 minus that of ``-x``.

    Parameters
    ----------
    raw
        Any value but the most negative.
    integer_bits
        0..5 of them in `raw`.

    Returns
    -------
    int64 array
        No integer bits; exactly one half for 0.
    """
    positive = inverse(exp_of_negative(-np.abs(raw), integer_bits=integer_bits))
    return np.where(raw == 0, HALF, np.where(raw > 0, positive, INT32_MAX - positive))


def tanh(raw: IntArray, *, integer_bits: int) -> IntArray:
    """Compute ``(1 - exp(-2 x)) / (1 + exp(-2 x))``, odd in ``x``.

    Parameters
    ----------
    raw
        Any value but the most negative.
    integer_bits
        0..4 of them in `raw`.

    Returns
    -------
    int64 array
        No integer bits.
    """
    exp = exp_of_negative(-np.abs(raw), integer_bits=integer_bits + 1)  # the raw of 2 x
    minus_one = newton(exp) - (1 << (BITS - GUESS_BITS))
    magnitude = rescale(minus_one, integer_bits=GUESS_BITS, to=0)
    return np.sign(raw) * magnitude
