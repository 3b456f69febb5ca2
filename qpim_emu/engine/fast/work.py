"""Shares of a job, and what has to be placed for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.fast.kernels.filling import NO_FILLER
from qpim_emu.engine.fast.kernels.sharing import Work, new_state
from qpim_emu.engine.processors import processors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.engine.fast.kernels.arrange import Slabs
    from qpim_emu.typing import IntArray

__all__ = ["others_of", "parts_of", "parts_of_slabs", "work_of"]


def work_of(shares: Sequence[tuple[int, int]], parts: Sequence[IntArray] | None = None) -> Work:
    """Describe shares that follow each other.

    Parameters
    ----------
    shares
        First vector of each, and the one past its last.
    parts
        Numbers of the parts of the placement that each reads; None if any may read all of them.
    """
    return Work(
        edges=np.array([0, *(past for _, past in shares)]),
        filler=NO_FILLER,
        parts=np.zeros(0, np.int64) if parts is None else np.concatenate(parts),
        part_edges=np.cumsum([] if parts is None else [0, *map(len, parts)]).astype(np.int64),
        state=new_state(),
    )


def others_of(work: Work) -> int:
    """Threads beside the caller's that there is work for, and a processor."""
    return min(work.shares, processors()) - 1


def parts_of(words: tuple[int, int], slabs: Slabs) -> IntArray:
    """Parts that hold words ``words[0]`` to before ``words[1]``."""
    size = slabs.rows * slabs.pitch
    return parts_of_slabs(np.arange(words[0] // size, -(-words[1] // size)), slabs)


def parts_of_slabs(numbers: IntArray, slabs: Slabs) -> IntArray:
    """All parts of some slabs."""
    bands = np.arange(slabs.bands)
    return (numbers[:, None] * slabs.bands + bands).reshape(-1)
