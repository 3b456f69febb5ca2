"""Quantizers from the operators of a file: Quant, IntQuant and BipolarQuant.

Source: the operators' definitions in the qonnx package (``custom_op/general``), with float32
arithmetic replaced by exact numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Format, Int, UInt
from qpim_emu.errors import InputError
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.qonnx.draft import MOST_BITS
from qpim_emu.frontends.qonnx.parameters import (
    along_axis,
    integer_attribute,
    one_integer,
    positive_fractions,
    text_attribute,
)
from qpim_emu.frontends.qonnx.quantizer import Quantizer, sign_quantizer
from qpim_emu.frontends.qonnx.rounding import (
    RoundingMode,
    first_that_round_to,
    read_rounding_mode,
)
from qpim_emu.workload.operations.limits import smallest_format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.qonnx.bounds import Bounds

__all__ = [
    "code_range",
    "declared_or_wider",
    "read_bipolar_quant",
    "read_bits",
    "read_quant",
    "read_rounding",
    "read_zero_point",
    "rounded_bounds",
]
ZERO_POINTS = (-(1 << 16), 1 << 16)


def read_quant(
    node: GraphNode, constants: Sequence[NDArray[Any]], *, rank: int, axis: int, size: int
) -> Quantizer:
    """Read ``Quant`` or ``IntQuant``.

    Parameters
    ----------
    node
        The operator.
    constants
        Its scale, zero point and bit width.
    rank, axis, size
        Axes of what it quantizes, the one whose places may have a scale each, and its size.

    Raises
    ------
    RefusedError
        If a parameter has no exact meaning in integers.
    """
    scale = along_axis(constants[0], rank=rank, axis=axis, size=size, field="scale")
    zero = read_zero_point(constants[1])
    bits = read_bits(constants[2])
    signed = bool(integer_attribute(node.attributes, "signed"))
    narrow = bool(integer_attribute(node.attributes, "narrow"))
    scales = positive_fractions(scale, field="scale")
    if signed and bits == 1:  # qonnx makes -1 and +1 of it
        if zero:
            msg = f"zero point of 1 signed bit must be 0, got {zero}"
            raise RefusedError(msg)
        return sign_quantizer(scales)
    low, high = code_range(bits, signed=signed, narrow=narrow)
    return Quantizer(
        format=Int(bits) if signed else UInt(bits),
        low=low,
        high=high,
        divisor=scales,
        addend=zero,
        bounds=(rounded_bounds(low, high, read_rounding(node, RoundingMode.HALF_EVEN)),),
        scale=scales,
        zero=zero,
    )


def read_rounding(node: GraphNode, default: RoundingMode) -> RoundingMode:
    """Read the rounding mode of an operator."""
    try:
        return read_rounding_mode(text_attribute(node, "rounding_mode", str(default)))
    except InputError as error:
        raise RefusedError(str(error)) from error


def read_zero_point(values: NDArray[Any]) -> int:
    """Read a zero point that the lanes can hold."""
    zero = one_integer(values, field="zero point")
    if not ZERO_POINTS[0] <= zero <= ZERO_POINTS[1]:
        msg = f"zero point must be within {ZERO_POINTS[0]}..{ZERO_POINTS[1]}, got {zero}"
        raise RefusedError(msg)
    return zero


def read_bits(values: NDArray[Any]) -> int:
    """Read a bit width of 1..16."""
    bits = one_integer(values, field="bit width")
    if not 1 <= bits <= MOST_BITS:
        msg = f"bit width must be in 1..{MOST_BITS}, got {bits}"
        raise RefusedError(msg)
    return bits


def code_range(bits: int, *, signed: bool, narrow: bool) -> tuple[int, int]:
    """Smallest and largest code."""
    if signed:
        low, high = Int(bits).min + narrow, Int(bits).max
    else:
        low, high = 0, UInt(bits).max - narrow
    if low >= high:
        msg = f"codes must be two or more, got {low}..{high} of {bits} bits: clear narrow"
        raise RefusedError(msg)
    return low, high


def rounded_bounds(low: int, high: int, mode: RoundingMode) -> Bounds:
    """Bounds of the codes above the lowest one."""
    return first_that_round_to(np.arange(low + 1, high + 1), mode)


def read_bipolar_quant(
    constants: Sequence[NDArray[Any]], *, rank: int, axis: int, size: int
) -> Quantizer:
    """Read ``BipolarQuant``: +1 from 0 on, -1 below; parameters and errors as `read_quant`."""
    scale = along_axis(constants[0], rank=rank, axis=axis, size=size, field="scale")
    return sign_quantizer(positive_fractions(scale, field="scale"))


def declared_or_wider(bits: int, low: int, high: int) -> Format:
    """Choose the format of so many bits if it holds the codes, else the narrowest that does."""
    stored = Int(bits) if low < 0 else UInt(bits)
    if not (stored.contains(low) and stored.contains(high)):
        stored = smallest_format(low, high)
    if stored.bits > MOST_BITS:
        msg = f"codes must have at most {MOST_BITS} bits, got {low}..{high}"
        raise RefusedError(msg)
    return stored
