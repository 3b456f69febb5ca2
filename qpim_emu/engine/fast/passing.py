"""Passes of jobs, ready to run: written down once for a layer, completed for each run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.fast.calls import Call
from qpim_emu.engine.fast.kernels.passes import Pass
from qpim_emu.engine.fast.kernels.sharing import no_state
from qpim_emu.engine.fast.rooms import room

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.engine.fast.kernels.draining import Drain
    from qpim_emu.engine.fast.kernels.sharing import Work
    from qpim_emu.engine.fast.kernels.unfold import Source
    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.engine.fast.rooms import RoomShape
    from qpim_emu.engine.fast.sink import Sink

__all__ = ["NO_WORDS", "Passing"]

NO_WORDS = np.empty(0, np.uint16)
"""Stands for the words of a run."""


class Passing:
    """A pass of a job.

    Parameters
    ----------
    function
        One of `qpim_emu.engine.fast.kernels.passes`.
    weights
        Packed, for that function.
    source
        Streamed vectors, of no words yet.
    drain
        What becomes of the sums, but for the arrays of a run.
    work
        How it is divided.
    shape
        Of each thread's scratch memory.
    """

    def __init__(
        self,
        function: Callable[..., None],
        weights: Any,  # noqa: ANN401 - a kernel's own tuple type
        source: Source,
        drain: Drain,
        *,
        work: Work,
        shape: RoomShape,
    ) -> None:
        with room(shape) as scratch:
            arguments = Pass(weights, source, scratch, drain, work)
            self.call = Call(function, arguments, shape)
        self.others = work.shares - 1

    def run(self, memory: Memory, sink: Sink) -> None:
        """Run it on operands in memory, into a sink."""
        call, words, filler, state = self.call, memory.open_words, memory.filler, no_state()
        record = call.numbers.copy()
        call.put(record, "source.words", words)
        call.put(record, "drain.accumulators", sink.accumulators)
        call.put(record, "drain.events", sink.events)
        call.put(record, "drain.words", sink.words)
        call.put(record, "work.state", state)
        place = call.places["work.filler"]
        record[place], record[place + 1] = filler.function, filler.context
        call.put(record, "work.filler.left", filler.left)
        call.run(record, others=self.others, held=(memory, sink, state, words, filler))
