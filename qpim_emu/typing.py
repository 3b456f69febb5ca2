"""Type aliases used throughout the package."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["BoolArray", "FloatArray", "IntArray", "WordArray"]

IntArray: TypeAlias = NDArray[np.int64]
"""Integers on a result path: codes, operands, accumulators, addresses."""

WordArray: TypeAlias = NDArray[np.uint16]
"""Packed data words as the banks hold them (the low `word_bits` bits of each element)."""

BoolArray: TypeAlias = NDArray[np.bool_]
FloatArray: TypeAlias = NDArray[np.float64]
