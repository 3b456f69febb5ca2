"""gemmlowp's fixed point on Python integers, step by step, constants from their real values.

A raw integer with ``i`` integer bits stands for ``raw / 2**(31 - i)``.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache

__all__ = [
    "exp_of_negative",
    "logistic",
    "product",
    "quotient",
    "reciprocal",
    "rescaled",
    "tanh",
    "wrapped",
]

ONE = 2**31 - 1
"""What stands for 1 where there are no integer bits."""
DIGITS = 60


def wrapped(value: int) -> int:
    """Keep what 32 bits keep."""
    low = value % 2**32
    return low - 2**32 if low >= 2**31 else low


def truncated(value: int, divisor: int) -> int:
    """Divide as C does, towards zero."""
    magnitude = abs(value) // divisor
    return magnitude if value >= 0 else -magnitude


def product(a: int, b: int) -> int:
    """Multiply as SaturatingRoundingDoublingHighMul does: a nudge, then a truncating division."""
    if a == b == -(2**31):
        return ONE
    nudge = 2**30 if a * b >= 0 else 1 - 2**30
    return truncated(a * b + nudge, 2**31)


def quotient(value: int, exponent: int) -> int:
    """Divide as RoundingDivideByPOT does: by ``2**exponent``, to nearest, ties away from zero."""
    magnitude = int(Fraction(abs(value), 2**exponent) + Fraction(1, 2))
    return magnitude if value >= 0 else -magnitude


def rescaled(value: int, multiplier: int, shift: int) -> int:
    """Rescale as MultiplyByQuantizedMultiplier does; a positive shift is to the right."""
    if shift < 0:
        return product(wrapped(value * 2**-shift), multiplier)
    return quotient(product(value, multiplier), shift)


def with_integer_bits(value: int, bits: int, new_bits: int) -> int:
    """Round to more integer bits, or saturate to fewer."""
    if new_bits >= bits:
        return quotient(value, new_bits - bits)
    wide: int = value * 2 ** (bits - new_bits)
    return min(max(wide, -(2**31)), ONE)


@cache
def exp_constant(argument: Fraction) -> int:
    """``exp`` of a fraction, no integer bits."""
    with localcontext() as context:
        context.prec = DIGITS
        real = (Decimal(argument.numerator) / argument.denominator).exp()
        return int((real * 2**31).to_integral_value())


def exp_of_negative(raw: int, bits: int) -> int:
    """``exp`` of 0 or less."""
    if raw == 0:
        return ONE
    quarter = 2 ** (29 - bits)
    quarters, rest = divmod(raw, quarter)  # rounds down: the rest is 0 or more
    result = exp_near_eighth(with_integer_bits(rest - quarter, bits, 0))
    left = -quarters - 1  # quarters still to be multiplied in
    for power in range(bits + 2):
        if left // 2**power % 2:
            result = product(result, exp_constant(Fraction(-(2**power), 4)))
    return result


def exp_near_eighth(raw: int) -> int:
    """``exp`` on [-1/4, 0): a polynomial around -1/8, Horner's scheme only in part."""
    x = raw + 2**28
    square = product(x, x)
    cube = product(square, x)
    fourth = product(square, square)
    third = product(quotient(fourth, 2) + cube, round(Fraction(2**31, 3)))
    at_eighth = exp_constant(Fraction(-1, 8))
    return at_eighth + product(at_eighth, x + quotient(third + square, 1))


def division(raw: int) -> int:
    """``2 / (1 + x)`` on [0, 1], two integer bits, by Newton's method."""
    half = (raw + ONE + 1) // 2
    x = round(Fraction(48 * 2**29, 17)) + product(half, round(Fraction(-32 * 2**29, 17)))
    for _ in range(3):
        x += with_integer_bits(product(x, 2**29 - product(half, x)), 4, 2)
    return x


def reciprocal(raw: int, bits: int) -> tuple[int, int]:
    """Inverse of a positive number: no integer bits, and the power of two to divide by."""
    power = 0
    while raw < 2**31:  # leading zeros of 32 bits
        raw *= 2
        power += 1
    return with_integer_bits(division(raw - 2**31), 1, 0), bits - power


def logistic(raw: int, bits: int) -> int:
    """``1 / (1 + exp(-x))``."""
    if raw == 0:
        return 2**30
    positive = with_integer_bits(division(exp_of_negative(-abs(raw), bits)), 1, 0)
    return positive if raw > 0 else ONE - positive


def tanh(raw: int, bits: int) -> int:
    """``(1 - exp(-2 x)) / (1 + exp(-2 x))``, of the magnitude."""
    if raw == 0:
        return 0
    magnitude = with_integer_bits(division(exp_of_negative(-abs(raw), bits + 1)) - 2**29, 2, 0)
    return magnitude if raw > 0 else -magnitude
