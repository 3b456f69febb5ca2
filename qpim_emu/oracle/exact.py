"""Integer arrays that never overflow: the narrowest arithmetic that a bound proves exact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["ExactArray", "exact_array", "exact_product", "largest"]

ExactArray: TypeAlias = NDArray[Any]
"""Integers as ``int64`` where a bound allows it, else as Python integers (``object``)."""

FLOAT64_EXACT = 2**53
"""Every integer of at most this magnitude is a float64."""

INT64_EXACT = 2**63 - 1


def largest(values: ExactArray) -> int:
    """Largest magnitude in an array, 0 if it is empty."""
    return max(abs(int(values.max())), abs(int(values.min()))) if values.size else 0


def exact_array(values: ExactArray, bound: int) -> ExactArray:
    """Choose the arithmetic for `values` when no result exceeds `bound` in magnitude."""
    return values.astype(np.int64 if bound <= INT64_EXACT else object)


def exact_product(left: IntArray, right: IntArray) -> ExactArray:
    """Matrix product ``left @ right`` over the last two axes, exact.

    With K terms a sum, ``K * max|left| * max|right|`` bounds every partial sum in whatever
    order (fused or not) it is formed. Up to 2**53 each of them is an integer that float64
    holds, so no step rounds; up to 2**63 - 1 none leaves int64; beyond, Python integers.
    """
    bound = left.shape[-1] * largest(left) * largest(right)
    if bound <= FLOAT64_EXACT:
        return np.asarray(left.astype(np.float64) @ right.astype(np.float64), dtype=np.int64)
    return np.asarray(exact_array(left, bound) @ exact_array(right, bound))
