"""Scratch memory of compiled calls, kept from one call to the next."""

from __future__ import annotations

import math
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.engine.fast.kernels.kernel import LINE, aligned
from qpim_emu.engine.fast.kernels.records import write_record
from qpim_emu.engine.fast.kernels.tiles import Room
from qpim_emu.engine.fast.kernels.unfold import Stretch

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from qpim_emu.typing import IntArray

__all__ = ["Memory", "RoomShape", "give_room", "make_stretch", "room", "take_room"]

STRETCH_BYTES = 1 << 18
"""Bytes of a stretch of operands: beside tile and sums, a second-level cache holds it."""

KEPT = 16
"""Most memories kept; one takes a megabyte or so."""

VIEWS = 64
"""Most shapes that a memory is seen in."""

LINES = 2
"""Lines of the cache behind each part of a memory, which may be read and overwritten as well."""


class RoomShape(NamedTuple):
    """What a room depends on.

    Attributes
    ----------
    vectors
        Vectors of a tile.
    share
        Vectors whose sums are held.
    tile, sums
        Type and second axis of a tile and of the sums.
    """

    vectors: int
    share: int
    tile: tuple[DTypeLike, int]
    sums: tuple[DTypeLike, int]


class Memory:
    """Memory of one room at a time, whatever its shape.

    Parameters
    ----------
    size
        Bytes.
    """

    def __init__(self, size: int) -> None:
        self.bytes = aligned((size,), np.uint8)
        self.rooms: dict[RoomShape, Room] = {}
        self.written: dict[RoomShape, IntArray] = {}
        self.seen_as: Room | None = None

    def room(self, shape: RoomShape) -> Room:
        """See it as a room.

        What was an integer may be no number as a float, and these spread even where weights are
        0: memory that becomes a room of floats is cleared.
        """
        found = self.rooms.get(shape)
        if found is None:
            if len(self.rooms) >= VIEWS:
                self.rooms.clear()
                self.written.clear()
            found = self.rooms[shape] = self.cut(shape)
        if self.seen_as is not found:
            self.seen_as = found
            if found.tile.dtype.kind == "f":
                self.bytes[:] = 0
        return found

    def numbers(self, shape: RoomShape) -> IntArray:
        """The room that it is seen as, written down (`kernels.records`)."""
        found = self.written.get(shape)
        if found is None:
            found = self.written[shape] = np.array(write_record(self.rooms[shape]), np.int64)
        return found

    def cut(self, shape: RoomShape) -> Room:
        """Cut it into the parts of a room."""
        views, begun = [], 0
        for axes, kind in parts_of(shape):
            size = math.prod(axes) * np.dtype(kind).itemsize
            views.append(self.bytes[begun : begun + size].view(kind).reshape(axes))
            begun += with_lines(size)
        operands, tile, sums = views
        return Room(Stretch(operands, np.zeros(3, np.int64)), tile, sums)


free: list[Memory] = []
lock = Lock()


def take_room(shape: RoomShape) -> Memory:
    """Take memory for a room; it is given back (`give_room`), or left to be forgotten."""
    memory = take(size_of(shape))
    memory.room(shape)
    return memory


def give_room(memory: Memory) -> None:
    """Give a memory back."""
    with lock:
        free.append(memory)
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
        self.memory = take_room(self.shape)
        return self.memory.room(self.shape)

    def __exit__(self, *_: object) -> None:
        give_room(self.memory)


def take(size: int) -> Memory:
    """Take free memory of so many bytes or more, the last used first, or make some."""
    with lock:
        for i in reversed(range(len(free))):
            if len(free[i].bytes) >= size:
                return free.pop(i)
    return Memory(size)


def parts_of(shape: RoomShape) -> tuple[tuple[tuple[int, ...], DTypeLike], ...]:
    """Shape and type of a room's stretch, tile and sums."""
    (tile, depth), (sums, width) = shape.tile, shape.sums
    stretch = STRETCH_BYTES // np.dtype(tile).itemsize
    return ((stretch,), tile), ((shape.vectors, depth), tile), ((shape.share, width), sums)


@lru_cache(maxsize=256)
def size_of(shape: RoomShape) -> int:
    """Bytes of a room."""
    return sum(
        with_lines(math.prod(axes) * np.dtype(kind).itemsize) for axes, kind in parts_of(shape)
    )


def with_lines(size: int) -> int:
    """Round bytes up to lines of the cache, and add some."""
    return -(-size // LINE) * LINE + LINES * LINE


def make_stretch(kind: DTypeLike) -> Stretch:
    """Make room for operands as they lie in memory."""
    operands = aligned((STRETCH_BYTES // np.dtype(kind).itemsize,), kind)
    return Stretch(operands, np.zeros(3, np.int64))
