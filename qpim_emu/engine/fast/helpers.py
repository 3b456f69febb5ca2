"""Threads beside the caller's, which stay awake for a moment after they have done something.

Layers follow each other within some hundred microseconds. A thread that is still looking for work
then has it at once, and so has the caller what was done.
"""

from __future__ import annotations

import os
import time
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.fast.kernels.records import address_of, writer_of
from qpim_emu.engine.fast.kernels.waiting import (
    DONE,
    FUNCTION,
    NUMBER,
    POSTED,
    STATE_SIZE,
    post,
    retract_or_await,
    serve,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.typing import IntArray

__all__ = ["Helper", "helpers"]

LOOKS = 1 << 18
"""Looks before a thread goes to sleep, about half a millisecond."""

NAP = 50e-6
"""Seconds between looks of a caller that has waited for longer than that."""

INT64_BYTES = 8

write_three = writer_of(3)


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
        self.held: object = None
        self.error: BaseException | None = None
        self.state: IntArray = np.zeros(STATE_SIZE, np.int64)
        self.address = address_of(self.state)
        self.sleeps = False
        self.bell: SimpleQueue[None] = SimpleQueue()
        self.start()

    @property
    def is_idle(self) -> bool:
        """Whether it does nothing, even for somebody who was interrupted and does not wait."""
        return bool(self.state[POSTED] >= 0 or self.state[DONE] >= self.state[NUMBER])

    def ask(self, task: Callable[[], None]) -> None:
        """Have a thing done; `in_use` is held from before this until after `wait`."""
        self.task = task
        self.write(0, 0, 0)
        post(self.state)
        self.wake()

    def ask_entry(self, function: int, record: int, held: object, *, beside: int = 0) -> None:
        """Write down that compiled code is to be called, which needs no interpreter.

        `qpim_emu.engine.fast.kernels.waiting.enter_together` posts it; otherwise this is as `ask`.

        Parameters
        ----------
        function, record
            An entry, and the address of its arguments (`qpim_emu.engine.fast.kernels.records`).
        held
            What must live until that is done.
        beside
            Address of the state of another helper that gets something at the same time, or 0.
        """
        self.held = held
        self.write(function, record, beside)
        self.wake()  # before it is posted: who sleeps takes longer to wake than posting takes

    def write(self, function: int, record: int, beside: int) -> None:
        """Write down what is to be done."""
        self.error = None  # of a thing that nobody waited for to the end
        write_three(self.state, FUNCTION * INT64_BYTES, function, record, beside)

    def wake(self) -> None:
        """Wake the thread up if it sleeps."""
        if self.sleeps:
            self.bell.put(None)  # once too often does no harm: it looks again, and sleeps on

    def wait(self) -> None:
        """Wait until the thing is done, unless it is not begun: then it is not done any more.

        Whatever interrupts this is raised once it is done: it uses memory of who asked for it.

        Raises
        ------
        BaseException
            What the thing raised.
        """
        interruption: BaseException | None = None
        while True:
            try:
                while not retract_or_await(self.state, LOOKS):
                    time.sleep(NAP)
                break
            except BaseException as error:  # noqa: BLE001 - as said
                interruption = error
        raised = self.error or interruption
        self.held = self.task = self.error = None
        if raised is not None:
            raise raised

    def run(self) -> None:
        """Look for things to do, for ever."""
        while True:
            number = serve(self.state, LOOKS)
            if number:
                self.do(self.task)
                self.state[DONE] = number
                continue
            self.sleeps = True
            if self.state[POSTED] <= 0:  # nobody has asked since it said that it sleeps
                self.bell.get()
            self.sleeps = False

    def do(self, task: Callable[[], None] | None) -> None:
        """Do a thing, and keep what it raises."""
        assert task is not None  # noqa: S101 - it was written down before its number
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised again where it was asked for
            self.error = error


def helpers(count: int) -> tuple[Helper, ...]:
    """So many of them, made when they are first asked for."""
    if len(made) < count:
        with making[0]:
            made.extend(Helper() for _ in range(count - len(made)))
    return tuple(made[:count])


made: list[Helper] = []
making = [Lock()]
"""Held by who makes some."""


def forget() -> None:
    """Begin anew in a fork, which has no other threads."""
    made.clear()
    making[0] = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget)
