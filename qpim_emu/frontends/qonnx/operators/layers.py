"""Conv, Gemm and MatMul: codes times weights, summed exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.qonnx.context import Answer
from qpim_emu.frontends.qonnx.draft import LayerType, MacDraft
from qpim_emu.frontends.qonnx.line import Line
from qpim_emu.frontends.qonnx.parameters import fractions
from qpim_emu.frontends.qonnx.quadratic import rational
from qpim_emu.frontends.qonnx.quantizer import per_channel
from qpim_emu.frontends.qonnx.values import Coded, Fixed, FixedCodes, Floats, Real
from qpim_emu.frontends.qonnx.weights import integer_constant
from qpim_emu.frontends.qonnx.windows import windows_of
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

if TYPE_CHECKING:
    from qpim_emu.frontends.onnx.geometry import Geometry
    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.qonnx.context import Context

__all__ = ["conv", "gemm", "matmul", "read_codes"]

IMAGE_AXES: dict[int, LayerType] = {2: Conv1d, 3: Conv2d}
"""Layer by the axes of its input without the batch."""


def read_codes(context: Context, node: GraphNode, place: int = 0) -> Coded:
    """Look up an input that must be codes of the network.

    Raises
    ------
    RefusedError
        If it is real numbers, saying where a Quant is missing.
    """
    value = context.data(node, place)
    if isinstance(value, Coded):
        return value
    name = node.input(place)
    if isinstance(value, Floats) and value.before:
        msg = f"input {name!r} must be quantized: put a Quant behind the model's input"
    elif isinstance(value, Real):
        msg = f"input {name!r} must be quantized: put a Quant behind the operator that makes it"
    else:
        msg = f"input {name!r} must be codes computed by the network"
    raise RefusedError(msg)


def read_weights(context: Context, node: GraphNode) -> FixedCodes:
    """Look up the weights."""
    value = context.data(node, 1)
    if isinstance(value, FixedCodes):
        return value
    if isinstance(value, Fixed):
        return integer_constant(value.array)
    msg = f"weights must be a constant, got {node.input(1)!r}, which is computed"
    raise RefusedError(msg)


def read_bias(context: Context, node: GraphNode, filters: int) -> tuple[Fraction, ...]:
    """Look up the bias, exactly, one for all filters or one each; 0 where there is none."""
    if not node.input(2):
        return (Fraction(0),)
    value = context.data(node, 2)
    if isinstance(value, Fixed):
        numbers = fractions(value.array, field="bias")
    elif isinstance(value, FixedCodes):
        numbers = tuple(
            per_channel(value.scale, i) * (int(code) - per_channel(value.zero, i))
            for i, code in enumerate(value.codes.reshape(-1))
        )
    else:
        msg = f"bias must be a constant, got {node.input(2)!r}, which is computed"
        raise RefusedError(msg)
    if len(numbers) not in {1, filters}:
        msg = f"bias must be one number or {filters}, got {len(numbers)}"
        raise RefusedError(msg)
    return numbers


def conv(context: Context, node: GraphNode) -> Answer:
    """Convolve codes with weights, in one or two dimensions."""
    source, weights = read_codes(context, node), read_weights(context, node)
    axes = len(source.shape)
    if axes not in IMAGE_AXES or weights.codes.ndim != axes + 1:
        msg = (
            f"convolutions must have one or two dimensions, got input {list(source.shape)} and "
            f"weights {list(weights.codes.shape)}"
        )
        raise RefusedError(msg)
    kernel = weights.codes.shape[2:]
    if tuple(node.attributes.get("kernel_shape", kernel)) != kernel:
        msg = f"kernel_shape must be {list(kernel)}, got {node.attributes['kernel_shape']}"
        raise RefusedError(msg)
    groups = node.attributes.get("group", 1)
    geometry, outputs = windows_of(node, source.shape[1:], kernel)
    options: dict[str, Any] = {
        "stride": geometry.strides,
        "dilation": geometry.dilations,
        "padding": geometry.padding,
    }
    if IMAGE_AXES[axes] is Conv1d:
        options = {name: value[0] for name, value in options.items()}
    options["groups"] = groups
    check_border(source, geometry)
    if not isinstance(groups, int) or weights.codes.shape[1] * groups != source.shape[0]:
        msg = f"weights must be for {source.shape[0]} channels, got {weights.codes.shape}"
        raise RefusedError(msg)
    depthwise = weights.codes.shape[1] == 1 and groups > 1
    return sums(
        context,
        node,
        draft_of(IMAGE_AXES[axes], source, weights, options, (len(weights.codes), *outputs)),
        activation_scales(source, len(weights.codes), depthwise=depthwise),
        weights.scale,
    )


def check_border(source: Coded, geometry: Geometry) -> None:
    """Refuse a border of zeros where no code stands for zero."""
    if geometry.is_padded and not source.format.contains(source.zero):
        msg = (
            f"padding needs a code for zero, got codes of {source.format} with zero point "
            f"{source.zero}: drop the padding, or quantize to a type with a zero"
        )
        raise RefusedError(msg)


def draft_of(
    kind: LayerType,
    source: Coded,
    weights: FixedCodes,
    options: dict[str, Any],
    shape: tuple[int, ...],
) -> MacDraft:
    """Build the layer without its requantization; weights have filters first."""
    filters = len(weights.codes)
    if (len(weights.scale) > 1 or len(weights.zero) > 1) and weights.axis != 0:
        msg = (
            "scales of weights must be one per filter, got one along axis "
            f"{weights.axis}: products of one sum must have one scale"
        )
        raise RefusedError(msg)
    return MacDraft(
        kind=kind,
        source=source,
        weights=weights.codes,
        weight_format=weights.format,
        weight_zero=np.broadcast_to(np.array(weights.zero, np.int64), (filters,)),
        options=options,
        shape=shape,
    )


def activation_scales(source: Coded, filters: int, *, depthwise: bool) -> tuple[Fraction, ...]:
    """Scale of the operand that each filter reads."""
    if len(source.scale) == 1:
        return source.scale
    if not depthwise:
        msg = "activations must have one scale: products of one sum must have one scale"
        raise RefusedError(msg)
    each = filters // len(source.scale)
    return tuple(scale for scale in source.scale for _ in range(each))


def sums(
    context: Context,
    node: GraphNode,
    draft: MacDraft,
    first: tuple[Fraction, ...],
    second: tuple[Fraction, ...],
) -> Answer:
    """Answer with the real numbers of a layer's accumulators, bias included."""
    bias = read_bias(context, node, len(draft.weights))
    count = max(len(first), len(second), len(bias))
    lines = tuple(
        Line(
            slope=rational(per_channel(first, m) * per_channel(second, m)),
            intercept=rational(per_channel(bias, m)),
        )
        for m in range(count)
    )
    real = Real(name=node.outputs[0], draft=draft, lines=lines, sums=lines, shape=draft.shape)
    return Answer(value=real)


