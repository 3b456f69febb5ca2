"""BLAS on one thread, for callers that have threads of their own.

Threads of BLAS would otherwise divide every product among them, wait for each other by spinning,
and leave everything around the products to one thread.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["can_be_limited", "controller", "on_one_thread", "routine_of"]

PREFIXES = "scipy_", ""
"""Before names of BLAS: builds for NumPy and SciPy have one of their own."""


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


@cache
def routine_of(kind: str) -> int | None:
    """Address of the matrix product of a type, ``cblas_sgemm`` or ``cblas_dgemm``.

    None unless that BLAS is one whose threads can be set, and whose integers are known to have
    64 bits: its names say so. That of NumPy's own builds is one.

    Parameters
    ----------
    kind
        ``float32`` or ``float64``.
    """
    name = f"cblas_{'s' if kind == 'float32' else 'd'}gemm"
    libraries = controller().lib_controllers if can_be_limited() else []
    found = next(filter(None, (symbol(library, name) for library in libraries)), None)
    return None if found is None else ctypes.cast(found, ctypes.c_void_p).value


def symbol(library: Any, name: str) -> Any:  # noqa: ANN401 - of a library without types
    """Find a function of a BLAS whose integers have 64 bits, None if it has none of that name."""
    names = (f"{prefix}{name}64_" for prefix in PREFIXES)
    return next(filter(None, (getattr(library.dynlib, name, None) for name in names)), None)


@cache
def settings() -> list[tuple[Any, Any]]:
    """Functions that get and set the threads of every BLAS; none unless all of them are known."""
    names = "openblas_get_num_threads", "openblas_set_num_threads"
    found = [
        (symbol(library, names[0]), symbol(library, names[1]))
        for library in controller().lib_controllers
    ]
    return found if all(map(all, found)) else []


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
        with quickly_limited() if settings() else controller().limit(limits=1):
            yield
    finally:
        held.release()


@contextmanager
def quickly_limited() -> Iterator[None]:
    """Do it by the functions of BLAS: what else `threadpoolctl` does takes 5 % of a small stack."""
    before = [get() for get, _ in settings()]
    try:
        for _, put in settings():
            put(1)
        yield
    finally:
        for (_, put), threads in zip(settings(), before, strict=True):
            put(threads)


setting = [Lock()]
"""Held by who has set the number."""


def renew_lock() -> None:
    """Forget who held the lock: in a fork there is nobody else."""
    setting[0] = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=renew_lock)
