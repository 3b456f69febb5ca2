"""All that a thread does of a job in one compiled call, from codes to packed words.

Threads that compute need the interpreter's lock between calls, and wait for each other there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.atomic import add_atomically
from qpim_emu.engine.fast.kernels.draining import drain_sums
from qpim_emu.engine.fast.kernels.records import read_record
from qpim_emu.engine.fast.kernels.sharing import fill_all, finish_share, next_share
from qpim_emu.engine.fast.kernels.tiles import sum_vectors

if TYPE_CHECKING:
    from qpim_emu.engine.fast.kernels.draining import Drain
    from qpim_emu.engine.fast.kernels.sharing import Work
    from qpim_emu.engine.fast.kernels.tiles import Room
    from qpim_emu.engine.fast.kernels.unfold import Source
    from qpim_emu.typing import IntArray

__all__ = ["Pass", "add_events", "pass_through"]


class Pass(NamedTuple):
    """Arguments of a pass.

    Attributes
    ----------
    weights
        Packed weights (`sum_vectors`).
    source, room
        As for these; sums of as many vectors as fit the room are drained together.
    drain
        What becomes of the sums.
    work
        The vectors, divided; all threads get the same.
    """

    weights: Any
    source: Source
    room: Room
    drain: Drain
    work: Work


def pass_through(record: Any, kind: Any) -> None:  # noqa: ANN401
    """Multiply and drain shares of the vectors until none is left.

    Parameters
    ----------
    record, kind
        A record of a `Pass`, and its type.
    """
    weights, source, room, drain, work = read_record(record, kind)
    vectors, edges = room.sums.shape[0], work.edges
    events = np.zeros(drain.events.shape, np.int64)
    if work.part_edges.shape[0] == 0:
        fill_all(work.filler, work.state)
    share = next_share(work)
    while share >= 0:
        for first in range(edges[share], edges[share + 1], vectors):
            part = first, min(first + vectors, edges[share + 1])
            sum_vectors(weights, source, room, part)
            drain_sums(drain, events, room.sums, part)
        finish_share(work)
        share = next_share(work)
    add_events(events, drain.events)


@compiled_across
def add_events(found: IntArray, events: IntArray) -> None:
    """Add what a thread counted to what all of them do."""
    flat, counts = events.reshape(events.size), found.reshape(found.size)
    for i in range(counts.shape[0]):
        if counts[i] != 0:
            add_atomically(flat, i, counts[i])
