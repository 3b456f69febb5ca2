"""Calls of compiled code on all threads, with arguments that are written down once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.fast.kernels.records import (
    address_of,
    entry_of,
    places_of,
    write_record,
)
from qpim_emu.engine.fast.kernels.waiting import enter_together
from qpim_emu.engine.fast.rooms import give_rooms, take_rooms
from qpim_emu.engine.fast.threads import take_helpers, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from qpim_emu.engine.fast.helpers import Helper
    from qpim_emu.engine.fast.rooms import Memory, RoomShape
    from qpim_emu.typing import IntArray

__all__ = ["Call"]

LOOKS = 1 << 16
"""How often a caller looks whether another thread is done before it lets the interpreter look."""


class Call:
    """A compiled function, and a record of its arguments.

    Parameters
    ----------
    function
        Gets a record and its type.
    arguments
        A named tuple; what is not set anew (`put`) is kept alive.
    room
        Shape of its member ``room``, of which every thread gets one of its own; None for none.
    """

    def __init__(
        self,
        function: Callable[..., None],
        arguments: Any,  # noqa: ANN401 - any named tuple
        room: RoomShape | None = None,
    ) -> None:
        self.function = entry_of(function, arguments)
        self.numbers: IntArray = np.array(write_record(arguments), np.int64)
        self.places = places_of(arguments)
        self.arguments = arguments if room is None else arguments._replace(room=None)
        self.room = room
        if room is not None:
            first = self.places["room"]
            self.room_part = slice(first, first + len(write_record(arguments.room)))

    def put(self, record: IntArray, name: str, array: NDArray[Any]) -> None:
        """Write another array into a record, of the same type and as many axes."""
        if not array.flags.c_contiguous:
            msg = f"{name} must be C-contiguous, got strides {array.strides}"
            raise ValueError(msg)
        place = self.places[name]
        record[place] = address_of(array)
        record[place + 1 : place + 1 + array.ndim] = array.shape

    def run(self, record: IntArray, *, others: int, held: object = None) -> None:
        """Run it on this thread and, at the same time, on up to so many others.

        It must do its part however many of them there are.

        Parameters
        ----------
        record
            A copy of `numbers`, in which something was set.
        others
            Most of the other threads.
        held
            What must live until all is done.
        """
        asked: list[Helper] = []
        beside = 0
        try:
            take_helpers(asked, others)
            rooms = take_rooms(self.room, len(asked) + 1)
            for other, memory in zip(asked, rooms[1:], strict=True):
                theirs = record.copy()
                self.put_room(theirs, memory)
                held = self, record, theirs, rooms, held
                other.ask_entry(self.function, address_of(theirs), held, beside=beside)
                beside = other.address
            self.put_room(record, rooms[0])
            enter_together(self.function, address_of(record), beside, LOOKS)
        finally:
            wait_for(asked)
        give_rooms(rooms)

    def put_room(self, record: IntArray, memory: Memory | None) -> None:
        """Write a room into a record, if there is one."""
        if memory is not None and self.room is not None:
            record[self.room_part] = memory.room(self.room).record
