"""Sums and differences of two tensors of one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qpim_emu.arith.formats import BIPOLAR
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.qonnx.context import Answer
from qpim_emu.frontends.qonnx.draft import MOST_BITS
from qpim_emu.frontends.qonnx.operators.elementwise import factor, summand
from qpim_emu.frontends.qonnx.operators.layers import read_codes
from qpim_emu.frontends.qonnx.values import Coded, Fixed, Floats
from qpim_emu.workload.network import Node
from qpim_emu.workload.operations import Add, Sub
from qpim_emu.workload.operations.limits import smallest_format

if TYPE_CHECKING:
    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.qonnx.context import Context

__all__ = ["add_or_subtract", "multiply_or_divide"]

EXACT: dict[str, Any] = {
    "multipliers": (1 << 30, 1 << 30),
    "shifts": (0, 0),
    "left_shift": 2,
    "output_multiplier": 1 << 30,
    "output_shift": 0,
    "output_zero_point": 0,
}
"""``(x1 - z1) + (x2 - z2)`` without rounding: times 4, halved, and the sum halved again."""


def add_or_subtract(context: Context, node: GraphNode) -> Answer:
    """Add or subtract a constant, or the codes of two tensors exactly."""
    if any(isinstance(context.data(node, place), Fixed | Floats) for place in (0, 1)):
        return summand(context, node)
    first, second = read_codes(context, node), read_codes(context, node, 1)
    if first.scale != second.scale or len(first.scale) > 1:
        msg = (
            f"inputs must have one scale, got {float(first.scale[0])} and "
            f"{float(second.scale[0])}: share the quantizer of both"
        )
        raise RefusedError(msg)
    if BIPOLAR in {first.format, second.format}:
        msg = "inputs must not be bipolar: quantize them to 2 bits"
        raise RefusedError(msg)
    if len(second.shape) > len(first.shape) and node.kind == "Add":
        first, second = second, first
    return combined(first, second, node)


def combined(first: Coded, second: Coded, node: GraphNode) -> Answer:
    """Build the exact sum or difference; its codes have the same scale, and no zero point."""
    ends = [(one.format.min - one.zero, one.format.max - one.zero) for one in (first, second)]
    if node.kind == "Sub":
        ends[1] = (-ends[1][1], -ends[1][0])
    low, high = (one + other for one, other in zip(*ends, strict=True))
    stored = smallest_format(low, high)
    if stored.bits > MOST_BITS:
        msg = f"sums must have at most {MOST_BITS} bits, got {stored}: use narrower codes"
        raise RefusedError(msg)
    kind = Add if node.kind == "Add" else Sub
    step = kind(zero_points=(first.zero, second.zero), low=low, high=high, **EXACT)
    name = node.outputs[0]
    value = Coded(
        name=name,
        shape=step.output_shape(first.shape, second.shape),
        format=stored,
        scale=first.scale,
    )
    return Answer(
        value=value, nodes=(Node(name=name, step=step, inputs=(first.name, second.name)),)
    )


def multiply_or_divide(context: Context, node: GraphNode) -> Answer:
    """Multiply with or divide by a constant."""
    if any(isinstance(context.data(node, place), Fixed | Floats) for place in (0, 1)):
        return factor(context, node)
    msg = "one input must be a constant: products of two tensors are not exact in their codes"
    raise RefusedError(msg)
