"""Streamed vectors as they lie: those that lie close together are read at once, and not copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.unfold import decode, reach_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.unfold import Source, Stretch
    from qpim_emu.typing import IntArray

__all__ = ["Windows", "read_windows"]

GAP = 1 << 10
"""Most words between two vectors that are read for nothing: it takes less than to begin anew."""


class Windows(NamedTuple):
    """Vectors of streamed operands as they lie.

    Attributes
    ----------
    operands
        ``int16`` or ``int32[n]``.
    starts
        ``int64[vectors]``: where each vector begins, counted from `origin`.
    origin
        Where the operands begin, likewise.
    taps
        ``int64[taps]``: where the first lane of each tap lies, from where a vector begins.
    """

    operands: NDArray[Any]
    starts: IntArray
    origin: int
    taps: IntArray


@compiled_across
def read_windows(source: Source, stretch: Stretch, share: tuple[int, int]) -> int:
    """Read vectors from number ``share[0]`` on, as many as lie close together and as fit.

    Nothing else is read: vectors of the next image may lie a long way behind.

    Parameters
    ----------
    source
        Where they are, and how they are read.
    stretch
        Where they are read to; what it held is lost.
    share
        First vector, and the one past the last that is wanted.

    Returns
    -------
    int
        Number of the vector past the last one read: the first one if there is no room for it.
    """
    (first, past), starts, reach = share, source.starts, reach_of(source.runs)
    low, last = starts[first], starts[first]
    highest = low + stretch.operands.shape[0] - reach
    if highest < low:
        return first
    vector = first + 1
    while vector < past and last <= starts[vector] <= min(last + reach + GAP, highest):
        last = starts[vector]
        vector += 1
    end = last + reach
    stretch.place[0], stretch.place[1] = low, end
    decode(source.words[low:end], source.decoder, stretch.operands[: end - low])
    return vector
