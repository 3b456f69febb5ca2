"""Phases of a vault's program, expanded lazily: LOAD, STREAM and WRITE.

A pass is a LOAD (fill the PE buffer with a K chunk of up to F resident vectors) and a STREAM
(bring every streamed vector past them). Outputs are staged until a block of filters is
complete, then written in one WRITE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from qpim_emu.mapping.plane import Reduce, Streamed
from qpim_emu.mapping.walks import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.mapping.plane import Chunk, Plane

__all__ = ["Load", "Phase", "Stream", "Write", "phases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Fill the PE buffer with chunk `chunk` of resident vectors ``first .. first + count - 1``."""

    plane: Plane
    first: int
    count: int
    chunk: Chunk

    @property
    def walks(self) -> tuple[Walk, ...]:
        """One run per resident vector."""
        base = self.plane.resident_base + self.first * self.plane.vector_blocks + self.chunk.first
        outer = ((self.count, self.plane.vector_blocks),)
        return (Walk(base=base, outer=outer, run=self.chunk.blocks),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Stream chunk `chunk` of every vector past the resident ones.

    Accumulators start at the bias in the first chunk and are drained in the last.
    """

    plane: Plane
    first: int
    count: int
    chunk: Chunk

    @property
    def walks(self) -> tuple[Walk, ...]:
        """Walks of the streamed operand in memory."""
        return tuple(walk.shifted(self.plane.streamed_base) for walk in self.chunk.walks)

    @property
    def is_first(self) -> bool:
        """Whether accumulators start here."""
        return self.chunk.first == 0

    @property
    def is_last(self) -> bool:
        """Whether accumulators are complete behind it."""
        return self.chunk.first + self.chunk.blocks == self.plane.vector_blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Write output region `index` of the plane."""

    plane: Plane
    index: int

    @property
    def walks(self) -> tuple[Walk, ...]:
        """One run over the region."""
        return (Walk(base=self.plane.output_bases[self.index], run=self.plane.write_blocks),)


Phase: TypeAlias = Load | Stream | Write


def phases(plane: Plane, *, filters_per_pass: int, words_per_block: int) -> Iterator[Phase]:
    """Expand the program of a plane.

    Parameters
    ----------
    filters_per_pass
        F, resident vectors that share a streamed block.
    words_per_block
        Filters in a block of outputs.
    """
    written = 0
    for first in range(0, plane.residents, filters_per_pass):
        count = min(filters_per_pass, plane.residents - first)
        for chunk in plane.chunks:
            yield Load(plane=plane, first=first, count=count, chunk=chunk)
            yield Stream(plane=plane, first=first, count=count, chunk=chunk)
        complete = completed_writes(plane, first + count, words_per_block)
        yield from (Write(plane=plane, index=index) for index in range(written, complete))
        written = complete


def completed_writes(plane: Plane, done: int, words_per_block: int) -> int:
    """Output regions that are complete once `done` resident vectors are."""
    if plane.reduce is Reduce.PER_LANE or plane.streamed is Streamed.WEIGHTS:
        return done
    return len(plane.output_bases) if done == plane.residents else done // words_per_block
