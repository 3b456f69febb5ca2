"""Averages over windows that engines add up in float32, where every order gives one code.

The average of a window depends on the sum of its codes alone. Engines add float32 reals, whose
errors depend on their order; as long as no sum comes so near to a tie between two codes that
they matter, its code is certain, and the average is an integer operation: a depthwise convolution
with weights of 1, and a threshold on the sum for each code.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import UInt
from qpim_emu.errors import InputError
from qpim_emu.frontends.onnx.layers import Operands, conv_layer
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from qpim_emu.frontends.onnx.geometry import Geometry
    from qpim_emu.frontends.onnx.quantization import Quantization
    from qpim_emu.frontends.onnx.values import Codes, Target
    from qpim_emu.workload.layers import Conv1d, Conv2d

__all__ = ["certain_average", "ones"]

ROUNDING = Fraction(1, 1 << 24)
"""What rounding to float32 changes at most, relatively."""

MOST_SUMS = 1 << 18
HALF = Fraction(1, 2)


def ones(codes: Codes, geometry: Geometry, zero_point: int) -> Operands:
    """Operands of a depthwise convolution with weights of 1."""
    return Operands(
        weights=np.ones((codes.type.shape[0], 1, *geometry.kernel), np.int64),
        weight_format=UInt(1),
        weight_zero_point=np.zeros(1, np.int64),
        activation_format=codes.stored,
        activation_zero_point=zero_point,
    )


def certain_average(
    codes: Codes, geometry: Geometry, target: Target, source: Quantization
) -> Conv1d | Conv2d:
    """Average windows of one size, border included as reals of 0.

    The code is ``rint(average / scale + zero point)``, the zero point before the rounding
    (quantize_value in ONNX Runtime's qlinear_pool.cc).

    Raises
    ------
    RefusedError
        If some sum comes too near to a tie, or windows are too large.
    """
    _, zero_point = source.one("input")
    try:
        unit = thresholds(math.prod(geometry.kernel), target, source)
        operands = ones(codes, geometry, zero_point)
        return conv_layer(operands, geometry, groups=codes.type.shape[0], requantize=unit)
    except InputError as error:
        raise RefusedError(str(error)) from error


def thresholds(count: int, target: Target, source: Quantization) -> Requantize:
    """Least sum of each code, as a requantize unit."""
    low, high = target.limits
    lowest = count * (source.format.min - int(source.zero_point[0]))
    highest = count * (source.format.max - int(source.zero_point[0]))
    if highest - lowest > MOST_SUMS:
        msg = f"windows must have at most {MOST_SUMS} different sums, got {highest - lowest}"
        raise RefusedError(msg)
    codes = np.clip(codes_of(range(lowest, highest + 1), count, target, source), low, high)
    first = np.searchsorted(codes, np.arange(low + 1, high + 1)) + lowest
    return Requantize(mode="multithreshold", thresholds=first, offset=low, low=low, high=high)


def codes_of(totals: range, count: int, target: Target, source: Quantization) -> list[int]:
    """Codes of the averages of codes that add up to these totals above the zero point.

    Raises
    ------
    RefusedError
        If the errors of float32 could make one of them another.
    """
    scale_in, zero_in = source.one("input")
    scale_out, zero_out = target.quantization.one("output")
    stored = target.quantization.format
    step = Fraction(float(scale_in)) / Fraction(float(scale_out))
    largest = max(abs(source.format.min - zero_in), abs(source.format.max - zero_in))
    span = stored.max - stored.min + 2  # places that are not clamped, from the zero point
    error = ROUNDING * (count * largest * step + 4 * span + abs(zero_out))
    each, whole_of = (step / count).numerator, (step / count).denominator
    near = -1 if is_exact(scale_in, scale_out, count) else math.floor(4 * error * whole_of)
    codes = []
    for total in totals:
        whole, rest = divmod(total * each, whole_of)
        code = whole + zero_out
        if stored.min - 1 <= code <= stored.max and abs(2 * rest - whole_of) <= near:
            msg = (
                f"average of codes that add up to {total} above the zero point lies so near to a "
                "tie between two codes that float32 sums in another order differ; use windows of "
                "an odd number of codes with equal scales, or scales that are powers of two"
            )
            raise RefusedError(msg)
        code += 2 * rest + code % 2 > whole_of  # half to even
        codes.append(min(max(code, stored.min), stored.max))
    return codes


def is_exact(scale_in: np.float32, scale_out: np.float32, count: int) -> bool:
    """Whether float32 loses nothing: scales and the number of codes are powers of two."""
    powers = [np.frexp(value)[0] == HALF for value in (scale_in, scale_out, np.float32(count))]
    return all(powers)
