"""Operations on each code by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import Relu

__all__ = ["each", "relu"]


def each(function: Callable[[int], int], codes: IntArray) -> IntArray:
    """Apply a function of a Python integer to every code."""
    return np.array([function(int(code)) for code in codes.flat], np.int64).reshape(codes.shape)


def relu(operation: Relu, codes: IntArray) -> IntArray:
    """Keep a code that is above the code of zero, else take the code of zero."""
    zero = operation.zero_point
    return each(lambda code: max(zero, code), codes)
