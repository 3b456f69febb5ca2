"""Scratch memory of compiled calls, kept from one call to the next."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.fast.kernels.kernel import LINE, aligned
from qpim_emu.engine.fast.kernels.records import write_record
from qpim_emu.engine.fast.kernels.tiles import Room
from qpim_emu.engine.fast.kernels.unfold import Stretch

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from qpim_emu.typing import IntArray

__all__ = [
    "Memory",
    "RoomShape",
    "give_rooms",
    "make_stretch",
    "room",
    "room_shape",
    "stretch_size",
    "take_rooms",
]

STRETCH_BYTES = 1 << 18
"""Bytes of a stretch of operands: beside tile and sums, a second-level cache holds it."""

KEPT = 16
"""Most memories kept; one takes a megabyte or so."""

VIEWS = 64
"""Most shapes that a memory is seen in."""

LINES = 2
"""Lines of the cache behind each part of a memory, which may be read and overwritten as well."""


class RoomShape:
    """What a room depends on; equal ones are the same (`room_shape`).

    Parameters
    ----------
    vectors
        Vectors of a tile.
    share
        Vectors whose sums are held.
    tile, sums
        Type and second axis of a tile and of the sums.

    Attributes
    ----------
    parts
        Shape and type of its stretch, tile and sums.
    size
        Bytes of all of them.
    """

    __slots__ = ("parts", "size", "vectors")

    def __init__(
        self, vectors: int, share: int, tile: tuple[DTypeLike, int], sums: tuple[DTypeLike, int]
    ) -> None:
        kinds = np.dtype(tile[0]), np.dtype(sums[0])
        self.vectors = vectors
        self.parts: tuple[tuple[tuple[int, ...], np.dtype[Any]], ...] = (
            ((stretch_size(kinds[0]),), kinds[0]),
            ((vectors, tile[1]), kinds[0]),
            ((share, sums[1]), kinds[1]),
        )
        self.size = sum(with_lines(math.prod(axes) * kind.itemsize) for axes, kind in self.parts)


room_shape = lru_cache(maxsize=1024)(RoomShape)
"""Find a shape."""


class Seen(NamedTuple):
    """A room, and its record (`qpim_emu.engine.fast.kernels.records`)."""

    room: Room
    record: IntArray


class Memory:
    """Memory of one room at a time, whatever its shape.

    Parameters
    ----------
    size
        Bytes.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.bytes = aligned((size,), np.uint8)
        self.rooms: dict[RoomShape, Seen] = {}

    def room(self, shape: RoomShape) -> Seen:
        """See it as a room, which holds anything."""
        found = self.rooms.get(shape)
        if found is None:
            if len(self.rooms) >= VIEWS:
                self.rooms.clear()
            seen = self.cut(shape)
            found = self.rooms[shape] = Seen(seen, np.array(write_record(seen), np.int64))
        return found

    def cut(self, shape: RoomShape) -> Room:
        """Cut it into the parts of a room."""
        views, begun = [], 0
        for axes, kind in shape.parts:
            size = math.prod(axes) * kind.itemsize
            views.append(self.bytes[begun : begun + size].view(kind).reshape(axes))
            begun += with_lines(size)
        operands, tile, sums = views
        return Room(Stretch(operands, np.zeros(3, np.int64)), tile, sums)


free: list[Memory] = []
"""Memories that nobody uses, the last used last. No lock guards it, which a fork might find held:
each step is one that the interpreter does not divide.
"""


def take_rooms(shape: RoomShape | None, count: int) -> list[Memory | None]:
    """Take memories for rooms, None all where there is no shape.

    They are given back (`give_rooms`), or left to be forgotten.
    """
    found: list[Memory | None] = []
    if shape is None:
        return [None] * count
    for _ in range(count):
        try:
            memory = free.pop()
        except IndexError:  # all are in use
            memory = Memory(shape.size)
        if memory.size < shape.size:
            memory = Memory(shape.size)  # all will soon be as large as the largest room
        found.append(memory)
    return found


def give_rooms(memories: list[Memory | None]) -> None:
    """Give memories back."""
    if memories[0] is not None:
        # the other way round: each thread gets its own again, which its caches may hold
        free.extend(memories[::-1])  # type: ignore[arg-type] # all are None, or none is
        if len(free) > KEPT:
            del free[:-KEPT]


class room:  # noqa: N801 - used like a function
    """Lend a room to one call, in a ``with`` block.

    Parameters
    ----------
    shape
        What it depends on.
    """

    __slots__ = ("memory", "shape")

    def __init__(self, shape: RoomShape) -> None:
        self.shape = shape

    def __enter__(self) -> Room:
        (self.memory,) = take_rooms(self.shape, 1)
        assert self.memory is not None  # noqa: S101 - there is a shape
        return self.memory.room(self.shape).room

    def __exit__(self, *_: object) -> None:
        give_rooms([self.memory])


def with_lines(size: int) -> int:
    """Round bytes up to lines of the cache, and add some."""
    return -(-size // LINE) * LINE + LINES * LINE


def stretch_size(kind: DTypeLike) -> int:
    """Operands of a type that a stretch holds."""
    return STRETCH_BYTES // np.dtype(kind).itemsize


def make_stretch(kind: DTypeLike) -> Stretch:
    """Make room for operands as they lie in memory."""
    operands = aligned((stretch_size(kind),), kind)
    return Stretch(operands, np.zeros(3, np.int64))
