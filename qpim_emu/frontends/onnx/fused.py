"""Fused multiply-add of float32 numbers, as processors round it: once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["multiply_add"]

Reals = Any  # float32 arrays or scalars that spread over each other


def multiply_add(first: Reals, second: Reals, third: Reals) -> NDArray[np.float32]:
    """Compute ``first * second + third`` with one rounding to float32.

    The product of two float32 numbers is exact in float64. Their sum with the third is rounded
    to float64 and then to float32, which differs from one rounding only if the first one lost
    something; there the float64 is made odd, so that the second rounding sees that it is no tie
    (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008).

    Examples
    --------
    >>> multiply_add(np.float32(3), np.float32(0.5), np.float32(1))
    array(2.5, dtype=float32)
    """
    product = np.asarray(first, np.float64) * np.asarray(second, np.float64)
    addend = np.asarray(third, np.float64)
    total = np.asarray(product + addend)
    back = total - addend
    lost = (product - back) + (addend - (total - back))
    even = (total.view(np.int64) & 1) == 0
    away = np.nextafter(total, np.where(lost > 0, np.inf, -np.inf))
    odd = np.where((lost != 0) & even, away, total)
    return np.asarray(odd, np.float32)
