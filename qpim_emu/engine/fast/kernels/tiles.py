"""Compiled data path of a job: from packed words to sums, and from sums to packed words.

Streamed vectors are read into the kernel's type and multiplied with the panels a tile at a time,
so that operands stay in the nearest caches; sums are drained a tile at a time likewise. The two
halves are calls of their own: the first is compiled for every kernel, the second for every type of
sums only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.depthwise import multiply_lanes
from qpim_emu.engine.fast.kernels.multiply import multiply
from qpim_emu.engine.fast.kernels.unfold import Source, Stretch, begin, beside, unfold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.kernel import Panels
    from qpim_emu.typing import IntArray

__all__ = ["Room", "sum_lanes", "sum_products"]


class Room(NamedTuple):
    """Scratch memory of a thread.

    Attributes
    ----------
    stretch
        Streamed operands as they lie in memory, of the kernel's type.
    tile
        ``[vectors of a tile, depth]`` of that type; beyond the operands they mean nothing.
    sums
        ``[vectors of several tiles, columns of the kernel]`` of its type.
    """

    stretch: Stretch
    tile: NDArray[Any]
    sums: NDArray[Any]


@compiled_across
def sum_products(panels: Panels, source: Source, room: Room, share: tuple[int, int]) -> None:
    """Multiply vectors ``share[0]`` to before ``share[1]`` with the weights.

    Parameters
    ----------
    panels
        Packed weights.
    source
        Streamed vectors.
    room
        Scratch memory; the sums go into its first rows.
    share
        Vectors.
    """
    first, past = share
    begin(source, room.stretch, share)
    for begun in range(first, past, room.tile.shape[0]):
        count = min(room.tile.shape[0], past - begun)
        tile, row = room.tile[:count], begun - first
        place = beside(source, room.stretch, (begun, begun + count), tile.shape[1])
        if place >= 0:
            operands = room.stretch.operands[place : place + tile.size]
            tile = operands.reshape((count, tile.shape[1]))
        else:
            unfold(source, room.stretch, begun, tile)
        multiply(panels, tile, room.sums[row : row + count])


@compiled_across
def sum_lanes(
    tables: NDArray[Any], edges: IntArray, source: Source, room: Room, share: tuple[int, int]
) -> None:
    """Do what `sum_products` does for channel blocks of a depthwise layer.

    Parameters
    ----------
    tables
        Weights ``[pieces, residents, taps, words]``.
    edges
        As of `Pieces`.
    source, room, share
        As for `sum_products`.
    """
    begin(source, room.stretch, share)
    for piece in range(tables.shape[0]):
        first, past = max(share[0], edges[piece]), min(share[1], edges[piece + 1])
        for begun in range(first, past, room.tile.shape[0]):
            count = min(room.tile.shape[0], past - begun)
            tile, row = room.tile[:count], begun - share[0]
            unfold(source, room.stretch, begun, tile)
            multiply_lanes(tables[piece], tile, room.sums[row : row + count])
