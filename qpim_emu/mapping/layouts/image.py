"""What every layout tells the planes about their streamed operand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qpim_emu.mapping.plane import Chunk

__all__ = ["StreamedImage", "ceil_div"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedImage:
    """The streamed operand of a plane in memory.

    Attributes
    ----------
    rows, row_blocks, pitch
        Rows, blocks in each, and distance of their first blocks.
    vector_blocks, period, tail
        See `Plane`.
    chunks
        K chunks with the walks of each.
    """

    rows: int
    row_blocks: int
    pitch: int
    vector_blocks: int
    period: int
    tail: int
    chunks: tuple[Chunk, ...]

    @property
    def blocks(self) -> int:
        """Blocks from the first row to the end of the last one's pitch."""
        return self.rows * self.pitch


def ceil_div(value: int, divisor: int) -> int:
    """Divide, rounding up."""
    return -(-value // divisor)
