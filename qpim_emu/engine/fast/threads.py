"""Threads of our own: shares of a job, each one compiled call that needs no interpreter."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["run_shares", "shares_of"]

LEAST_MACS = 1 << 21
"""Multiply-accumulates of a share that is worth waking a thread for, about 10 us."""


@cache
def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def pool(process: int) -> ThreadPoolExecutor:  # noqa: ARG001 - a forked process needs its own
    """Threads besides the caller's."""
    return ThreadPoolExecutor(max(1, processors() - 1), thread_name_prefix="qpim")


def shares_of(vectors: int, macs: int, *, grain: int) -> list[tuple[int, int]]:
    """Cut vectors into shares, one per processor, fewer where there is little to do.

    Parameters
    ----------
    vectors
        How many.
    macs
        Multiply-accumulates of all of them.
    grain
        Shares are multiples of this, but for the last.
    """
    parts = max(1, min(processors(), macs // LEAST_MACS, vectors // grain))
    edges = [part * vectors // parts // grain * grain for part in range(parts)] + [vectors]
    return list(pairwise(edges))


def run_shares(
    function: Callable[[tuple[int, int]], None], shares: Sequence[tuple[int, int]]
) -> None:
    """Call `function` with every share, the last one here and the others on other threads."""
    if len(shares) == 1:
        function(shares[0])
        return
    others = [pool(os.getpid()).submit(function, share) for share in shares[:-1]]
    try:
        function(shares[-1])
    finally:
        for other in others:
            other.result()
