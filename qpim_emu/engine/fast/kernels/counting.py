"""Compiled sums of what was counted, by vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

__all__ = ["add_by_vault"]


@compiled
def add_by_vault(
    counts: NDArray[np.int32], streams: IntArray, vaults: IntArray, sums: IntArray
) -> None:
    """Add counts of vectors and tables to the sums of the vaults that computed them.

    Parameters
    ----------
    counts
        ``int32[vectors, tables]``.
    streams
        ``int64[streams]``: first vector of each plane that streams.
    vaults
        ``int64[streams, tables]``.
    sums
        ``int64[vaults]``, added to.
    """
    tables = counts.shape[1]
    found = np.empty(tables, np.int64)
    for stream in range(streams.shape[0]):
        past = streams[stream + 1] if stream + 1 < streams.shape[0] else counts.shape[0]
        found[:] = 0
        for vector in range(streams[stream], past):
            for table in range(tables):
                found[table] += counts[vector, table]
        for table in range(tables):
            sums[vaults[stream, table]] += found[table]
