"""Tasks on all cores, their results in order.

The tasks of a layer write to places of their own, so the result does not depend on which thread
runs which task, or when. They spend their time in compiled loops, NumPy and BLAS, none of which
hold the interpreter's lock.

BLAS has threads of its own, and two pools that fight for the same cores are slower than one
thread. Products small enough that BLAS computes them on its caller's thread are therefore the
only ones that run here (`qpim_emu.engine.fast.kernels.products`); larger ones are left to BLAS.
"""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["in_order", "shares", "workers"]

MOST_WORKERS = 8
"""Beyond, tasks wait for the interpreter's lock between their loops."""

Result = TypeVar("Result")


@cache
def workers() -> int:
    """How many tasks run at once: the cores this process may use, up to `MOST_WORKERS`."""
    allowed = getattr(os, "sched_getaffinity", None)
    cores = len(allowed(0)) if allowed else os.cpu_count() or 1
    return min(cores, MOST_WORKERS)


@cache
def pool() -> ThreadPoolExecutor:
    """The threads, started when first needed; they sleep between layers."""
    return ThreadPoolExecutor(workers(), thread_name_prefix="qpim-fast")


if hasattr(os, "register_at_fork"):  # threads do not survive a fork: the child starts its own
    os.register_at_fork(after_in_child=pool.cache_clear)


def in_order(tasks: Sequence[Callable[[], Result]]) -> Iterator[Result]:
    """Run tasks that do not depend on each other; yield their results in their order.

    The first task in that order which fails is the one whose error is raised, and no task is
    still running then. A single task runs on the caller's thread.
    """
    if len(tasks) == 1 or workers() == 1:
        yield from (task() for task in tasks)
        return
    futures: list[Future[Result]] = [
        pool().submit(copy_context().run, task)  # NumPy keeps its error state in the context
        for task in tasks
    ]
    try:
        for future in futures:
            yield future.result()
    finally:
        for future in futures:
            future.cancel()
        wait(futures)


def shares(count: int) -> list[slice]:
    """Cut `count` things into as many ranges as tasks run at once, at most one each."""
    parts = max(1, min(workers(), count))
    return [slice(i * count // parts, (i + 1) * count // parts) for i in range(parts)]
