"""BLAS on one thread, for callers that have threads of their own.

Threads of BLAS would otherwise divide every product among them, wait for each other by spinning,
and leave everything around the products to one thread.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["can_be_limited", "controller", "on_one_thread"]


@cache
def controller() -> Any:  # noqa: ANN401 - of a library without types
    """What sets the threads of every BLAS that is loaded."""
    return ThreadpoolController().select(user_api="blas")


@cache
def can_be_limited() -> bool:
    """Whether there is a BLAS with one number of threads for the whole process, which can be set.

    That of NumPy's own builds is one. Others have a number for each thread that calls them.
    """
    layers = [library.get("threading_layer") for library in controller().info()]
    return bool(layers) and set(layers) == {"pthreads"}


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Let BLAS use one thread for each of its callers, until this caller is done.

    Of several callers at a time only one sets the number, and sets it back; the others are faster
    if it is set meanwhile, and right either way.
    """
    held = setting[0]
    if not held.acquire(blocking=False):
        yield
        return
    try:
        with controller().limit(limits=1):
            yield
    finally:
        held.release()


setting = [Lock()]
"""Held by who has set the number."""


def renew_lock() -> None:
    """Forget who held the lock: in a fork there is nobody else."""
    setting[0] = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=renew_lock)
