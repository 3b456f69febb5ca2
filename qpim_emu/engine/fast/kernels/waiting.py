"""Compiled waiting: a thread that looks again and again, without the interpreter's lock.

Waking a thread that sleeps takes some 50 microseconds or more, and so does giving it the lock: as
long as a small layer takes. A thread that looks begins within a microsecond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numba
import numpy as np

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.atomic import claim, look_at, put_atomically
from qpim_emu.engine.fast.kernels.records import enter_at, pointer_at

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = [
    "DONE",
    "FUNCTION",
    "NUMBER",
    "POSTED",
    "STATE_SIZE",
    "enter_together",
    "post",
    "retract_or_await",
    "serve",
]

POSTED: Final = 0
"""Place of a thing's number, which counts up: negative once it is begun, 0 once it is retracted."""

DONE: Final = 8
"""Place of the number of the last thing done; on a line of the cache of its own."""

FUNCTION: Final = 16
"""Place of what it is: an entry (`records.entry_of`), 0 for what only the interpreter can do."""

RECORD: Final = 17
"""Place of the address of its arguments."""

NEXT: Final = 18
"""Place of the address of the state of another thread that gets something together with this."""

NUMBER: Final = 19
"""Place of the number of the last thing that was posted."""

STATE_SIZE: Final = 24

carray: Any = numba.carray  # type: ignore[attr-defined] # exported, but not by name


@compiled_across
def serve(state: IntArray, looks: int) -> int:
    """Do things as they are posted, until there is none for so many looks.

    Returns
    -------
    int
        Number of a thing that was begun and is for the interpreter to do, 0 where nothing is.
    """
    idle = 0
    while idle < looks:
        number = look_at(state, POSTED)
        if number > 0 and claim(state, POSTED, number, -number):
            if state[FUNCTION] == 0:
                return int(number)
            enter_at(state[FUNCTION], state[RECORD])
            put_atomically(state, DONE, number)
            idle = 0
        idle += 1
    return 0


@compiled_across
def post(state: IntArray) -> None:
    """Post what is written down; who sees its number sees the rest."""
    state[NUMBER] += 1
    put_atomically(state, POSTED, state[NUMBER])


@compiled_across
def retract_or_await(state: IntArray, looks: int) -> bool:
    """Retract a thing that is not begun, or wait until it is done; gives up after so many looks.

    What is retracted counts as done, and so does what was never posted.
    """
    number = state[NUMBER]
    if claim(state, POSTED, number, 0):
        put_atomically(state, DONE, number)
        return True
    for _ in range(looks):  # noqa: SIM110 - compiled code has no generators like that
        if look_at(state, DONE) >= number:
            return True
    return False


@compiled_across
def enter_together(function: int, record: int, first: int, looks: int) -> None:
    """Post what is written down for other threads, enter a function, and wait for them.

    All that threads do together takes one call from the interpreter.

    Parameters
    ----------
    function, record
        What the caller enters.
    first
        Address of the state of the first of the other threads.
    looks
        How long to wait for each, as in `retract_or_await`: then it may not be done yet.
    """
    other = first
    while other != 0:
        state = carray(pointer_at(other, np.int64), (STATE_SIZE,))
        post(state)
        other = state[NEXT]
    enter_at(function, record)
    other = first
    while other != 0:
        state = carray(pointer_at(other, np.int64), (STATE_SIZE,))
        retract_or_await(state, looks)
        other = state[NEXT]
