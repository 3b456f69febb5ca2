"""From accumulators to codes, by fractions; semantics 8."""
# ruff: noqa: INP001 - run as a folder

from __future__ import annotations

import struct
from fractions import Fraction
from typing import TYPE_CHECKING

from tables import Record, signed, unsigned, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NONE", "THRESHOLDS", "ZERO_POINT_IN", "rescale"]

NONE, ZERO_POINT_IN, THRESHOLDS = 0, 8, 9
"""Modes that take no part in `rescale`, or have added the zero point already."""

FLOOR, TOWARD_ZERO, HALF_UP, HALF_EVEN, HALF_AWAY = range(5)
HALF = Fraction(1, 2)
INT64 = 1 << 63
LARGEST_WHOLE = 1 << 62


def rounded(value: Fraction, rounding: int) -> int:
    """A fraction as a whole number."""
    floor = value.numerator // value.denominator
    rest = value - floor
    if rounding == FLOOR or rest == 0:
        return floor
    if rounding == TOWARD_ZERO:
        return floor + (value < 0)
    if rest != HALF:
        return floor + (rest > HALF)
    up = {HALF_UP: True, HALF_EVEN: floor % 2 == 1, HALF_AWAY: value > 0}
    return floor + up[rounding]


def shift(a: int, constants: Record, rounding: int) -> int:
    """8.2."""
    value = Fraction(a) / Fraction(2) ** signed(constants, "shift")
    return min(max(rounded(value, rounding), -INT64), INT64 - 1)


def scale_bias_shift(a: int, constants: Record, rounding: int) -> int:
    """8.3."""
    del rounding  # always down
    total = a * signed(constants, "multiplier") + signed(constants, "addend")
    return shift(total, constants, FLOOR)


def q31_double(a: int, constants: Record, rounding: int) -> int:
    """8.4."""
    del rounding  # up, then away from zero
    s = signed(constants, "shift")
    product = wrap(a << max(-s, 0), 32) * signed(constants, "multiplier")
    high = min((product + (1 << 30)) >> 31, (1 << 31) - 1)
    return rounded(Fraction(high, 1 << max(s, 0)), HALF_AWAY)


def q31_single(a: int, constants: Record, rounding: int) -> int:
    """8.5."""
    del rounding  # up
    product = a * signed(constants, "multiplier")
    return wrap(rounded(Fraction(product, 1 << (31 + signed(constants, "shift"))), HALF_UP), 32)


def q15_acc64(a: int, constants: Record, rounding: int) -> int:
    """8.6."""
    del rounding  # up
    multiplier = min((signed(constants, "multiplier") + (1 << 15)) >> 16, (1 << 15) - 1)
    shifted = Fraction(a * multiplier, 1 << (15 + signed(constants, "shift")))
    return wrap(rounded(shifted, HALF_UP), 32)


def scale_of(constants: Record) -> float:
    """The scale that the bits stand for."""
    bits = struct.pack("<Q", unsigned(constants, "scale"))
    return float(struct.unpack("<d", bits)[0])


def single(value: float) -> float:
    """A float rounded to binary32, to nearest even."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def whole(value: float, rounding: int) -> int:
    """Nearest whole number of a float; magnitudes of 2**62 and more stay there."""
    if abs(value) >= LARGEST_WHOLE:
        return LARGEST_WHOLE if value > 0 else -LARGEST_WHOLE
    return rounded(Fraction(value), rounding)


def f64_away(a: int, constants: Record, rounding: int) -> int:
    """8.7."""
    del rounding  # away from zero
    return whole(float(a) * scale_of(constants), HALF_AWAY)


def f32_even(a: int, constants: Record, rounding: int) -> int:
    """8.7; the product of two binary32 numbers is exact before its one rounding."""
    del rounding  # to even
    return whole(single(single(float(a)) * scale_of(constants)), HALF_EVEN)


def f_even_zp_in(a: int, constants: Record, rounding: int) -> int:
    """8.7."""
    del rounding  # to even
    scaled = float(a) * scale_of(constants)
    return whole(scaled + float(signed(constants, "zero_point")), HALF_EVEN)


MODES: tuple[Callable[[int, Record, int], int], ...] = (
    *(shift, scale_bias_shift, q31_double, q31_single, q15_acc64),
    *(f64_away, f32_even, f_even_zp_in),
)
"""Modes from 1 on."""


def rescale(mode: int, a: int, constants: Record, rounding: int) -> int:
    """Rescale an accumulator by one of the modes 1 to 8."""
    return MODES[mode - 1](a, constants, rounding)
