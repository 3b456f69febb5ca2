"""Numbers ``a + b * sqrt(d)``, exactly: a batch normalization divides by a square root.

Rationals are those with ``b = 0``. Two numbers with different ``d`` have no sum among them, so
that a second, unrelated square root is refused and never rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from qpim_emu.errors import InputError

__all__ = ["Quadratic", "floor_of_root", "inverse_root", "rational"]

FRACTION_BITS = 64


@dataclass(frozen=True, slots=True)
class Quadratic:
    """``base + root * sqrt(radicand)``; `radicand` is 0 where `root` is."""

    base: Fraction
    root: Fraction = Fraction(0)
    radicand: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if not (self.root and self.radicand):
            object.__setattr__(self, "root", Fraction(0))
            object.__setattr__(self, "radicand", Fraction(0))

    def __add__(self, other: Quadratic) -> Quadratic:
        """Sum, of numbers with one square root between them."""
        radicand = common_radicand(self, other)
        return Quadratic(self.base + other.base, self.root + other.root, radicand)

    def __neg__(self) -> Quadratic:
        """Negative."""
        return Quadratic(-self.base, -self.root, self.radicand)

    def __sub__(self, other: Quadratic) -> Quadratic:
        """Difference."""
        return self + -other

    def __mul__(self, other: Quadratic) -> Quadratic:
        """Product."""
        radicand = common_radicand(self, other)
        return Quadratic(
            self.base * other.base + self.root * other.root * radicand,
            self.base * other.root + self.root * other.base,
            radicand,
        )

    def inverse(self) -> Quadratic:
        """Reciprocal of a number that is not 0."""
        norm = self.base**2 - self.root**2 * self.radicand
        if not norm and self.sign():  # base = root * sqrt(radicand): the number is 2 * base
            return Quadratic(1 / (2 * self.base))
        return Quadratic(self.base / norm, -self.root / norm, self.radicand)

    def sign(self) -> int:
        """Give -1, 0 or 1."""
        first, second = sign_of(self.base), sign_of(self.root)
        if first * second >= 0:
            return first or second
        return sign_of(self.base**2 - self.root**2 * self.radicand) * first

    def floor(self) -> int:
        """Find the largest integer that does not exceed the number."""
        bottom = self.base.denominator * self.root.denominator * self.radicand.denominator
        top = int(self.base * bottom)
        return (top + floor_of_root(*squared(self, bottom))) // bottom

    def approximate(self) -> Fraction:
        """Give the number itself if it is rational, else its floor to 64 binary places."""
        if not self.root:
            return self.base
        scale = 1 << FRACTION_BITS
        return Fraction((self * rational(scale)).floor(), scale)


def squared(number: Quadratic, scale: int) -> tuple[int, int]:
    """Write ``number.root * scale * sqrt(radicand)`` as a sign and the square, an integer."""
    square = (number.root * scale) ** 2 * number.radicand
    assert square.denominator == 1  # noqa: S101 - scale holds every denominator
    return sign_of(number.root), square.numerator


def floor_of_root(sign: int, square: int) -> int:
    """Floor of ``sign * sqrt(square)``.

    Examples
    --------
    >>> floor_of_root(1, 8), floor_of_root(-1, 8), floor_of_root(-1, 9)
    (2, -3, -3)
    """
    if sign >= 0 or not square:
        return isqrt(square)
    return -(isqrt(square - 1) + 1)


def rational(value: Fraction | float) -> Quadratic:
    """Give a rational number, a float exactly."""
    return Quadratic(Fraction(value))


def inverse_root(value: Fraction) -> Quadratic:
    """Give ``1 / sqrt(value)`` for a positive value: a rational one where it is one.

    Examples
    --------
    >>> inverse_root(Fraction(4, 9)).base, inverse_root(Fraction(2)).root
    (Fraction(3, 2), Fraction(1, 2))
    """
    top, bottom = isqrt(value.numerator), isqrt(value.denominator)
    if (top**2, bottom**2) == (value.numerator, value.denominator):
        return Quadratic(Fraction(bottom, top))
    return Quadratic(Fraction(0), 1 / value, value)


def sign_of(value: Fraction) -> int:
    """Give -1, 0 or 1."""
    return (value > 0) - (value < 0)


def common_radicand(one: Quadratic, other: Quadratic) -> Fraction:
    """Radicand that two numbers share.

    Raises
    ------
    InputError
        If they have different ones.
    """
    if one.root and other.root and one.radicand != other.radicand:
        msg = f"square roots must be of one number, got {one.radicand} and {other.radicand}"
        raise InputError(msg)
    return one.radicand if one.root else other.radicand
