"""Numbers that look random and depend on nothing but a name.

A generator of its own, so that no version of any library changes a table: SplitMix64 (Steele,
Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), seeded by SHA-256.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Draws"]

Item = TypeVar("Item")

WORD = (1 << 64) - 1
STEP = 0x9E3779B97F4A7C15
MIXES = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


class Draws:
    """A stream of numbers.

    Parameters
    ----------
    name
        What they are for; the same name gives the same numbers, for ever.
    """

    def __init__(self, name: str) -> None:
        self.state = int.from_bytes(sha256(name.encode()).digest()[:8], "little")

    def word(self) -> int:
        """Draw 64 bits."""
        self.state = (self.state + STEP) & WORD
        mixed = self.state
        for shift, factor in MIXES:
            mixed = (mixed ^ mixed >> shift) * factor & WORD
        return mixed ^ mixed >> 31

    def between(self, low: int, high: int) -> int:
        """Draw a number of a range of at most 64 bits, both ends included."""
        return low + self.word() % (high - low + 1)

    def chance(self, one_in: int) -> bool:
        """Say yes one time in so many."""
        return self.between(1, one_in) == 1

    def choice(self, items: Sequence[Item]) -> Item:
        """Draw one of them."""
        return items[self.between(0, len(items) - 1)]

    def cornered(self, low: int, high: int) -> int:
        """Draw a number of a range: an end, one near 0, of any magnitude, or any."""
        kind = self.between(0, 5)
        if kind == 0:
            found = self.choice((low, low + 1, high - 1, high))
        elif kind == 1:
            found = self.between(-2, 2)
        elif kind <= 3:  # noqa: PLR2004 - a third of them
            found = self.between(0, 1 << self.between(0, 63)) * self.choice((-1, 1))
        else:
            found = self.between(low, high)
        return min(max(found, low), high)

    def code(self, low: int, high: int) -> int:
        """Draw a code, a quarter of them at the ends of their range."""
        return self.choice((low, high)) if self.chance(4) else self.between(low, high)
