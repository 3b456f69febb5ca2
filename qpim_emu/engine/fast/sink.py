"""Where results go: accumulators and events of every output of the layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from qpim_emu.engine.result import output_shape, raise_trapped
from qpim_emu.mapping.outputs import OutputIndex
from qpim_emu.mapping.plane import Reduce, Streamed

if TYPE_CHECKING:
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.typing import BoolArray, IntArray

__all__ = ["Cell", "Sink", "cell_of", "outputs_of"]

Cell: TypeAlias = tuple[int | slice, slice, int | slice]
"""Index of a block of outputs in ``[images, filters, pixels]``; of two axes at most."""


class Sink:
    """Collects what the kernels compute.

    Attributes
    ----------
    accumulators
        ``int64[images, filters, pixels]``.
    overflows
        Same shape, ``int32``: overflowed (wrap) or clipped additions (saturate) of each output;
        ``None`` while there are none.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.accumulators: IntArray = np.empty(output_shape(plan), np.int64)
        self.overflows: IntArray | None = None
        self.trapped: list[tuple[OutputIndex, int]] = []

    def store(self, cell: Cell, accumulators: IntArray, overflows: IntArray | None) -> None:
        """Keep the accumulators of a cell and, where there are any, their overflows."""
        self.accumulators[cell] = accumulators
        if overflows is not None:
            if self.overflows is None:
                self.overflows = np.zeros(self.accumulators.shape, np.int32)
            self.overflows[cell] = overflows

    def trap(self, cell: Cell, sums: IntArray, biases: IntArray, outside: BoolArray) -> None:
        """Note the first trapped output of a cell and its exact total."""
        at = int(np.argmax(outside))
        total = int(sums.flat[at]) + int(np.broadcast_to(biases, sums.shape).flat[at])
        place = np.unravel_index(at, sums.shape)
        axes = iter(int(i) for i in place)
        first = [part if isinstance(part, int) else part.start + next(axes) for part in cell]
        self.trapped.append((OutputIndex(*first), total))

    def raise_trapped(self) -> None:
        """Raise for the lowest output that trapped, if any.

        Raises
        ------
        AccumulatorOverflowError
            Naming the output and its exact total.
        """
        raise_trapped(self.plan, self.trapped)


def cell_of(table: Plane, stream: Plane, first: int, past: int) -> Cell:
    """Outputs of all resident vectors of `table` and vectors ``first..past`` of `stream`.

    Indexing with it gives ``[residents, vectors]``.
    """
    rows = slice(table.resident_first, table.resident_first + table.residents)
    columns = slice(stream.first + first, stream.first + past)
    if stream.streamed is Streamed.WEIGHTS:
        return rows, columns, 0
    return stream.image, rows, columns


def outputs_of(plane: Plane, words: int) -> Cell:
    """All outputs of a plane: those whose codes its vault writes."""
    if plane.reduce is Reduce.DOT:
        return cell_of(plane, plane, 0, plane.vectors)
    first = plane.group * words * plane.residents
    filters = slice(first, first + plane.tail * plane.residents)
    return plane.image, filters, slice(plane.first, plane.first + plane.vectors)
