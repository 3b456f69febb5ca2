"""Times several functions in turn, so that a busy machine slows all of them alike."""

from __future__ import annotations

import gc
import time
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SETTLE_S", "Times", "print_ratios", "take_times"]

SETTLE_S = 0.15
"""Time for which a function runs before it is timed: threads of BLAS that spin for the one before
it give up meanwhile, after 0.11 s, and memory and caches are as busy with it as they will be."""


class Times(NamedTuple):
    """Seconds of every round: on the clock, and of processor time in all threads.

    Processor time counts threads that wait by spinning, as those of BLAS do for a while after a
    product.
    """

    wall: list[float]
    cpu: list[float]


def take_times(
    functions: Mapping[str, Callable[[], object]], *, rounds: int = 15, settle: float = SETTLE_S
) -> dict[str, Times]:
    """Time one call of each function in turn, so many rounds, after it has run for `settle` s."""
    times = {name: Times([], []) for name in functions}
    gc.collect()
    for _ in range(rounds):
        for name, function in functions.items():
            begun = time.perf_counter()
            while time.perf_counter() - begun < settle:
                function()
            wall, cpu = time.perf_counter(), time.process_time()
            function()
            times[name].wall.append(time.perf_counter() - wall)
            times[name].cpu.append(time.process_time() - cpu)
    return times


def print_ratios(times: Mapping[str, Times], *, unit: str) -> None:
    """Print times, and how many times those of `unit` they are.

    Ratios are medians of the ratios of each round; "best" is the ratio of the shortest times.
    """
    width = max(len(name) for name in times)
    print(f"{'':{width}}     best   median      cpu | x {unit}: best   median      cpu")  # noqa: T201
    for name, taken in times.items():
        seconds = min(taken.wall), median(taken.wall), median(taken.cpu)
        base = times[unit]
        ratios = (
            min(taken.wall) / min(base.wall),
            median(a / b for a, b in zip(taken.wall, base.wall, strict=True)),
            median(a / b for a, b in zip(taken.cpu, base.cpu, strict=True) if b),
        )
        left = " ".join(f"{second * 1e3:8.2f}" for second in seconds)
        right = " ".join(f"{ratio:8.2f}" for ratio in ratios)
        print(f"{name:{width}} {left} | {'':{len(unit) - 4}}{right}")  # noqa: T201
    print("times in ms")  # noqa: T201
