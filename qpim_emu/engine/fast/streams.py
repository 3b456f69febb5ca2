"""Where the streamed vectors of a plane lie: the outer and inner loops of its walks, as arrays."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.engine.structure.tables import walk_row
from qpim_emu.mapping.plane import Streamed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.mapping.plane import Chunk, Plane
    from qpim_emu.mapping.walks import Walk
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.geometry import ConvGeometry

__all__ = ["Reads", "padded_reads_of", "reads_of"]


class Reads(NamedTuple):
    """What is read of a plane's activations, in blocks or words.

    Attributes
    ----------
    starts
        ``int64[vectors]``: where each vector begins, from the plane's first block on.
    runs
        ``int64[runs, 3]``: what lies beside each other in every vector, as (distance from its
        beginning, place in the vector, count).
    """

    starts: IntArray
    runs: IntArray

    def moved(self, first: int, words: int) -> Reads:
        """The same in words, of blocks from block `first` on."""
        return Reads((self.starts + first) * words, self.runs * words)

    @property
    def first_and_last(self) -> IntArray:
        """First and last block of every run of every vector, ``int64[vectors, 2 x runs]``."""
        begun = self.starts[:, None] + self.runs[None, :, 0]
        return np.concatenate([begun, begun + self.runs[None, :, 2] - 1], axis=1)

    @property
    def blocks(self) -> IntArray:
        """Every block of every vector, ``int64[vectors, blocks]``, in the order of the runs."""
        offsets = [begun + np.arange(count) for begun, _, count in self.runs.tolist()]
        found: IntArray = self.starts[:, None] + np.concatenate(offsets)
        return found


def reads_of(plane: Plane) -> Reads:
    """Follow the walks of a plane's activations.

    Runs that continue each other in memory and in the vector become one.
    """
    if plane.streamed is Streamed.WEIGHTS:  # a LOAD: one run per resident vector and chunk
        starts = np.arange(plane.residents) * plane.vector_blocks
        return Reads(starts, np.array([[0, 0, plane.vector_blocks]]))
    first = plane.chunks[0].walks
    starts = np.concatenate([outer_offsets(walk) for walk in first])
    runs = [run for chunk in plane.chunks for run in runs_of(chunk, first)]
    return Reads(starts, np.array(list(joined(runs)), np.int64))


def outer_offsets(walk: Walk) -> IntArray:
    """First block of each vector of a walk."""
    base, y_count, y_step, x_count, x_step, *_ = walk_row(walk)
    rows, columns = np.arange(y_count) * y_step, np.arange(x_count) * x_step
    return (base + rows[:, None] + columns[None, :]).reshape(-1)


def runs_of(chunk: Chunk, first: tuple[Walk, ...]) -> Iterator[tuple[int, int, int]]:
    """Runs of a chunk; those of all its walks lie alike from the first chunk's walks on."""
    found, *others = (
        list(inner_runs(walk, walk.base - start.base))
        for walk, start in zip(chunk.walks, first, strict=True)
    )
    assert all(other == found for other in others)  # noqa: S101 - one part of every vector
    for i, (begun, count) in enumerate(found):
        yield begun, chunk.first + i * count, count


def inner_runs(walk: Walk, offset: int) -> Iterator[tuple[int, int]]:
    """Runs of one vector, as (first block, count)."""
    *_, j_count, j_step, i_count, i_step, run = walk_row(walk)
    for j in range(j_count):
        for i in range(i_count):
            yield offset + j * j_step + i * i_step, run


def joined(runs: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    """Join runs that continue each other; they fill a vector without gaps."""
    in_order = sorted(runs, key=lambda run: run[1])
    for _, group in groupby(in_order, key=lambda run: run[0] - run[1]):
        members = list(group)
        begun, place, _ = members[0]
        yield begun, place, sum(count for _, _, count in members)


def padded_reads_of(plane: Plane, geometry: ConvGeometry) -> Reads:
    """Find a plane's vectors in words of padded images, their channels beside each other."""
    depth, columns = geometry.group_channels, geometry.padded_width
    rows = geometry.height + sum(geometry.padding[0])
    pixels = np.arange(plane.first, plane.first + plane.vectors)
    y, x = np.divmod(pixels, geometry.out_width)
    slab = plane.image * geometry.groups + plane.group
    row = slab * rows + y * geometry.stride[0]
    starts = (row * columns + x * geometry.stride[1]) * depth
    (down, right), (height, width) = geometry.dilation, geometry.kernel
    taps = [
        ((i * down * columns + j * right) * depth, (i * width + j) * depth, depth)
        for i in range(height)
        for j in range(width)
    ]
    return Reads(starts, np.array(list(joined(taps)), np.int64))
