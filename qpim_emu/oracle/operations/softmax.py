"""Softmax, vector by vector."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.oracle.operations.fixed_point import (
    exp_of_negative,
    product,
    quotient,
    rescaled,
)
from qpim_emu.oracle.operations.fixed_point import reciprocal as reciprocal_of
from qpim_emu.oracle.operations.interpolation import exp_entry, looked_up, reciprocal_entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import Softmax, Softmax16

__all__ = ["softmax", "softmax16"]


def softmax(operation: Softmax, codes: IntArray) -> IntArray:
    """Probabilities along the axis, 8-bit inputs."""
    return by_vector(lambda vector: probabilities(operation, vector), operation.axis, codes)


def softmax16(operation: Softmax16, codes: IntArray) -> IntArray:
    """Probabilities along the axis, 16-bit inputs."""
    return by_vector(lambda vector: probabilities16(operation, vector), operation.axis, codes)


def by_vector(function: Callable[[list[int]], list[int]], axis: int, codes: IntArray) -> IntArray:
    """Apply a function to each vector along an axis that does not count the batch."""
    axis = codes.ndim - 1 if axis == -1 else axis + 1
    result = np.empty(codes.shape, np.int64)
    for place in np.ndindex(*(size for i, size in enumerate(codes.shape) if i != axis)):
        where = (*place[:axis], slice(None), *place[axis:])
        result[where] = function([int(code) for code in codes[where]])
    return result


def probabilities(operation: Softmax, codes: list[int]) -> list[int]:
    """Probabilities of one vector."""
    low, high = operation.output.min, operation.output.max
    largest = max(codes)
    exponentials: list[int | None] = []
    for code in codes:
        difference = code - largest
        if difference < operation.diff_min:
            exponentials.append(None)
            continue
        raw = rescaled(difference, operation.multiplier, -operation.left_shift)
        exponentials.append(exp_of_negative(raw, 5))
    total = sum(quotient(value, 12) for value in exponentials if value is not None)
    significand, power = reciprocal_of(total, 12)
    dropped = power + 31 - operation.output.bits
    return [
        low if value is None else min(quotient(product(significand, value), dropped) + low, high)
        for value in exponentials
    ]


def probabilities16(operation: Softmax16, codes: list[int]) -> list[int]:
    """Probabilities of one vector, by tables."""
    digits = {"float32": 24, "float64": 53}[operation.table_float]
    exponential, reciprocal = partial(exp_entry, digits), partial(reciprocal_entry, digits)
    largest = max(codes)
    exponentials = []
    for code in codes:
        place = rescaled(code - largest, operation.multiplier, operation.shift) + 32767
        exponentials.append(looked_up(min(max(place, -32768), 32767), exponential))
    total = sum(exponentials)
    bits = len(f"{total:b}")
    normal = (total * 2 ** (31 - bits) + 2**13) // 2**14
    inverse = looked_up(min(max(normal - 2**15 - 2**16, -32768), 32767), reciprocal)
    right = bits - 1
    return [
        min(max((value * inverse + 2 ** (right - 1)) // 2**right, 0), 32767)
        for value in exponentials
    ]
