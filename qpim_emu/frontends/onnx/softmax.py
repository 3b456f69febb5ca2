"""QLinearSoftmax of ONNX Runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.frontends.onnx.parameters import quantization_of
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.workload.operations import FloatSoftmax

if TYPE_CHECKING:
    from qpim_emu.frontends.onnx.context import Context
    from qpim_emu.frontends.onnx.graph import GraphNode

__all__ = ["qlinear_softmax"]

ONE_AXIS = 13
"""Version of the standard since which a Softmax is along one axis."""


def qlinear_softmax(context: Context, node: GraphNode) -> None:
    """Read a QLinearSoftmax, along one axis that is not the batch's.

    Its attribute ``opset`` says which Softmax of the standard it was: before version 13 that is
    over all axes from one on, which is read where it is the last.
    """
    codes, name = context.codes(node.input(0)), node.outputs[0]
    x = quantization_of(context, node.input(1), node.input(2), stored=codes.stored)
    y = quantization_of(context, node.input(3), node.input(4), stored=codes.stored)
    input_scale, _ = x.one("input")
    output_scale, zero_point = y.one("output")
    axis = axis_of(node, len(codes.type.shape) + 1)
    step = FloatSoftmax.from_scales(
        length=codes.type.shape[axis],
        input_scale=float(input_scale),
        output_scale=float(output_scale),
        output_zero_point=zero_point,
        high=y.format.max,
        axis=axis,
    )
    context.values[name] = context.add(
        name, step, context.learn(codes, x), stored=y.format, quantization=y
    )


def axis_of(node: GraphNode, axes: int) -> int:
    """Axis of the vectors, the batch not counted."""
    version = node.attribute("opset", 0)
    if version < 1:
        msg = "attribute opset must be given"
        raise RefusedError(msg)
    given = node.attribute("axis", -1 if version >= ONE_AXIS else 1)
    axis = given + axes if given < 0 else given
    if not 1 <= axis < axes:
        msg = f"axis must be in 1..{axes - 1}, got {given}"
        raise RefusedError(msg)
    if version < ONE_AXIS and axis != axes - 1:
        msg = f"axis must be the last, {axes - 1}, before opset {ONE_AXIS}, got {given}"
        raise RefusedError(msg)
    return axis - 1
