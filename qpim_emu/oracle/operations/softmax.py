"""Softmax, vector by vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.oracle.operations.fixed_point import (
    exp_of_negative,
    product,
    quotient,
    reciprocal,
    rescaled,
)

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import Softmax

__all__ = ["softmax"]


def softmax(operation: Softmax, codes: IntArray) -> IntArray:
    """Probabilities along the axis."""
    axis = codes.ndim - 1 if operation.axis == -1 else operation.axis + 1
    result = np.empty(codes.shape, np.int64)
    for place in np.ndindex(*(size for i, size in enumerate(codes.shape) if i != axis)):
        where = (*place[:axis], slice(None), *place[axis:])
        result[where] = vector(operation, [int(code) for code in codes[where]])
    return result


def vector(operation: Softmax, codes: list[int]) -> list[int]:
    """Probabilities of one vector."""
    exponentials: list[int | None] = []
    for code in codes:
        difference = code - max(codes)
        if difference < operation.diff_min:
            exponentials.append(None)
            continue
        raw = rescaled(difference, operation.multiplier, -operation.left_shift)
        exponentials.append(exp_of_negative(raw, 5))
    total = sum(quotient(value, 12) for value in exponentials if value is not None)
    significand, power = reciprocal(total, 12)
    return [
        -128 if value is None else min(quotient(product(significand, value), power + 23) - 128, 127)
        for value in exponentials
    ]
