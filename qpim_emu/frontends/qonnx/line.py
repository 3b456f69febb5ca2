"""What a float operator makes of an accumulator: a straight line between two limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from qpim_emu.frontends.qonnx.quadratic import Quadratic, rational

__all__ = ["Line"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """``min(max(slope * accumulator + intercept, low), high)``, for one filter.

    Attributes
    ----------
    slope, intercept
        Exact, from the constants of the file taken as rationals.
    low, high
        Limits, as ReLU and Clip set them; None where there is none.
    """

    slope: Quadratic
    intercept: Quadratic = Quadratic(Fraction(0))  # noqa: RUF009 - frozen
    low: Quadratic | None = None
    high: Quadratic | None = None

    def scaled(self, factor: Quadratic) -> Line:
        """Multiply the result; a negative factor swaps the limits, 0 leaves 0."""
        low, high = (limit and limit * factor for limit in (self.low, self.high))
        if factor.sign() <= 0:
            low, high = high, low
        if not factor.sign():
            low = high = None
        return Line(
            slope=self.slope * factor, intercept=self.intercept * factor, low=low, high=high
        )

    def shifted(self, amount: Quadratic) -> Line:
        """Add to the result."""
        low, high = (limit and limit + amount for limit in (self.low, self.high))
        return replace(self, intercept=self.intercept + amount, low=low, high=high)

    def clipped(self, low: Fraction | None, high: Fraction | None) -> Line:
        """Limit the result; where the limits exclude each other, the last one decides."""
        line = self
        if low is not None:
            bound = rational(low)
            line = replace(
                line,
                low=bound if line.low is None else larger(line.low, bound),
                high=line.high and larger(line.high, bound),
            )
        if high is not None:
            bound = rational(high)
            line = replace(
                line,
                low=line.low and smaller(line.low, bound),
                high=bound if line.high is None else smaller(line.high, bound),
            )
        return line

    def mirrored(self) -> Line:
        """Read the negative of the accumulator instead."""
        return replace(self, slope=-self.slope)

    def at(self, accumulator: int) -> Quadratic:
        """Compute the result."""
        value = self.slope * rational(accumulator) + self.intercept
        if self.low is not None:
            value = larger(value, self.low)
        return value if self.high is None else smaller(value, self.high)


def larger(one: Quadratic, other: Quadratic) -> Quadratic:
    """Larger of two numbers."""
    return one if (one - other).sign() >= 0 else other


def smaller(one: Quadratic, other: Quadratic) -> Quadratic:
    """Smaller of two numbers."""
    return other if (one - other).sign() >= 0 else one
