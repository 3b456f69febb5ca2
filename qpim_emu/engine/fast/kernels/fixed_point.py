"""Compiled sums and softmax of codes in 32-bit fixed point, number by number.

These are `qpim_emu.arith.requantize.q31_double`, `qpim_emu.arith.fixed_point` and what the
operations of `qpim_emu.workload.operations` make of them, once more as loops; the definitions are
there. `tests/unit/engine/test_fast_operations.py` compares them. No value leaves 64 bits: products
are of 32-bit numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qpim_emu.arith.fixed_point import (
    BITS,
    EXP_OF_MINUS_EIGHTH,
    EXP_OF_MINUS_POWERS,
    GUESS_BITS,
    GUESS_CONSTANT,
    GUESS_SLOPE,
    NEWTON_STEPS,
    ONE_EIGHTH,
    ONE_THIRD,
)
from qpim_emu.arith.requantize.registers import INT32_MASK, INT32_MAX, SIGN_BIT
from qpim_emu.engine.compiled import compiled, compiled_across

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["Limits", "Scale", "Sum", "softmax_rows", "sum_scaled"]

POWERS = tuple(EXP_OF_MINUS_POWERS.items())
MOST_INTEGER_BITS = 5
SUM_BITS = 12
"""Integer bits of the sum of exponentials."""


class Scale(NamedTuple):
    """How a number is rescaled: less its zero point, Q0.31 multiplier, shift to the right."""

    zero_point: int
    multiplier: int
    shift: int


class Limits(NamedTuple):
    """Smallest and largest code."""

    low: int
    high: int


class Sum(NamedTuple):
    """Constants of a sum.

    Attributes
    ----------
    scales, left_shift
        Of the two operands; both are shifted left first.
    sign
        What the second operand is multiplied by.
    output, limits
        Scale and limits of the result.
    """

    scales: tuple[Scale, Scale]
    left_shift: int
    sign: int
    output: Scale
    limits: Limits


@compiled
def wrap(value: int) -> int:
    """Keep the low 32 bits, as a two's complement number."""
    return ((value + SIGN_BIT) & INT32_MASK) - SIGN_BIT


@compiled
def saturate(value: int) -> int:
    """Limit to 32 bits."""
    return min(max(value, -INT32_MAX - 1), INT32_MAX)


@compiled
def multiply_high(a: int, b: int) -> int:
    """High half of twice the product, ties upwards."""
    product = a * b
    return min((product >> BITS) + ((product >> (BITS - 1)) & 1), INT32_MAX)


@compiled
def divide_away(value: int, shift: int) -> int:
    """Divide by ``2**shift`` for 0 <= shift <= 62, ties away from zero; values of 32 bits."""
    if shift == 0:
        return value
    return (value + (1 << (shift - 1)) - (1 if value < 0 else 0)) >> shift


@compiled_across
def sum_scaled(first: IntArray, second: IntArray, constants: Sum, codes: IntArray) -> None:
    """Rescale two operands, add or subtract, rescale and clamp (`ScaledSum`).

    Parameters
    ----------
    first, second
        ``int64[n]``.
    constants
        How.
    codes
        ``int64[n]``, written.
    """
    (one, other), left, sign, scale, limits = constants
    for i in range(codes.shape[0]):
        a = wrap((first[i] - one.zero_point) << left)
        b = wrap((second[i] - other.zero_point) << left)
        a = divide_away(multiply_high(a, one.multiplier), one.shift)
        b = divide_away(multiply_high(b, other.multiplier), other.shift)
        total = multiply_high(wrap(a + sign * b), scale.multiplier)
        code = divide_away(total, scale.shift) + scale.zero_point
        codes[i] = min(max(code, limits.low), limits.high)


@compiled
def exp_of_fraction(raw: int) -> int:
    """``exp(x)`` for ``x`` in [-1/4, 0), no integer bits on either side."""
    x = raw + ONE_EIGHTH
    x2 = multiply_high(x, x)
    x3, x4 = multiply_high(x2, x), multiply_high(x2, x2)
    thirds = multiply_high(divide_away(x4, 2) + x3, ONE_THIRD)
    tail = divide_away(thirds + x2, 1)
    return multiply_high(x + tail, EXP_OF_MINUS_EIGHTH) + EXP_OF_MINUS_EIGHTH


@compiled
def exp_of_negative(raw: int) -> int:
    """``exp(x)`` for ``x <= 0`` with five integer bits."""
    if raw == 0:
        return INT32_MAX
    quarter = 1 << (BITS - MOST_INTEGER_BITS - 2)
    fraction = (raw & (quarter - 1)) - quarter
    result = exp_of_fraction(saturate(fraction << MOST_INTEGER_BITS))
    multiple = fraction - raw
    for exponent, factor in POWERS:
        bit = BITS - MOST_INTEGER_BITS + exponent
        if exponent < MOST_INTEGER_BITS and (multiple >> bit) & 1:
            result = multiply_high(result, factor)
    return result


@compiled
def reciprocal(raw: int) -> tuple[int, int]:
    """``1 / x`` for ``x > 0`` with 12 integer bits, as a significand and a power of two."""
    bit_length = 0
    while bit_length < BITS and (raw >> bit_length) > 0:
        bit_length += 1
    leading_zeros = BITS + 1 - bit_length
    half_denominator = ((raw << leading_zeros) - (1 << BITS) + INT32_MAX + 1) >> 1
    guess = multiply_high(half_denominator, GUESS_SLOPE) + GUESS_CONSTANT
    for _ in range(NEWTON_STEPS):
        error = (1 << (BITS - GUESS_BITS)) - multiply_high(half_denominator, guess)
        guess += saturate(multiply_high(guess, error) << GUESS_BITS)
    return saturate(guess << 1), SUM_BITS - leading_zeros


@compiled_across
def softmax_rows(
    codes: IntArray, scale: tuple[int, int, int], limits: Limits, bits: int, out: IntArray
) -> None:
    """Softmax of every row (`Softmax`).

    Parameters
    ----------
    codes
        ``int64[rows, elements]``.
    scale
        Multiplier, shift to the left, smallest difference that counts.
    limits, bits
        Of the output's format.
    out
        ``int64[rows, elements]``, written: exponentials on the way, then codes.
    """
    multiplier, left, least = scale
    for row in range(codes.shape[0]):
        taken, given = codes[row], out[row]
        largest, total = taken.max(), 0
        for i in range(taken.shape[0]):
            difference = taken[i] - largest
            if difference >= least:
                given[i] = exp_of_negative(multiply_high(wrap(difference << left), multiplier))
                total += divide_away(given[i], SUM_BITS)
        significand, power = reciprocal(total)
        for i in range(taken.shape[0]):
            code = 0
            if taken[i] - largest >= least:
                code = divide_away(multiply_high(significand, given[i]), power + BITS - bits)
            given[i] = min(code + limits.low, limits.high)
