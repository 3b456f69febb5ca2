"""What the workers of `test_workers.py` do: they find these functions by name."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

from qpim_emu.engine.processors import processors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["add", "describe", "die", "fail_at", "fail_to_pickle", "note_and_wait"]


def add(common: int, part: int, tell: Callable[[str, int], None]) -> int:
    """Add, and tell so."""
    tell("added", part)
    return common + part


def describe(common: None, part: int, tell: object) -> dict[str, object]:  # noqa: ARG001 - as all tasks
    """What a worker is allowed."""
    time.sleep(0.05)  # so that every worker has a part
    return {
        "process": os.getpid(),
        "processors": processors(),
        "blas": os.environ["OPENBLAS_NUM_THREADS"],
        "interrupt": signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
    }


def fail_at(common: int, part: int, tell: object) -> int:  # noqa: ARG001 - as all tasks
    """Raise at one part."""
    if part == common:
        raise ValueError(part)
    return part


def fail_to_pickle(common: None, part: int, tell: object) -> object:  # noqa: ARG001 - as all tasks
    """A result that cannot be sent."""
    return threading.Lock()


def die(common: int, part: int, tell: object) -> int:  # noqa: ARG001 - as all tasks
    """End as a process that is killed, or that leaves with a status."""
    if common:
        os.kill(os.getpid(), common)
    os._exit(3)


def note_and_wait(common: Path, part: int, tell: object) -> None:  # noqa: ARG001 - as all tasks
    """Write down who works, and whether interrupts reach it, and do so for long."""
    is_deaf = signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, set())
    (common / f"{part}.part").write_text(f"{os.getpid()} {is_deaf}")
    (common / f"{part}.part").rename(common / f"{part}.pid")
    time.sleep(60)
