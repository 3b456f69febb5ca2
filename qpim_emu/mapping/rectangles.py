"""Shares of a vault: ranges of indices, and ranges of pixels as rectangles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Rectangle", "rectangles", "share"]


def share(count: int, part: int, parts: int) -> tuple[int, int]:
    """Range (first, past) that part `part` of `parts` owns of `count` things.

    Examples
    --------
    >>> [share(5, v, 3) for v in range(3)]
    [(0, 1), (1, 3), (3, 5)]
    """
    return part * count // parts, (part + 1) * count // parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    """Output pixels ``x .. x + columns - 1`` of rows ``y .. y + rows - 1``."""

    y: int
    rows: int
    x: int
    columns: int

    @property
    def past_row(self) -> int:
        """Row below the rectangle."""
        return self.y + self.rows


def rectangles(first: int, past: int, width: int) -> Iterator[Rectangle]:
    """Cut row-major pixels ``first..past`` of rows of `width` into at most three rectangles.

    Examples
    --------
    >>> [(r.y, r.rows, r.x, r.columns) for r in rectangles(3, 18, 5)]
    [(0, 1, 3, 2), (1, 2, 0, 5), (3, 1, 0, 3)]
    """
    while first < past:
        y, x = divmod(first, width)
        if x or past - first < width:
            rows, columns = 1, min(width - x, past - first)
        else:
            rows, columns = (past - first) // width, width
        yield Rectangle(y=y, rows=rows, x=x, columns=columns)
        first += rows * columns
