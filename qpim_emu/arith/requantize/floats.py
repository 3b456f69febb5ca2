"""Steps that the float modes share: from a rounded float to an integer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

__all__ = ["FLOAT_LIMIT", "integers_of"]

FLOAT_LIMIT = 1 << 62
"""Where float results saturate: a power of two, so exact in ``float32``, far beyond any clamp."""


def integers_of(whole: NDArray[np.floating]) -> IntArray:
    """Convert whole-valued floats, saturating at ``FLOAT_LIMIT`` (infinities included)."""
    limit = whole.dtype.type(FLOAT_LIMIT)
    result: IntArray = np.clip(whole, -limit, limit).astype(np.int64)
    return result
