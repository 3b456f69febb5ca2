"""Tiles that threads take one by one, where the interpreter is needed for each of them."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from qpim_emu.engine.fast.rooms import room
from qpim_emu.engine.fast.threads import run_together

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qpim_emu.engine.fast.kernels.tiles import Room
    from qpim_emu.engine.fast.rooms import RoomShape
    from qpim_emu.typing import IntArray

__all__ = ["run_tiles"]

Tile = TypeVar("Tile")


def run_tiles(
    tiles: Sequence[Tile],
    function: Callable[[Room, IntArray, Tile], None],
    *,
    shape: RoomShape,
    events: IntArray,
    others: int,
) -> None:
    """Compute tiles on this thread and up to so many others.

    Parameters
    ----------
    tiles
        What there is to compute.
    function
        Computes one, given a room of the thread's own and events of its own to add to.
    shape
        Of the rooms.
    events
        ``int64[2, vaults]``, to which those of all threads are added.
    others
        Most of the other threads.
    """
    left, lock = iter(tiles), Lock()

    def take() -> Tile | None:
        with lock:
            return next(left, None)

    def run() -> None:
        found = np.zeros_like(events)
        with room(shape) as scratch:
            while (tile := take()) is not None:
                function(scratch, found, tile)
        with lock:
            events[:] += found

    run_together(run, min(others, len(tiles) - 1))
