"""Affine walks over block addresses, as a vault's address generators run them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Loop", "Walk"]

Loop: TypeAlias = tuple[int, int]
"""(count, stride in blocks)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A nest of loops around a run of consecutive blocks.

    ::

        for each outer step:        one vector (an output's operands, or a resident vector)
            for each inner step:    one run of it
                run blocks

    Parameters
    ----------
    base
        Address of the first block.
    outer, inner
        Loops as (count, stride), slowest first.
    run
        Consecutive blocks of the innermost loop; blocks are read together only inside a run.
    """

    base: int
    outer: tuple[Loop, ...] = ()
    inner: tuple[Loop, ...] = ()
    run: int

    @property
    def vectors(self) -> int:
        """Number of outer steps."""
        return prod(count for count, _ in self.outer)

    @property
    def runs_per_vector(self) -> int:
        """Number of runs of one outer step."""
        return prod(count for count, _ in self.inner)

    @property
    def blocks(self) -> int:
        """Blocks that the whole walk visits."""
        return self.vectors * self.runs_per_vector * self.run

    def shifted(self, blocks: int) -> Walk:
        """Return the same walk, `blocks` further on."""
        return replace(self, base=self.base + blocks)

    def vector_runs(self) -> Iterator[list[int]]:
        """First block of every run, one list per outer step.

        Examples
        --------
        >>> list(Walk(base=10, outer=((2, 100),), inner=((2, 5),), run=3).vector_runs())
        [[10, 15], [110, 115]]
        """
        inner = [sum(steps) for steps in offsets(self.inner)]
        for steps in offsets(self.outer):
            start = self.base + sum(steps)
            yield [start + offset for offset in inner]


def offsets(loops: tuple[Loop, ...]) -> Iterator[tuple[int, ...]]:
    """Offsets of every combination of loop steps, last loop fastest."""
    return product(
        *(range(0, count * stride, stride) if stride else (0,) * count for count, stride in loops)
    )