def gemm(context: Context, node: GraphNode) -> Answer:
    """Multiply a vector of codes with a matrix, as a fully-connected layer."""
    factors = [node.attributes.get(name, 1.0) for name in ("alpha", "beta")]
    if factors != [1.0, 1.0] or node.attributes.get("transA", 0):
        msg = f"alpha and beta must be 1 and transA 0, got {factors}: fold them into the scales"
        raise RefusedError(msg)
    transposed = bool(node.attributes.get("transB", 0))
    return product(context, node, transposed=transposed)


def matmul(context: Context, node: GraphNode) -> Answer:
    """Multiply a vector of codes with a matrix, as a fully-connected layer without a bias."""
    return product(context, node, transposed=False)


def product(context: Context, node: GraphNode, *, transposed: bool) -> Answer:
    """Build a fully-connected layer from ``[channels, filters]``, or the transpose of it."""
    source, weights = read_codes(context, node), read_weights(context, node)
    if len(source.shape) != 1 or weights.codes.ndim != 2:  # noqa: PLR2004 - a matrix
        msg = (
            "products must be of [batch, channels] and a matrix, got input "
            f"[batch, {', '.join(map(str, source.shape))}] and {list(weights.codes.shape)}"
        )
        raise RefusedError(msg)
    if not transposed:
        weights = FixedCodes(
            codes=weights.codes.T,
            format=weights.format,
            scale=weights.scale,
            zero=weights.zero,
            axis=1 - weights.axis,
        )
    if weights.codes.shape[1] != source.shape[0]:
        msg = f"weights must be for {source.shape[0]} channels, got {weights.codes.shape[1]}"
        raise RefusedError(msg)
    filters = len(weights.codes)
    draft = draft_of(Linear, source, weights, {}, (filters,))
    scales = activation_scales(source, filters, depthwise=False)
    return sums(context, node, draft, scales, weights.scale)
