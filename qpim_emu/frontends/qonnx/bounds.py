"""From which real number on there is each code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from qpim_emu.typing import BoolArray

__all__ = ["Bound", "Bounds"]

Bound = tuple[int, bool]
"""Twice a real number, and whether the number itself belongs to what it bounds from below."""


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """Ascending bounds, as arrays: there may be 65535 of them.

    Attributes
    ----------
    twice
        ``int64``, or Python integers where 64 bits do not hold them.
    closed
        Whether a bound belongs to what it bounds.
    """

    twice: NDArray[Any]
    closed: BoolArray

    @classmethod
    def of(cls, pairs: Iterable[Bound]) -> Bounds:
        """Collect bounds of any size."""
        twice, closed = zip(*pairs, strict=True)
        return cls(np.array(twice, object), np.array(closed, np.bool_))

    def __len__(self) -> int:
        """How many there are."""
        return len(self.twice)

    def __getitem__(self, place: int) -> Bound:
        """One of them."""
        return int(self.twice[place]), bool(self.closed[place])

    def __iter__(self) -> Iterator[Bound]:
        """All of them."""
        return (self[place] for place in range(len(self)))

    def part(self, first: int, past: int) -> Bounds:
        """Some of them."""
        return Bounds(self.twice[first:past], self.closed[first:past])
