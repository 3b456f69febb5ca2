"""Threads beside the caller's, which stay awake for a moment after they have done something.

Layers follow each other within some hundred microseconds. A thread that is still looking for work
then has it at once, and so has the caller what was done.
"""

from __future__ import annotations

import os
import time
from functools import cache
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.fast.kernels.waiting import await_value
from qpim_emu.engine.processors import processors

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.typing import IntArray

__all__ = ["Helper", "helpers"]

LOOKS = 1 << 18
"""Looks before a thread goes to sleep, about half a millisecond."""

NAP = 50e-6
"""Seconds between looks of a caller that has waited for longer than that."""

ASKED, DONE = 0, 8
"""Places of two counts, on lines of the cache of their own."""


class Helper(Thread):
    """A thread that does one thing at a time.

    Attributes
    ----------
    in_use
        Held by who has asked for something.
    """

    def __init__(self) -> None:
        super().__init__(name="qpim", daemon=True)
        self.in_use = Lock()
        self.task: Callable[[], None] | None = None
        self.error: BaseException | None = None
        self.counts: IntArray = np.zeros(16, np.int64)
        self.sleeps = False
        self.bell: SimpleQueue[None] = SimpleQueue()
        self.start()

    def ask(self, task: Callable[[], None]) -> None:
        """Have a thing done; `in_use` is held from before this until after `wait`."""
        self.task, self.error = task, None
        self.counts[ASKED] += 1
        if self.sleeps:
            self.bell.put(None)  # once too often does no harm: it looks again, and sleeps on

    def wait(self) -> None:
        """Wait until the thing is done, unless it is not begun: then it is not done any more.

        Raises
        ------
        BaseException
            What the thing raised.
        """
        asked = int(self.counts[ASKED])
        task, self.task = self.task, None
        if task is not None:
            return
        if not await_value(self.counts, DONE, asked, LOOKS):
            while self.counts[DONE] < asked:
                time.sleep(NAP)
        if self.error is not None:
            raise self.error

    def run(self) -> None:
        """Look for things to do, for ever."""
        seen = 0
        while True:
            if not await_value(self.counts, ASKED, seen + 1, LOOKS):
                self.sleeps = True
                if self.counts[ASKED] == seen:  # nobody has asked since it said that it sleeps
                    self.bell.get()
                self.sleeps = False
                continue
            seen = int(self.counts[ASKED])
            task, self.task = self.task, None
            if task is not None:
                self.do(task)
                self.counts[DONE] = seen

    def do(self, task: Callable[[], None]) -> None:
        """Do a thing, and keep what it raises."""
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised again where it was asked for
            self.error = error


def helpers() -> tuple[Helper, ...]:
    """One for every processor but one."""
    return made(os.getpid(), processors() - 1)


@cache
def made(process: int, count: int) -> tuple[Helper, ...]:  # noqa: ARG001 - a fork has none
    """Make helpers, once for a process."""
    return tuple(Helper() for _ in range(count))
