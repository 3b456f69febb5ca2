"""Compiled data path of a job: from packed words to sums, and from sums to packed words.

Streamed vectors are read into the kernel's type and multiplied with the panels a tile at a time,
so that operands stay in the nearest caches; sums are drained a tile at a time likewise. The two
halves are calls of their own: the first is compiled for every kernel, the second for every type of
sums only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from numba.extending import overload

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.depthwise import multiply_lanes, multiply_windows
from qpim_emu.engine.fast.kernels.in_place import InPlace, sum_in_place
from qpim_emu.engine.fast.kernels.multiply import multiply
from qpim_emu.engine.fast.kernels.unfold import Source, Stretch, begin, beside, unfold
from qpim_emu.engine.fast.kernels.windows import Windows, read_windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

__all__ = ["Filters", "Room", "sum_lanes", "sum_products", "sum_vectors"]


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


class Filters(NamedTuple):
    """Weights of a depthwise layer.

    Attributes
    ----------
    tables
        ``[pieces, residents, taps, words]``: those of each channel block.
    taps
        ``int64[taps]``: where each tap lies, as of `Windows`.
    edges
        ``int64[pieces + 1]``: first vector of each channel block, and the number of all.
    """

    tables: NDArray[Any]
    taps: IntArray
    edges: IntArray


@compiled_across
def sum_products(weights: Any, source: Source, room: Room, share: tuple[int, int]) -> None:  # noqa: ANN401
    """Multiply vectors ``share[0]`` to before ``share[1]`` with the weights.

    Parameters
    ----------
    weights
        Packed weights, panels of a kernel.
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
        multiply(weights, tile, room.sums[row : row + count])


@compiled_across
def sum_lanes(weights: Any, source: Source, room: Room, share: tuple[int, int]) -> None:  # noqa: ANN401
    """Do what `sum_products` does for channel blocks of a depthwise layer.

    Vectors are multiplied where they lie; they are copied only if the stretch is too short.

    Parameters
    ----------
    weights
        `Filters`: weights, and which vectors they belong to.
    source, room, share
        As for `sum_products`.
    """
    edges, stretch, tile = weights.edges, room.stretch, room.tile
    for piece in range(weights.tables.shape[0]):
        begun, past = max(share[0], edges[piece]), min(share[1], edges[piece + 1])
        while begun < past:
            end = read_windows(source, stretch, (begun, past))
            row = begun - share[0]
            if end > begun:
                starts = source.starts[begun:end]
                windows = Windows(stretch.operands, starts, stretch.place[0], weights.taps)
                sums = room.sums[row : row + end - begun]
                multiply_windows(weights.tables[piece], windows, sums)
            else:
                end = min(past, begun + tile.shape[0])
                unfold(source, stretch, begun, tile[: end - begun])
                sums = room.sums[row : row + end - begun]
                multiply_lanes(weights.tables[piece], tile[: end - begun], sums)
            begun = end


SUMS: Final[dict[object, Any]] = {Filters: sum_lanes, InPlace: sum_in_place}
"""Functions by the type of the weights; panels of all kernels are left to `sum_products`."""


def sum_vectors(weights: Any, source: Source, room: Room, share: tuple[int, int]) -> None:  # noqa: ANN401
    """Multiply vectors with weights, by the function for these.

    Parameters
    ----------
    weights
        Panels, `Filters` or `InPlace`.
    source, room, share
        As for `sum_products`.
    """
    SUMS.get(type(weights), sum_products)(weights, source, room, share)


@overload(sum_vectors)
def sum_vectors_compiled(
    weights: Any,  # noqa: ANN401
    source: Source,  # noqa: ARG001
    room: Room,  # noqa: ARG001
    share: tuple[int, int],  # noqa: ARG001
) -> Any:  # noqa: ANN401
    """Choose the function when a caller is compiled."""
    return SUMS.get(getattr(weights, "instance_class", None), sum_products).py_func
