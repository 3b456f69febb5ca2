"""Passes of jobs, ready to run: written down once for a layer, completed for each run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.fast.calls import Call
from qpim_emu.engine.fast.kernels.passes import Pass
from qpim_emu.engine.fast.kernels.records import address_of, writer_of
from qpim_emu.engine.fast.kernels.sharing import STATE_SIZE, are_done
from qpim_emu.engine.fast.rooms import room
from qpim_emu.engine.fast.work import others_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qpim_emu.engine.fast.kernels.draining import Drain
    from qpim_emu.engine.fast.kernels.sharing import Work
    from qpim_emu.engine.fast.kernels.unfold import Source
    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.engine.fast.outlet import Outlet
    from qpim_emu.engine.fast.rooms import RoomShape
    from qpim_emu.engine.fast.sink import Sink

__all__ = ["NO_WORDS", "Passing"]

NO_WORDS = np.empty(0, np.uint16)
"""Stands for the words of a run."""

LINE_NUMBERS = 8
"""Numbers of a line of the cache, between what is read and what threads write."""

INT64_BYTES = 8

write_one, write_two, write_four, write_five = map(writer_of, (1, 2, 4, 5))


class Places(NamedTuple):
    """Where addresses of a run are written, in bytes from where a record begins."""

    words: int
    results: int
    events: int
    state: int
    filler: int

    @classmethod
    def of(cls, places: Mapping[str, int]) -> Places:
        """Find them in a record of a `Pass`."""
        names = "source.words", "drain.words", "drain.events", "work.state", "work.filler"
        return cls(*(places[name] * INT64_BYTES for name in names))


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
    drain, outlet
        What becomes of the sums, but for the arrays of a run; and the layer's results.
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
        outlet: Outlet,
        work: Work,
        shape: RoomShape,
    ) -> None:
        with room(shape) as scratch:
            arguments = Pass(weights, source, scratch, drain, work)
            self.call = Call(function, arguments, shape)
        self.shares, self.others = work.shares, others_of(work)
        at = self.places = Places.of(self.call.places)
        room_of_state = np.zeros(LINE_NUMBERS + STATE_SIZE, np.int64)
        numbers = self.call.numbers = np.append(self.call.numbers, room_of_state)
        self.state = numbers.nbytes - STATE_SIZE * numbers.itemsize
        write_five(numbers, at.results + INT64_BYTES, *outlet.shape)
        write_two(numbers, at.events + INT64_BYTES, 2, outlet.spec.vaults)

    def run(self, memory: Memory, sink: Sink) -> None:
        """Run it on operands in memory, into a sink.

        Raises
        ------
        MemoryError
            If there was not enough for the threads.
        """
        call, at = self.call, self.places
        record = call.numbers.copy()
        write_two(record, at.words, *memory.place)
        write_one(record, at.results, address_of(sink.words))
        write_one(record, at.events, address_of(sink.events))
        write_one(record, at.state, address_of(record) + self.state)
        write_four(record, at.filler, *memory.filler)
        if len(sink.accumulators):
            call.put(record, "drain.accumulators", sink.accumulators)
        call.run(record, others=self.others, held=(memory, sink))
        if not are_done(record[-STATE_SIZE:], self.shares):
            msg = "memory ran out in the fast tier"
            raise MemoryError(msg)
