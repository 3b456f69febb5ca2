"""Scratch memory of compiled calls, kept from one call to the next."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.engine.fast.kernels.kernel import aligned
from qpim_emu.engine.fast.kernels.tiles import Room
from qpim_emu.engine.fast.kernels.unfold import Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import DTypeLike

__all__ = ["RoomShape", "make_stretch", "room"]

STRETCH_BYTES = 1 << 18
"""Bytes of a stretch of operands: beside tile and sums, a second-level cache holds it."""

KEPT = 16
"""Most rooms kept; one takes a megabyte or so."""


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


free: list[tuple[RoomShape, Room]] = []
lock = Lock()


@contextmanager
def room(shape: RoomShape) -> Iterator[Room]:
    """Lend a room to one call."""
    found = take(shape) or make(shape)
    try:
        yield found
    finally:
        with lock:
            free.append((shape, found))
            del free[:-KEPT]


def take(shape: RoomShape) -> Room | None:
    """Take a free room of this shape, if there is one."""
    with lock:
        for i, (kept, found) in enumerate(free):
            if kept == shape:
                del free[i]
                return found
    return None


def make(shape: RoomShape) -> Room:
    """Make a room."""
    (tile, depth), (sums, width) = shape.tile, shape.sums
    return Room(
        stretch=make_stretch(tile),
        tile=aligned((shape.vectors, depth), tile),
        sums=aligned((shape.share, width), sums),
    )


def make_stretch(kind: DTypeLike) -> Stretch:
    """Make room for operands as they lie in memory."""
    operands = aligned((STRETCH_BYTES // np.dtype(kind).itemsize,), kind)
    return Stretch(operands, np.zeros(3, np.int64))
