"""Operations on each code by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.oracle.operations.fixed_point import rescaled

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import Clamp, Lookup, Relu, Rescale

__all__ = ["clamp", "clamped", "lookup", "relu", "rescale"]


def each(function: Callable[[int], int], codes: IntArray) -> IntArray:
    """Apply a function of a Python integer to every code."""
    return np.array([function(int(code)) for code in codes.flat], np.int64).reshape(codes.shape)


def clamped(code: int, low: int | None, high: int | None) -> int:
    """Nearest code within the limits there are."""
    if low is not None and code < low:
        return low
    if high is not None and code > high:
        return high
    return code


def relu(operation: Relu, codes: IntArray) -> IntArray:
    """Keep a code that is above the code of zero, else take the code of zero."""
    return each(lambda code: clamped(code, operation.zero_point, None), codes)


def clamp(operation: Clamp, codes: IntArray) -> IntArray:
    """Nearest code within the limits."""
    return each(lambda code: clamped(code, operation.low, operation.high), codes)


def lookup(operation: Lookup, codes: IntArray) -> IntArray:
    """Entry of each code, counted from the first."""
    entries = dict(enumerate(operation.table, start=operation.first))
    return each(lambda code: entries[code], codes)


def rescale(operation: Rescale, codes: IntArray) -> IntArray:
    """Rescale what is above the zero point."""

    def new_code(code: int) -> int:
        scaled = rescaled(code - operation.input_zero_point, operation.multiplier, operation.shift)
        return clamped(scaled + operation.output_zero_point, operation.low, operation.high)

    return each(new_code, codes)
