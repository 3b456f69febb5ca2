"""A share of the vectors in one compiled call, from packed words to packed words.

Threads that compute need the interpreter's lock between calls, and wait for each other there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.draining import drain_sums
from qpim_emu.engine.fast.kernels.tiles import sum_lanes, sum_products

if TYPE_CHECKING:
    from qpim_emu.engine.fast.kernels.draining import Drain
    from qpim_emu.engine.fast.kernels.kernel import Panels
    from qpim_emu.engine.fast.kernels.tiles import Filters, Room
    from qpim_emu.engine.fast.kernels.unfold import Source

__all__ = ["pass_lanes", "pass_through"]


@compiled_across
def pass_through(
    panels: Panels, source: Source, room: Room, drain: Drain, share: tuple[int, int]
) -> None:
    """Multiply and drain vectors ``share[0]`` to before ``share[1]``.

    Parameters
    ----------
    panels, source, room
        As for `sum_products`; sums of as many vectors as fit the room are drained together.
    drain
        What becomes of the sums.
    share
        Vectors.
    """
    vectors = room.sums.shape[0]
    for first in range(share[0], share[1], vectors):
        part = first, min(first + vectors, share[1])
        sum_products(panels, source, room, part)
        drain_sums(drain, room.sums, part)


@compiled_across
def pass_lanes(
    filters: Filters, source: Source, room: Room, drain: Drain, share: tuple[int, int]
) -> None:
    """Do what `pass_through` does; `filters` are those of `sum_lanes`."""
    vectors = room.sums.shape[0]
    for first in range(share[0], share[1], vectors):
        part = first, min(first + vectors, share[1])
        sum_lanes(filters, source, room, part)
        drain_sums(drain, room.sums, part)
