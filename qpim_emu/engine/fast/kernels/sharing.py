"""Work that threads take share after share, without the interpreter's lock.

Taking the next share from the interpreter would make each thread wait until the others let go of
its lock, several times in every layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.atomic import add_atomically, look_at
from qpim_emu.engine.fast.kernels.filling import Filler, fill

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["STATE_SIZE", "Work", "fill_all", "new_state", "next_share"]

SHARES, PARTS, FILLED, FINISHED = 0, 8, 16, 24
"""Places of counts of what was taken and done, on lines of the cache of their own."""

FAILED = FINISHED + 1
"""Place of a count of parts for which memory was too short."""

STATE_SIZE = 32


class Work(NamedTuple):
    """Shares, and what must be filled before they are computed.

    Attributes
    ----------
    edges
        ``int64[shares + 1]``: first vector of each share, and the number of all.
    filler
        What fills the memory they are in.
    parts, part_edges
        Parts that each share reads, behind one another, and ``int64[shares + 1]`` where those of
        each begin. A thread fills them before it computes the share. With no edges every share
        reads all parts: then threads fill all of them together, before any share is computed.
    state
        ``int64[STATE_SIZE]``: what was taken, 0 at first.
    """

    edges: IntArray
    filler: Filler
    parts: IntArray
    part_edges: IntArray
    state: IntArray

    @property
    def shares(self) -> int:
        """How many there are."""
        return len(self.edges) - 1


def new_state() -> IntArray:
    """State of work of which nothing is taken."""
    return np.zeros(STATE_SIZE, np.int64)


def are_done(state: IntArray, shares: int) -> bool:
    """Whether so many shares were finished, and all parts filled; else memory was too short."""
    return bool(state[FINISHED] == shares and state[FAILED] == 0)


@compiled_across
def finish_share(work: Work) -> None:
    """Say that a share was finished."""
    add_atomically(work.state, FINISHED, 1)


@compiled_across
def fill_all(filler: Filler, state: IntArray) -> None:
    """Fill parts until all are filled, by this thread and the others that do the same."""
    parts = filler.left.shape[0]
    while True:
        part = add_atomically(state, PARTS, 1)
        if part >= parts:
            break
        if not fill(filler, part):
            add_atomically(state, FAILED, 1)
        add_atomically(state, FILLED, 1)
    while look_at(state, FILLED) < parts:  # others fill the last ones
        pass


@compiled_across
def next_share(work: Work) -> int:
    """Take a share, and fill what it reads; -1 where none is left."""
    share = add_atomically(work.state, SHARES, 1)
    if share >= work.edges.shape[0] - 1:
        return -1
    if work.part_edges.shape[0] > 0 and work.filler.left.shape[0] > 0:
        for i in range(work.part_edges[share], work.part_edges[share + 1]):
            if not fill(work.filler, work.parts[i]):
                add_atomically(work.state, FAILED, 1)
    return int(share)
