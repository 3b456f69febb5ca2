"""A plane: the part of a layer that one vault computes from one image and one weight table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qpim_emu.mapping.walks import Walk

__all__ = ["Chunk", "Plane", "Reduce", "Streamed"]


class Reduce(StrEnum):
    """What the lanes of an array do with their products."""

    DOT = "dot"
    """Sum them exactly, then one addition to the accumulator per block."""

    PER_LANE = "per_lane"
    """Keep one accumulator per lane (depthwise)."""


class Streamed(StrEnum):
    """Which operand is streamed; the other one is resident in the PE buffer."""

    ACTIVATIONS = "activations"
    WEIGHTS = "weights"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Part of the vectors that fits the PE buffer.

    Attributes
    ----------
    first, blocks
        Position and length within a vector, in blocks.
    walks
        Walks over the streamed operand relative to its region; their outer steps are the
        plane's vectors in order.
    """

    first: int
    blocks: int
    walks: tuple[Walk, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """One group (or channel block, or linear layer) of one image in one vault.

    Streamed vectors are output pixels (convolutions) or filters (linear layers); resident
    vectors are filters (for depthwise, one per multiple of each channel) or batch rows.

    Attributes
    ----------
    vault, image, group
        Where it runs, which image of the batch, which group or depthwise channel block.
    reduce, streamed
        What the lanes do, and which operand is streamed.
    first, vectors
        First output pixel or filter, and how many.
    resident_first, residents
        First filter (depthwise: multiple) or batch row, and how many.
    vector_blocks
        Blocks of one vector (K in blocks).
    period, tail
        Every `period` blocks of a vector the last one carries `tail` operands only.
    rows, row_blocks, pitch
        Placed activation rows, blocks in each, and distance of their first blocks.
    streamed_base, resident_base, output_bases
        First block of each region; one output region per WRITE.
    output_words
        Blocks that one block of outputs takes (more than 1 if outputs are wider than a word).
    write_blocks
        Blocks of one WRITE.
    chunks
        K chunks in ascending order.
    """

    vault: int
    image: int
    group: int
    reduce: Reduce
    streamed: Streamed
    first: int
    vectors: int
    resident_first: int
    residents: int
    vector_blocks: int
    period: int
    tail: int
    rows: int
    row_blocks: int
    pitch: int
    streamed_base: int
    resident_base: int
    output_bases: tuple[int, ...]
    output_words: int
    write_blocks: int
    chunks: tuple[Chunk, ...]

    def live_words(self, block: int, words_per_block: int) -> int:
        """Words of block `block` of a vector that carry operands."""
        return self.tail if block % self.period == self.period - 1 else words_per_block

    @property
    def placed_blocks(self) -> int:
        """Activation blocks that must be placed for this plane."""
        return self.rows * self.row_blocks

    def column_commands(self, filters_per_pass: int) -> int:
        """Column commands of LOAD, STREAM and WRITE at one block per read."""
        passes = -(-self.residents // filters_per_pass)
        load = self.residents * self.vector_blocks
        stream = self.vectors * self.vector_blocks * passes
        return load + stream + len(self.output_bases) * self.write_blocks
