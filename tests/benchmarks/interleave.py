"""Times several functions in turn, so that a busy machine slows all of them alike."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["best_times", "print_ratios"]


def best_times(
    functions: Mapping[str, Callable[[], object]], *, rounds: int = 15
) -> dict[str, float]:
    """Shortest time in seconds of each function, over rounds that run every function once."""
    best = dict.fromkeys(functions, float("inf"))
    gc.collect()
    for _ in range(rounds):
        for name, function in functions.items():
            started = time.perf_counter()
            function()
            best[name] = min(best[name], time.perf_counter() - started)
    return best


def print_ratios(times: Mapping[str, float], *, unit: str) -> None:
    """Print every time, and how many times that of `unit` it is."""
    width = max(len(name) for name in times)
    for name, seconds in times.items():
        ratio = seconds / times[unit]
        print(f"{name:{width}}  {seconds * 1e3:9.2f} ms  {ratio:8.2f} x {unit}")  # noqa: T201
