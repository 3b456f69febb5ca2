"""Interpolated tables of TFLite's 16-bit kernels: exact fractions, rounded where floats round."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["exp_entry", "looked_up", "reciprocal_entry", "sigmoid_entry"]

DIGITS = 50
HALF = Fraction(1, 2)


def rounded(value: Fraction, digits: int) -> Fraction:
    """Round to a float of so many significant bits, ties to even; none here is subnormal."""
    if value == 0:
        return value
    bits = abs(value.numerator).bit_length() - value.denominator.bit_length()
    power = Fraction(2) ** (digits - bits)
    if abs(value) * power >= 2**digits:
        power /= 2
    return round(value * power) / power


def away(value: Fraction) -> int:
    """Nearest integer, ties away from zero."""
    magnitude = int(abs(value) + HALF)
    return magnitude if value >= 0 else -magnitude


def exponential(value: Fraction) -> Fraction:
    """``exp`` of a fraction, to fifty digits."""
    with localcontext() as context:
        context.prec = DIGITS
        return Fraction((Decimal(value.numerator) / value.denominator).exp())


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of 513 entries of a function between two floats, each step rounded."""

    digits: int
    low: Fraction
    high: Fraction
    function: Callable[[Fraction], Fraction]

    def value(self, argument: Fraction) -> Fraction:
        """The function in units of the codes."""
        unit = rounded(Fraction(2, 65535), self.digits)
        bottom, top = rounded(unit * -32768, self.digits), rounded(unit * 32767, self.digits)
        inverse = rounded(65536 / rounded(top - bottom, self.digits), self.digits)
        return rounded(rounded(self.function(argument), self.digits) * inverse, self.digits)

    def place(self, number: int) -> Fraction:
        """Argument of an entry."""
        return rounded(self.low + rounded(number * self.step, self.digits), self.digits)

    @property
    def step(self) -> Fraction:
        """Between two entries."""
        return rounded(rounded(self.high - self.low, self.digits) / 512, self.digits)

    def entry(self, index: int) -> int:
        """One of the entries."""
        if index == 512:  # noqa: PLR2004 - behind the last interval
            return min(max(away(self.value(self.high)), -32768), 32767)
        sample = away(self.value(self.place(index)))
        behind = self.value(self.place(index + 1))
        chord = rounded(rounded(behind + sample, self.digits) / 2, self.digits)
        half_step = rounded(self.step / 2, self.digits)
        middle = self.value(rounded(self.place(index) + half_step, self.digits))
        too_large = away(chord) - away(middle)
        return min(max(sample - away(Fraction(too_large, 2)), -32768), 32767)


@cache
def exp_entry(digits: int, index: int) -> int:
    """Entry of the table of ``exp`` between -10 and 0, in floats of so many significant bits."""
    low = rounded(rounded(Fraction(10, 65535), digits) * -65535, digits)
    return Table(digits=digits, low=low, high=Fraction(0), function=exponential).entry(index)


@cache
def reciprocal_entry(digits: int, index: int) -> int:
    """Entry of the table of ``1 / (1 + x)`` between 0 and 1, likewise."""
    high = rounded(rounded(Fraction(1, 65535), digits) * 65535, digits)

    def function(value: Fraction) -> Fraction:
        return 1 / rounded(1 + value, digits)

    return Table(digits=digits, low=Fraction(0), high=high, function=function).entry(index)


def looked_up(code: int, table: Callable[[int], int]) -> int:
    """Value at a code of 16 bits, between two entries."""
    index, rest = divmod(code + 32768, 128)
    here, behind = table(index), table(index + 1)
    return here + ((behind - here) * rest + 64) // 128


@cache
def sigmoid_entry(index: int) -> int:
    """Entry of the table of the logistic function at ``index / 24``."""
    if index == 255:  # noqa: PLR2004 - the last one
        return 65535

    def value(place: Fraction) -> Fraction:
        return 65536 / (1 + exponential(-place / 24))

    here, behind = value(Fraction(index)), value(Fraction(index + 1))
    too_small = value(index + HALF) - (here + behind) / 2
    return int(here + too_small / 2 + HALF)
