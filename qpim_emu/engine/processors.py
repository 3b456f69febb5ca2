"""How many processors this process may compute on."""

from __future__ import annotations

import os

__all__ = ["limit_processors", "processors"]

share: list[int] = []
"""The limit of a worker process, alone in its list; empty where there is none."""


def processors() -> int:
    """Processors that this process may use: its own, or its share of them in a worker."""
    if share:
        return share[0]
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def limit_processors(most: int) -> None:
    """Leave the other processors to other processes; to be called before any thread is made."""
    share[:] = [most]
