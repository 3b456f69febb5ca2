"""Runs competitors in turn and compares them round by round."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks.interleave import SETTLE_S, take_times
from tests.benchmarks.rows import Bound, Row, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Entrant", "Result", "race"]

GIGA = 1e9


class Entrant(NamedTuple):
    """A competitor, and the multiply-accumulates of one call of it."""

    run: Callable[[], object]
    macs: int


class Result(NamedTuple):
    """Seconds of every round and multiply-accumulates of a call, by competitor."""

    seconds: Mapping[str, list[float]]
    macs: Mapping[str, int]

    def milliseconds(self, name: str) -> float:
        """Median of a competitor's rounds."""
        return median(self.seconds[name]) * 1e3

    def rate(self, name: str) -> float:
        """Its GMAC/s, from the median."""
        return self.macs[name] / median(self.seconds[name]) / GIGA

    def best_rate(self, name: str) -> float:
        """Its GMAC/s in its best round."""
        return self.macs[name] / min(self.seconds[name]) / GIGA

    def ratio(self, ours: str, other: str) -> float:
        """How many times as long as `other` a call of `ours` takes, median over the rounds."""
        pairs = zip(self.seconds[ours], self.seconds[other], strict=True)
        return median(a / b for a, b in pairs)

    def slowness(self, ours: str, other: str) -> float:
        """The same for a multiply-accumulate."""
        return self.ratio(ours, other) * self.macs[other] / self.macs[ours]

    def speed(self, ours: str, other: str) -> float:
        """How many more multiply-accumulates `ours` does in a time, median over the rounds."""
        return self.ratio(other, ours) * self.macs[ours] / self.macs[other]

    def share(self, ours: str, peak: str) -> float:
        """Rate in percent of the best rate of `peak`."""
        return 100 * self.rate(ours) / self.best_rate(peak)

    def cell(self, name: str) -> str:
        """Time and rate of a competitor."""
        return f"{self.milliseconds(name):.1f} ms {self.rate(name):.0f} GMAC/s"

    def row(self, what: str, ours: str, other: str, aim: Target | Bound = Bound.MOST) -> Row:
        """Compare times where at most something is aimed at, speeds where at least."""
        target, bound = (None, aim) if isinstance(aim, Bound) else (aim, aim.bound)
        return Row(
            what=what,
            ours=self.cell(ours),
            other=f"{other}: {self.cell(other)}",
            found=self.slowness(ours, other) if bound is Bound.MOST else self.speed(ours, other),
            target=target,
        )


def race(entrants: Mapping[str, Entrant], *, rounds: int, settle: float = SETTLE_S) -> Result:
    """Call everybody once to warm up, then in turn; `settle` is as of `take_times`."""
    for entrant in entrants.values():
        entrant.run()
    functions = {name: entrant.run for name, entrant in entrants.items()}
    times = take_times(functions, rounds=rounds, settle=settle)
    return Result(
        {name: taken.wall for name, taken in times.items()},
        {name: entrant.macs for name, entrant in entrants.items()},
    )
