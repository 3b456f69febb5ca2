"""Products of vectors that are multiplied where they lie, without being copied into a tile.

Neighbouring vectors share most of their operands, which are therefore read from a first-level
cache; a copy of each would have to come from further away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.fetching import CHUNK
from qpim_emu.engine.fast.kernels.kernel import LINE
from qpim_emu.engine.fast.kernels.window_blocks import GROUP, multiply_groups
from qpim_emu.engine.fast.kernels.windows import read_windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.kernel import Panels
    from qpim_emu.engine.fast.kernels.tiles import Room
    from qpim_emu.engine.fast.kernels.unfold import Source
    from qpim_emu.typing import IntArray

__all__ = ["InPlace", "multiply_in_place", "sum_in_place"]


class InPlace(NamedTuple):
    """Weights, and how vectors lie that are multiplied with them.

    Attributes
    ----------
    panels
        Packed weights, in the order of the pieces.
    pieces
        ``int64[pieces, 4]``: runs of operands, or parts of such
        (`qpim_emu.engine.fast.kernels.window_blocks.PIECE`).
    edges
        ``int64[stretches + 1]``: first piece of each stretch of K, and the number of all.
    pitch
        Operands between neighbouring vectors of every `GROUP`.
    """

    panels: Panels
    pieces: IntArray
    edges: IntArray
    pitch: int


@compiled_across
def sum_in_place(weights: Any, source: Source, room: Room, share: tuple[int, int]) -> None:  # noqa: ANN401
    """Do what `qpim_emu.engine.fast.kernels.tiles.sum_products` does for whole groups of vectors.

    Parameters
    ----------
    weights
        `InPlace`. The room's stretch must hold every group.
    source, room, share
        As for `sum_products`.
    """
    first, past = share
    while first < past:
        end = read_windows(source, room.stretch, (first, past))
        end -= (end - first) % GROUP
        begun = source.starts[first:end] - room.stretch.place[0]
        row = first - share[0]
        multiply_in_place(weights, room.stretch.operands, begun, room.sums[row : row + end - first])
        first = end


@compiled_across
def multiply_in_place(
    weights: InPlace, operands: NDArray[Any], begun: IntArray, sums: NDArray[Any]
) -> None:
    """Multiply groups of vectors, stretch after stretch of K, panel after panel.

    Parameters
    ----------
    weights
        Weights.
    operands
        Streamed operands ``[n]``, of the kernel's type.
    begun
        ``int64[vectors]``: where each begins.
    sums
        ``[vectors, columns]`` of the kernel's type, rows contiguous; overwritten.
    """
    panels, pieces, edges, pitch = weights
    table, arrays, vectors = panels.table, (operands, sums, pieces), begun.shape[0]
    pairs = vectors // (2 * GROUP)
    for stretch in range(edges.shape[0] - 1):
        first, past = edges[stretch], edges[stretch + 1]
        step, last = pieces[first, 1], pieces[past - 1]
        chunks = last[3] + -(-last[2] // CHUNK)
        size = (last[1] + last[2] - step) * table.strides[1]
        lines = -(-size // (LINE * chunks * max(pairs, 1)))  # of the table, for each chunk
        for panel in range(table.shape[0]):
            after = (panel + 1, step)
            if panel + 1 == table.shape[0]:
                after = (0, last[1] + last[2] if past < pieces.shape[0] else 0)
            for pair in range(pairs):
                row = pair * 2 * GROUP
                follows = min(row + 2 * GROUP, vectors - 2 * GROUP)
                rows = GROUP if panel == 0 else 0  # they are near when the next panel begins
                here = begun[row], begun[row + GROUP], pitch, row, panel, first, past
                ahead = begun[follows], begun[follows + GROUP], rows, *after, pair * chunks * lines
                multiply_groups(panels, arrays, 2, here, (*ahead, lines))
            if vectors % (2 * GROUP) != 0:
                row = pairs * 2 * GROUP
                here = begun[row], 0, pitch, row, panel, first, past
                multiply_groups(panels, arrays, 1, here, (0, 0, 0, *after, 0, 0))
