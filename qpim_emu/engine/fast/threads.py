"""Threads of our own: each takes shares of a job in one call that needs no interpreter."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from qpim_emu.engine.fast.helpers import helpers
from qpim_emu.engine.processors import processors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qpim_emu.engine.fast.helpers import Helper

__all__ = ["LEAST_MACS", "run_together", "shares_of", "take_helpers", "wait_for"]

LEAST_MACS = 1 << 21
"""Multiply-accumulates of a share that is worth waking a thread for, about 10 us."""

SMALL_MACS = 1 << 23
"""Multiply-accumulates of the smallest of many shares, about as long as a thread takes to wake."""

LEAST_GRAINS = 8
"""Fewest grains of a share where there are several: every share reads all weights."""


def shares_of(
    vectors: int, macs: int, *, grain: int, least: int | None = None
) -> list[tuple[int, int]]:
    """Cut vectors into shares, ever smaller ones, so that all processors end at about one time.

    A thread that wakes late takes fewer of them.

    Parameters
    ----------
    vectors
        How many.
    macs
        Multiply-accumulates of all of them.
    grain
        Shares are multiples of this, but for the last.
    least
        Fewest vectors of a share where there are more shares than processors.
    """
    few = LEAST_GRAINS * grain if least is None else least
    threads = max(1, min(processors(), macs // LEAST_MACS, vectors // grain))
    if threads == 1:
        return [(0, vectors)]
    small = min(-(-vectors // threads), max(few, vectors * SMALL_MACS // macs))
    edges = [0]
    while edges[-1] < vectors:
        size = max((vectors - edges[-1]) // (2 * threads), small) + grain // 2
        past = edges[-1] + max(size // grain, 1) * grain
        edges.append(past if past + small // 2 < vectors else vectors)
    return list(pairwise(edges))


def run_together(function: Callable[[], None], others: int) -> None:
    """Call `function` on this thread and, at the same time, on up to so many `others`.

    It must do its part however many of them there are; there are fewer than processors.
    """
    asked: list[Helper] = []
    try:
        take_helpers(asked, min(others, processors() - 1))
        for other in asked:
            other.ask(function)
        function()
    finally:
        wait_for(asked)


def take_helpers(taken: list[Helper], count: int) -> None:
    """Take up to so many threads that do nothing for anybody; `wait_for` gives them back."""
    if count <= 0:
        return
    for other in helpers(count):
        if other.in_use.acquire(blocking=False):
            if other.is_idle:
                taken.append(other)
            else:
                other.in_use.release()


def wait_for(asked: Sequence[Helper]) -> None:
    """Wait for all of them, and give them back; raises the first of what they raised."""
    errors = []
    for other in asked:
        try:
            other.wait()
        except BaseException as error:  # noqa: BLE001 - raised below
            errors.append(error)
        finally:
            other.in_use.release()
    if errors:
        raise errors[0]
