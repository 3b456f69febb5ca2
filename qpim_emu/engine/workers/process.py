"""A worker process: how it is started, and what it does until it is ended.

Each is a fresh interpreter (`spawn`): a fork would copy locks that threads of the parent hold.
BLAS reads how many threads to use when it is loaded, so that must be in the environment before a
worker begins. Interrupts are the parent's affair: they are blocked while a worker starts, and a
process inherits what is blocked, so there is no moment at which a worker would answer Ctrl-C
(which a terminal sends to all of them).
"""

from __future__ import annotations

import os
import pickle
import signal
import time
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process, resource_tracker
from threading import Thread, current_thread, main_thread
from typing import TYPE_CHECKING, Any

from qpim_emu.engine.processors import limit_processors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

__all__ = ["DONE", "FAILED", "PICKLE", "PROGRESS", "interrupts_held", "start"]

DONE, FAILED, PROGRESS = "done", "failed", "progress"
"""What a worker says: a result, that there is none, or how far it is."""

PICKLE = 5
"""Protocol of pickles: from this one on arrays that are read-only stay so."""

THREADS_OF = (
    "BLIS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""Variables of the environment that limit the threads of a BLAS."""

SECONDS_BETWEEN = 0.1
"""How often a worker says how far it is, at most."""


def start(share: int) -> tuple[SpawnProcess, Connection]:
    """Start a worker that uses `share` processors, and make a connection to it.

    Interrupts must be held back meanwhile (`interrupts_held`).
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, share), name="qpim-worker", daemon=True)
    with threads_of_blas(share):
        process.start()
    theirs.close()
    return process, ours


@contextmanager
def threads_of_blas(most: int) -> Iterator[None]:
    """Let processes that are started meanwhile use so many threads for BLAS, or fewer if asked."""
    before = {name: os.environ.get(name) for name in THREADS_OF}
    for name, value in before.items():
        asked = int(value) if value is not None and value.isdecimal() else most
        os.environ[name] = str(max(1, min(asked, most)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back, here for the moment and in processes that are started meanwhile for good.

    Blocking alone would not do here: another thread may take the signal, and it is the main thread
    that Python interrupts then.
    """
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # it would unblock the signal if it started later
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    caught: list[int] = []
    before = None
    if current_thread() is main_thread():
        before = signal.signal(signal.SIGINT, lambda number, _: caught.append(number))
    try:
        yield
    finally:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        if before is not None:
            signal.signal(signal.SIGINT, before)
            if caught and callable(before):
                before(caught[0], None)


def serve(connection: Connection, share: int) -> None:
    """Compute part after part until the connection ends (the body of a worker).

    A part comes with a function and what all parts have in common, or without if those are the
    ones of the part before; both are pickled.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_processors(share)
    Thread(target=end_with_parent, daemon=True).start()
    task: bytes = b""
    loaded: tuple[Any, Any] | None = None
    with suppress(EOFError, OSError):  # the parent is gone, or has no use for this worker
        while True:
            index, is_new = connection.recv()
            if is_new:
                task, loaded = connection.recv_bytes(), None
            part = connection.recv_bytes()
            try:
                loaded = loaded or pickle.loads(task)  # noqa: S301 - from the parent
                function, common = loaded
                with told_now_and_then(connection) as tell:
                    result = function(common, pickle.loads(part), tell)  # noqa: S301 - likewise
                answer = pickle.dumps((DONE, index, result), PICKLE)
            except Exception:  # noqa: BLE001 - whatever it is, the parent meets it itself
                answer = pickle.dumps((FAILED, index, None), PICKLE)
            connection.send_bytes(answer)


@contextmanager
def told_now_and_then(connection: Connection) -> Iterator[Any]:
    """Make a progress callback that sends its counts in one message for many calls."""
    counts: dict[str, int] = {}
    last = time.monotonic()

    def send() -> None:
        connection.send_bytes(pickle.dumps((PROGRESS, 0, dict(counts)), PICKLE))
        counts.clear()

    def tell(name: str, count: int) -> None:
        nonlocal last
        counts[name] = counts.get(name, 0) + count
        if time.monotonic() - last >= SECONDS_BETWEEN:
            last = time.monotonic()
            send()

    yield tell
    if counts:
        send()


def end_with_parent() -> None:
    """End this process at once when the parent ends, however that happened."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
