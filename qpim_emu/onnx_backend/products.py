"""Convolutions and matrix products of the backend, computed by the machine's lanes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.run import Tier
from qpim_emu.frontends.onnx.context import format_of
from qpim_emu.frontends.onnx.geometry import read_geometry
from qpim_emu.frontends.onnx.layers import Operands, conv_layer, linear_layer
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.workload.from_scales import from_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.machine import Machine
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.requantize import Requantize

    Arrays = Sequence[NDArray[Any] | None]

__all__ = ["conv_integer", "matmul_integer", "qlinear_conv", "qlinear_matmul"]

MATRIX_AXES = 2


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes of a tensor, with their format and zero points."""

    array: IntArray
    format: Format
    zero_point: IntArray

    def one_zero_point(self) -> int:
        """Zero point of the whole tensor."""
        if self.zero_point.size != 1:
            msg = f"zero point of activations must be one number, got {self.zero_point.size}"
            raise RefusedError(msg)
        return int(self.zero_point.reshape(-1)[0])


def codes_of(inputs: Arrays, place: int, point: int) -> Codes:
    """Codes and zero points among the inputs of a node."""
    array, points = given(inputs, place), at(inputs, point)
    return Codes(
        array=array.astype(np.int64),
        format=format_of(array.dtype.name, "input"),
        zero_point=np.zeros(1, np.int64) if points is None else points.astype(np.int64),
    )


def at(inputs: Arrays, place: int) -> NDArray[Any] | None:
    """Input at a place, None where it is left out."""
    return inputs[place] if place < len(inputs) else None


def given(inputs: Arrays, place: int) -> NDArray[Any]:
    """Input at a place, which must be there."""
    array = at(inputs, place)
    if array is None:
        msg = f"input {place} must be given"
        raise RefusedError(msg)
    return array


def operands_of(left: Codes, right: Codes, bias: NDArray[Any] | None = None) -> Operands:
    """What a layer multiplies."""
    return Operands(
        weights=right.array,
        weight_format=right.format,
        weight_zero_point=right.zero_point,
        activation_format=left.format,
        activation_zero_point=left.one_zero_point(),
        bias=None if bias is None else bias.astype(np.int64),
    )


def requantize_of(inputs: Arrays) -> tuple[Requantize, np.dtype[Any]]:
    """Requantization of a QLinear operator, and the type of its codes.

    The scales are combined in the float they have, float32 or float16, as the standard's
    evaluator does.
    """
    left, right, output = (given(inputs, place) for place in (1, 4, 6))
    points = given(inputs, 7)
    stored = format_of(points.dtype.name, "zero point")
    scale = np.squeeze(left) * np.squeeze(right) / np.squeeze(output)
    unit = from_scale(
        np.asarray(scale, np.float64),
        mode="f_even_zp_in",
        low=stored.min,
        high=stored.max,
        zero_point=int(points.reshape(-1)[0]),
    )
    return unit, points.dtype


def convolved(
    node: GraphNode, operands: Operands, left: Codes, unit: Requantize | None, machine: Machine
) -> IntArray:
    """Run a convolution."""
    kernel = operands.weights.shape[2:]
    geometry = read_geometry(node.attributes, kernel=kernel, sizes=left.array.shape[2:])
    groups = node.attribute("group", 1)
    layer = conv_layer(operands, geometry, groups=groups, requantize=unit)
    return machine.run(layer, left.array, tier=Tier.FAST).outputs


def qlinear_conv(node: GraphNode, inputs: Arrays, machine: Machine) -> list[NDArray[Any]]:
    """Compute a QLinearConv."""
    left, right = codes_of(inputs, 0, 2), codes_of(inputs, 3, 5)
    unit, dtype = requantize_of(inputs)
    operands = operands_of(left, right, at(inputs, 8))
    return [convolved(node, operands, left, unit, machine).astype(dtype)]


def conv_integer(node: GraphNode, inputs: Arrays, machine: Machine) -> list[NDArray[Any]]:
    """Compute a ConvInteger."""
    left, right = codes_of(inputs, 0, 2), codes_of(inputs, 1, 3)
    return [convolved(node, operands_of(left, right), left, None, machine).astype(np.int32)]


def multiplied(left: Codes, right: Codes, unit: Requantize | None, machine: Machine) -> IntArray:
    """Run a matrix product, matrix by matrix over the axes before the last two."""
    if left.array.ndim < MATRIX_AXES or right.array.ndim < MATRIX_AXES:
        msg = f"inputs must have two axes or more, got {left.array.ndim} and {right.array.ndim}"
        raise RefusedError(msg)
    stack = np.broadcast_shapes(left.array.shape[:-2], right.array.shape[:-2])
    rows = np.broadcast_to(left.array, stack + left.array.shape[-2:])
    columns = np.broadcast_to(right.array, stack + right.array.shape[-2:])
    result = np.zeros((*stack, rows.shape[-2], columns.shape[-1]), np.int64)
    for place in np.ndindex(*stack):
        part = Codes(columns[place], right.format, right.zero_point)
        layer = linear_layer(operands_of(left, part), requantize=unit)
        result[place] = machine.run(layer, rows[place], tier=Tier.FAST).outputs
    return result


def qlinear_matmul(node: GraphNode, inputs: Arrays, machine: Machine) -> list[NDArray[Any]]:
    """Compute a QLinearMatMul."""
    del node
    unit, dtype = requantize_of(inputs)
    left, right = codes_of(inputs, 0, 2), codes_of(inputs, 3, 5)
    return [multiplied(left, right, unit, machine).astype(dtype)]


def matmul_integer(node: GraphNode, inputs: Arrays, machine: Machine) -> list[NDArray[Any]]:
    """Compute a MatMulInteger."""
    del node
    left, right = codes_of(inputs, 0, 2), codes_of(inputs, 1, 3)
    return [multiplied(left, right, None, machine).astype(np.int32)]
