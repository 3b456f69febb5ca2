"""Cutting a batch into parts, and sending arrays of codes in few bytes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.run import Tier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

__all__ = ["cut", "joined", "narrow"]

PARTS_EACH = 4
"""Parts for a worker in the literal tier, where images take seconds: so that all end together."""

MOST_IMAGES = 64
"""Images of a part in the fast tier: programs of so many are kept between parts."""


def cut(images: int, *, workers: int, tier: Tier) -> list[tuple[int, int]]:
    """Cut a batch into contiguous parts of nearly one size, first image and the one past the last.

    Every call of a layer has its price in the fast tier, so its parts are large.
    """
    each = PARTS_EACH if tier is Tier.LITERAL else -(-images // (workers * MOST_IMAGES))
    count = min(images, workers * each)
    return list(pairwise(part * images // count for part in range(count + 1)))


def narrow(values: IntArray) -> NDArray[Any]:
    """Store integers in the narrowest signed type that holds them all."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    for kind in (np.int8, np.int16, np.int32):
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            return values.astype(kind)
    return values


def joined(parts: Sequence[NDArray[Any]]) -> IntArray:
    """Join arrays of parts again, as ``int64``."""
    return np.concatenate(parts, dtype=np.int64, casting="safe")
