"""The least accumulators that reach given real numbers: integer thresholds, exactly.

A quantizer maps the real number that a line makes of an accumulator to a code. Both never fall,
so that the code is a count of thresholds: the k-th is the least accumulator whose real number
reaches the smallest one of code k. Everything here is integers; a square root, which a batch
normalization brings in, is compared by its square.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.errors import InputError
from qpim_emu.frontends.qonnx.quadratic import Quadratic, floor_of_root, rational

if TYPE_CHECKING:
    from fractions import Fraction

    from qpim_emu.frontends.qonnx.bounds import Bound, Bounds
    from qpim_emu.frontends.qonnx.line import Line
    from qpim_emu.typing import IntArray

__all__ = ["ALWAYS", "NEVER", "least_accumulators"]

ALWAYS, NEVER = -(1 << 63), (1 << 63) - 1
"""Thresholds that every and no accumulator reaches (accumulators have at most 63 bits here)."""

SHARE, CUT = 2.0**-50, 2.0**-63


def least_accumulators(line: Line, bounds: Bounds, *, unit: Fraction) -> IntArray:
    """Find the least accumulator whose real number reaches each bound.

    Parameters
    ----------
    line
        What makes a real number of an accumulator; its slope is not negative.
    bounds
        Ascending, in multiples of half a unit.
    unit
        What half a bound is a multiple of.

    Returns
    -------
    int64 array
        One threshold per bound, ascending, `ALWAYS` and `NEVER` at the ends of 64 bits.

    Raises
    ------
    InputError
        If the slope is negative.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from qpim_emu.frontends.qonnx.bounds import Bounds
    >>> from qpim_emu.frontends.qonnx.line import Line
    >>> line = Line(slope=rational(0.25), intercept=rational(-1))
    >>> bounds = Bounds.of([(-1, True), (1, False), (3, True)])
    >>> least_accumulators(line, bounds, unit=Fraction(1))
    array([ 2,  7, 10])
    """
    if line.slope.sign() < 0:
        msg = f"slope must not be negative, got {float(line.slope.approximate())}"
        raise InputError(msg)
    first = 0 if line.low is None else reached(line.low, bounds, unit)
    past = len(bounds) if line.high is None else reached(line.high, bounds, unit)
    if not line.slope.sign():
        past = min(past, max(first, reached(line.intercept, bounds, unit)))
        first = past
    thresholds = np.full(len(bounds), NEVER)
    thresholds[:first] = ALWAYS
    if first < past:
        thresholds[first:past] = Solver.of(line, unit).solve_all(bounds.part(first, past))
    return thresholds


def clipped(threshold: int) -> int:
    """Keep a threshold within 64 bits."""
    return min(max(threshold, ALWAYS), NEVER)


def reached(value: Quadratic, bounds: Bounds, unit: Fraction) -> int:
    """Count the bounds that a number reaches."""
    low, high = 0, len(bounds)
    while low < high:
        middle = (low + high) // 2
        twice, closed = bounds[middle]
        sign = (value - rational(twice * unit / 2)).sign()
        if sign > 0 or (closed and not sign):
            low = middle + 1
        else:
            high = middle
    return low


@dataclass(frozen=True, slots=True, kw_only=True)
class Solver:
    """The accumulator at a bound ``h``: ``(u + u_step * h + (v + v_step * h) * sqrt(d)) / c``.

    All integers, so that a bound costs a few products; `start` and `step` are the same numbers.
    """

    start: Quadratic
    step: Quadratic
    u: int
    u_step: int
    v: int
    v_step: int
    d: int
    c: int

    @classmethod
    def of(cls, line: Line, unit: Fraction) -> Solver:
        """Solve ``slope * accumulator + intercept = h * unit / 2`` for the accumulator."""
        inverse = line.slope.inverse()
        start, step = -line.intercept * inverse, inverse * rational(unit / 2)
        radicand = start.radicand or step.radicand
        top, bottom = radicand.numerator, radicand.denominator  # sqrt(t/b) = sqrt(t * b) / b
        parts = start.base, step.base, start.root / bottom, step.root / bottom
        common = lcm(*(part.denominator for part in parts))
        u, u_step, v, v_step = (int(part * common) for part in parts)
        return cls(
            start=start, step=step, u=u, u_step=u_step, v=v, v_step=v_step, d=top * bottom, c=common
        )

    def solve_all(self, bounds: Bounds) -> IntArray:
        """Solve for many bounds: in float64 where its error decides nothing, else exactly.

        Both coefficients are off by 2**-64 and a share of 2**-53 of them, products and sums by
        the same share once more each. A solution farther from an integer than 2**-50 of its
        terms and 2**-63 for every half unit has the floor that float64 finds.
        """
        if bounds.twice.dtype == object:
            return np.array([clipped(self.solve(bound)) for bound in bounds], np.int64)
        start, step = float(self.start.approximate()), float(self.step.approximate())
        moved = step * bounds.twice.astype(np.float64)
        found = start + moved
        halves = np.abs(bounds.twice).astype(np.float64)
        margin = SHARE * (abs(start) + np.abs(moved)) + CUT * (1 + halves)
        sure = (np.abs(found - np.rint(found)) > margin) & (margin < 1)
        thresholds = np.empty(len(bounds), np.int64)
        thresholds[sure] = np.floor(found[sure]).astype(np.int64) + 1
        for place in np.flatnonzero(~sure):
            thresholds[place] = clipped(self.solve(bounds[int(place)]))
        return thresholds

    def solve(self, bound: Bound) -> int:
        """Find the least integer at or above the solution, or above it for an open bound."""
        twice, closed = bound
        u, v = self.u + self.u_step * twice, self.v + self.v_step * twice
        if closed:
            return -self.floor(-u, -v)
        return self.floor(u, v) + 1

    def floor(self, u: int, v: int) -> int:
        """Floor of ``(u + v * sqrt(d)) / c``."""
        return (u + floor_of_root(v, v * v * self.d)) // self.c
