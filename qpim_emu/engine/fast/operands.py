"""Operands of a plane, read from its vault's image along the program's own walks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.fast.decode import decoder_of, offsets_of
from qpim_emu.engine.fast.kernels.unfold import ALL_WRITTEN, Source, unfold
from qpim_emu.engine.structure.tables import walk_row
from qpim_emu.mapping.phases import Load
from qpim_emu.mapping.plane import Reduce, Streamed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.arith.window import Window
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.memory.image import BankImage
    from qpim_emu.typing import BoolArray, IntArray

__all__ = ["Reader", "filters_of", "read_table", "stream_reader", "streamed_points"]


BASE = 1
"""Column of a table in which walks have their first block."""


class Reader:
    """Reads vectors of one operand of a plane.

    Parameters
    ----------
    plan, plane
        What is read.
    image
        The bank image.
    table
        Walks with their places in a vector (`qpim_emu.engine.fast.kernels.unfold`).
    window
        Window they are read through.
    """

    def __init__(
        self, plan: Plan, plane: Plane, image: BankImage, table: IntArray, window: Window
    ) -> None:
        self.vault = image[plane.vault]
        self.window = window
        decoder = decoder_of(window, plan.spec)
        self.source = Source(self.vault.words, self.vault.written, table, decoder)

    def read(self, first: int, zero_points: IntArray, out: NDArray[Any]) -> None:
        """Read vectors from number `first` on into the rows of `out`, minus their zero points.

        Raises
        ------
        UnwrittenReadError
            If a block among them was never written.
        """
        missing = unfold(self.source, first, offsets_of(self.window, zero_points), out)
        if missing != ALL_WRITTEN:
            self.vault.require_written(np.array([missing]))


def stream_reader(plan: Plan, plane: Plane, image: BankImage) -> Reader:
    """Reader of the streamed operand: the STREAM phases of all chunks."""
    table = np.array(
        [(chunk.first, *walk_row(walk)) for chunk in plane.chunks for walk in chunk.walks], np.int64
    )
    table[:, BASE] += plane.streamed_base
    return Reader(plan, plane, image, table, plan.streamed_window(plane))


def read_table(plan: Plan, plane: Plane, image: BankImage, out: NDArray[np.float32]) -> None:
    """Read the resident vectors of a plane, words without operands as 0.

    Parameters
    ----------
    out
        ``float32[residents, words of a vector]``.

    Raises
    ------
    UnwrittenReadError
        If a block of the table was never written.
    """
    words = plan.spec.words_per_block
    table = [
        (chunk.first, *walk_row(walk))
        for chunk in plane.chunks
        for walk in Load(plane=plane, first=0, count=plane.residents, chunk=chunk).walks
    ]
    window = plan.resident_window(plane)
    reader = Reader(plan, plane, image, np.array(table, np.int64), window)
    points = resident_points(plan, plane)
    if plane.reduce is Reduce.PER_LANE:
        reader.read(0, np.zeros(plane.residents, np.int64), out)
        taps = out.reshape(plane.residents, -1, words)
        taps[:, :, : plane.tail] -= points[:, None, :].astype(np.float32)
    else:
        reader.read(0, points, out)
    out[:, ~live_words(plane, words)] = 0


def filters_of(plane: Plane, words: int) -> IntArray:
    """Filters that a plane computes, ``int64[residents]``, or ``[residents, lanes]`` per lane.

    For a linear layer the filters are its streamed vectors.
    """
    if plane.streamed is Streamed.WEIGHTS:
        return np.arange(plane.first, plane.first + plane.vectors)
    if plane.reduce is Reduce.PER_LANE:
        channels = plane.group * words + np.arange(plane.tail)
        return np.arange(plane.residents)[:, None] + channels * plane.residents
    return np.arange(plane.resident_first, plane.resident_first + plane.residents)


def resident_points(plan: Plan, plane: Plane) -> IntArray:
    """Zero points of the resident operand, in the shape of `filters_of` (linear: per row)."""
    if plane.streamed is Streamed.WEIGHTS:
        return np.full(plane.residents, plan.layer.activation_zero_point)
    points: IntArray = plan.layer.weight_zero_point[filters_of(plane, plan.spec.words_per_block)]
    return points


def streamed_points(plan: Plan, plane: Plane) -> IntArray:
    """Zero point of every streamed vector, ``int64[vectors]``."""
    if plane.streamed is Streamed.WEIGHTS:
        return plan.layer.weight_zero_point[plane.first : plane.first + plane.vectors]
    return np.full(plane.vectors, plan.layer.activation_zero_point)


def live_words(plane: Plane, words: int) -> BoolArray:
    """Which words of a vector carry operands; the lanes discard the products of the others."""
    live = np.ones((plane.vector_blocks // plane.period, plane.period * words), np.bool_)
    live[:, (plane.period - 1) * words + plane.tail :] = False
    return live.reshape(-1)
