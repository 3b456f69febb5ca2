"""Walks as tables of integers, the form in which compiled functions take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qpim_emu.mapping.walks import Loop, Walk
    from qpim_emu.typing import IntArray

__all__ = ["WALK_FIELDS", "walk_row", "walk_table"]

ONCE: Loop = (1, 0)
WALK_FIELDS = 10
"""Base, two outer and two inner loops as (count, stride), run."""


def walk_table(walks: Iterable[Walk]) -> IntArray:
    """Lay walks out as ``int64[walks, WALK_FIELDS]``."""
    rows = [walk_row(walk) for walk in walks]
    return np.array(rows, np.int64).reshape(len(rows), WALK_FIELDS)


def walk_row(walk: Walk) -> tuple[int, ...]:
    """One walk: base, outer loops, inner loops, run; slower loops first."""
    return (walk.base, *two_loops(walk.outer), *two_loops(walk.inner), walk.run)


def two_loops(loops: tuple[Loop, ...]) -> tuple[int, ...]:
    """Write up to two loops as two, the missing ones running once; no layout nests deeper."""
    if not loops:
        return ONCE + ONCE
    if len(loops) == 1:
        return ONCE + loops[0]
    slow, fast = loops
    return slow + fast
