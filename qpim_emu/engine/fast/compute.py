"""Operations beside the lanes by compiled code, where there is some; the others as defined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.fast.kernels.fixed_point import Limits, Scale, Sum, softmax_rows, sum_scaled
from qpim_emu.engine.fast.kernels.pooling import Windows, average_windows
from qpim_emu.workload.operations import Add, AveragePool2d, Softmax, Sub, WideSoftmax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import Operation

__all__ = ["compute"]

INT64 = np.iinfo(np.int64)


def compute(operation: Operation, codes: Sequence[IntArray]) -> IntArray:
    """Compute the output codes of an operation, ``int64``, first axis the batch.

    Parameters
    ----------
    operation
        The operation; of a class of its own, whatever it inherits, it is computed as it says.
    codes
        Codes of every input, in row-major order.
    """
    first = codes[0]
    match operation:
        case Add() | Sub() if type(operation) in {Add, Sub} and first.shape == codes[1].shape:
            return add_scaled(operation, first, codes[1])
        case AveragePool2d() if type(operation) is AveragePool2d:
            return average(operation, first)
        case Softmax(axis=axis) if type(operation) in {Softmax, WideSoftmax} and (
            axis in {-1, first.ndim - 2}
        ):
            return softmax(operation, first)
    return operation.compute(*codes)


def add_scaled(operation: Add | Sub, first: IntArray, second: IntArray) -> IntArray:
    """Sum or difference of two tensors of one shape."""
    out = np.empty(first.shape, np.int64)
    one, other = map(Scale, operation.zero_points, operation.multipliers, operation.shifts)
    scale = Scale(operation.output_zero_point, operation.output_multiplier, operation.output_shift)
    constants = Sum(
        scales=(one, other),
        left_shift=operation.left_shift,
        sign=operation.sign,
        output=scale,
        limits=Limits(operation.low, operation.high),
    )
    sum_scaled(first.reshape(-1), second.reshape(-1), constants, out.reshape(-1))
    return out


def average(operation: AveragePool2d, codes: IntArray) -> IntArray:
    """Average over windows."""
    shape = operation.output_shape(codes.shape[1:])
    out = np.empty((codes.shape[0], *shape), np.int64)
    windows = Windows(
        kernel=operation.kernel,
        stride=operation.stride,
        corner=(operation.padding[0][0], operation.padding[1][0]),
        padding_code=operation.padding_code or 0,
        counted=int(operation.padding_code is not None),
        low=int(INT64.min) if operation.low is None else operation.low,
        high=int(INT64.max) if operation.high is None else operation.high,
    )
    average_windows(codes.reshape(-1, *codes.shape[2:]), windows, out.reshape(-1, *shape[1:]))
    return out


def softmax(operation: Softmax, codes: IntArray) -> IntArray:
    """Softmax along the last axis."""
    out, elements, stored = np.empty(codes.shape, np.int64), codes.shape[-1], operation.output
    softmax_rows(
        codes.reshape(-1, elements),
        (operation.multiplier, operation.left_shift, operation.diff_min),
        Limits(stored.min, stored.max),
        stored.bits,
        out.reshape(-1, elements),
    )
    return out
