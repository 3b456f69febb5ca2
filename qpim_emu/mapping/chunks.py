"""K chunks: how a vector too long for the PE buffer is divided over several passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Span", "split_kernel", "split_vector"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Part of a kernel: whole rows, or taps of one row, or blocks of one tap.

    Attributes
    ----------
    rows, taps, blocks
        (first, past) of each level. Only one level is partial; the levels below it are whole.
    """

    rows: tuple[int, int]
    taps: tuple[int, int]
    blocks: tuple[int, int]


def pieces(count: int, size: int) -> Iterator[tuple[int, int]]:
    """Cut ``0..count`` into pieces of `size`, all but the last full."""
    return ((first, min(first + size, count)) for first in range(0, count, size))


def split_kernel(*, rows: int, taps: int, blocks: int, capacity: int) -> Iterator[Span]:
    """Divide a kernel into the largest spans of at most `capacity` blocks.

    Whole kernel rows where at least one fits, else whole taps of one row, else blocks of one
    tap. A span never crosses the end of the row or tap it is part of.

    Parameters
    ----------
    rows, taps, blocks
        Kernel rows, taps in a row, blocks in a tap.
    capacity
        Blocks of one vector that the PE buffer holds, at least 1.
    """
    whole = (0, taps), (0, blocks)
    if capacity >= taps * blocks:
        for part in pieces(rows, capacity // (taps * blocks)):
            yield Span(rows=part, taps=whole[0], blocks=whole[1])
        return
    for row in range(rows):
        if capacity >= blocks:
            for part in pieces(taps, capacity // blocks):
                yield Span(rows=(row, row + 1), taps=part, blocks=whole[1])
            continue
        for tap in range(taps):
            for part in pieces(blocks, capacity):
                yield Span(rows=(row, row + 1), taps=(tap, tap + 1), blocks=part)


def split_vector(*, blocks: int, capacity: int) -> Iterator[tuple[int, int]]:
    """Divide a plain vector into (first, past) pieces of at most `capacity` blocks."""
    return pieces(blocks, capacity)
