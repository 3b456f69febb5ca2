"""Matrix products: QLinearMatMul, MatMulInteger, QGemm, and MatMul and Gemm between DQ and Q."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Int
from qpim_emu.errors import InputError
from qpim_emu.frontends.onnx.conv import known_codes, one_zero_point, zero_points
from qpim_emu.frontends.onnx.geometry import read_geometry
from qpim_emu.frontends.onnx.layers import Operands, conv_layer, linear_layer, requantize_unit
from qpim_emu.frontends.onnx.parameters import quantization_of
from qpim_emu.frontends.onnx.products import Result, pending_product
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.workload.operations import Transpose

if TYPE_CHECKING:
    from qpim_emu.frontends.onnx.context import Context
    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.onnx.quantization import Quantization
    from qpim_emu.frontends.onnx.values import Codes

__all__ = ["gemm", "matmul", "matmul_integer", "qgemm", "qlinear_matmul"]

MATRIX_AXES = ROW_AXES = 2


def add_layer(context: Context, operands: Operands, codes: Codes, result: Result) -> Codes:
    """Add the layer of a product ``[batch, channels] @ [channels, filters]``.

    With vectors in a row (``[batch, places, channels]``) it is a convolution over the places,
    with a kernel of 1.
    """
    axes = len(codes.type.shape)
    if operands.weights.ndim != MATRIX_AXES or axes not in {1, ROW_AXES}:
        msg = (
            "product must be of vectors, or vectors in a row, and a constant matrix, got shapes "
            f"{list(codes.type.shape)} (besides the batch) and {list(operands.weights.shape)}"
        )
        raise RefusedError(msg)
    add = partial(
        context.add, stored=result.stored, quantization=result.quantization, place=result.place
    )
    try:
        if axes == 1:
            layer = linear_layer(operands, requantize=result.requantize)
            return add(result.name, layer, codes)
        kernel = read_geometry({}, kernel=(1,), sizes=codes.type.shape[:1])
        turned = replace(operands, weights=operands.weights.T[:, :, None])
        convolution = conv_layer(turned, kernel, groups=1, requantize=result.requantize)
    except InputError as error:
        raise RefusedError(str(error)) from error
    channels = context.add(
        f"{result.name}/channels", Transpose(axes=(1, 0)), codes, place=result.place
    )
    sums = add(f"{result.name}/sums", convolution, channels)
    return add(result.name, Transpose(axes=(1, 0)), sums)


def qlinear_matmul(context: Context, node: GraphNode) -> None:
    """Read a QLinearMatMul with constant weights on the right."""
    codes, weights = context.codes(node.input(0)), known_codes(context, node.input(3))
    a = quantization_of(context, node.input(1), node.input(2), stored=codes.stored)
    b = quantization_of(context, node.input(4), node.input(5), stored=weights[1])
    y = quantization_of(context, node.input(6), node.input(7), stored=None)
    _, zero_point = a.one("left input")
    operands = Operands(
        weights=weights[0],
        weight_format=weights[1],
        weight_zero_point=b.zero_point,
        activation_format=codes.stored,
        activation_zero_point=zero_point,
    )
    finish(context, node, context.learn(codes, a), operands, (a, b, y))


def finish(
    context: Context,
    node: GraphNode,
    codes: Codes,
    operands: Operands,
    scales: tuple[Quantization, Quantization, Quantization],
) -> None:
    """Add the layer of a quantized product."""
    y = scales[2]
    _, zero_point = y.one("output")
    try:
        unit = requantize_unit(
            operands,
            scales=(scales[0].scale, scales[1].scale, y.scale),
            zero_point=zero_point,
            limits=(y.format.min, y.format.max),
            preset=context.preset,
        )
    except InputError as error:
        raise RefusedError(str(error)) from error
    result = Result(name=node.outputs[0], requantize=unit, stored=y.format, quantization=y)
    context.values[result.name] = add_layer(context, operands, codes, result)


def matmul_integer(context: Context, node: GraphNode) -> None:
    """Read a MatMulInteger, whose outputs are the accumulators."""
    codes, weights = context.codes(node.input(0)), known_codes(context, node.input(1))
    operands = Operands(
        weights=weights[0],
        weight_format=weights[1],
        weight_zero_point=zero_points(context, node.input(3)),
        activation_format=codes.stored,
        activation_zero_point=one_zero_point(context, node.input(2)),
    )
    result = Result(name=node.outputs[0], stored=Int(operands.accumulator_bits))
    context.values[result.name] = add_layer(context, operands, codes, result)


def matmul(context: Context, node: GraphNode) -> None:
    """Read a MatMul of reals that codes stand for."""
    pending_product(context, node, partial(add_layer, context), weight_axis=1)


def gemm(context: Context, node: GraphNode) -> None:
    """Read a Gemm of reals that codes stand for, without factors."""
    turned = bool(node.attribute("transB", 0))

    def add(operands: Operands, codes: Codes, result: Result) -> Codes:
        check_gemm(node)
        weights = operands.weights.T if turned else operands.weights
        return add_layer(context, replace(operands, weights=weights), codes, result)

    pending_product(context, node, add, weight_axis=0 if turned else 1)


def check_gemm(node: GraphNode) -> None:
    """Refuse a transposed batch, and factors, which are no part of an integer layer."""
    if node.attribute("transA", 0):
        msg = "transA must be 0: the batch is the first axis"
        raise RefusedError(msg)
    for name in ("alpha", "beta"):
        factor = node.attribute(name, 1.0)
        if factor != 1.0:
            msg = f"{name} must be 1, got {factor}; put it into a scale"
            raise RefusedError(msg)


def qgemm(context: Context, node: GraphNode) -> None:
    """Read a QGemm of ONNX Runtime, whose bias is of the accumulators."""
    check_gemm(node)
    codes, (weights, stored) = context.codes(node.input(0)), known_codes(context, node.input(3))
    if not node.input(7):
        msg = "output must be codes: give y_scale and y_zero_point"
        raise RefusedError(msg)
    a = quantization_of(context, node.input(1), node.input(2), stored=codes.stored)
    b = quantization_of(context, node.input(4), node.input(5), stored=stored)
    y = quantization_of(context, node.input(7), node.input(8), stored=codes.stored)
    _, zero_point = a.one("left input")
    bias = context.optional(node.input(6), "bias")
    if bias is not None and bias.ndim > 1 and bias.shape[0] != 1:
        msg = f"bias must be one number per filter, got shape {list(bias.shape)}"
        raise RefusedError(msg)
    operands = Operands(
        weights=weights.T if node.attribute("transB", 0) else weights,
        weight_format=stored,
        weight_zero_point=b.zero_point,
        activation_format=codes.stored,
        activation_zero_point=zero_point,
        bias=None if bias is None else np.ravel(bias),
    )
    finish(context, node, context.learn(codes, a), operands, (a, b, y))
