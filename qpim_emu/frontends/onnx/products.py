"""Layers between DequantizeLinear and QuantizeLinear: one integer layer each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.errors import InputError
from qpim_emu.frontends.onnx.context import NotReachedError
from qpim_emu.frontends.onnx.layers import Operands, requantize_unit
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.onnx.values import (
    Codes,
    Dequantized,
    KnownReal,
    Outside,
    Pending,
    Target,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.arith.formats import Format
    from qpim_emu.frontends.onnx.context import Context
    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.onnx.quantization import Quantization
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.requantize import Requantize

__all__ = ["Product", "Result", "as_written", "outside", "pending_product"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a product of reals is in codes."""

    operands: Operands
    codes: Codes
    activations: Quantization
    weights: Quantization


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a layer gives: its tensor's name, format and meaning, and how it is requantized."""

    name: str
    requantize: Requantize | None = None
    stored: Format
    quantization: Quantization | None = None
    place: int | None = None


def as_written(preset: str) -> str:
    """Preset of layers between Q and DQ.

    ONNX's QuantizeLinear adds the zero point after rounding, in the reference evaluator too.
    """
    return "onnxruntime" if preset == "onnx-reference" else preset


def outside(context: Context, node: GraphNode, reason: str) -> None:
    """Leave a node out, unless codes turn out to depend on it.

    Raises
    ------
    NotReachedError
        If it depends on a refused operator.
    """
    earlier = tuple(
        value
        for value in (context.values[name] for name in node.inputs if name)
        if isinstance(value, Outside) and value.sources
    )
    if any(value.source in context.refusals for value in earlier):
        raise NotReachedError
    sources = context.sources(*node.inputs)
    value = Outside(reason=reason, source=context.place, sources=sources, earlier=earlier)
    for name in node.outputs:
        if name:
            context.values[name] = value


def pending_product(
    context: Context,
    node: GraphNode,
    add: Callable[[Operands, Codes, Result], Codes],
    *,
    weight_axis: int,
) -> None:
    """Hold a layer until its result is quantized; leave it out if its inputs are no codes.

    Parameters
    ----------
    context, node
        What is read; the node's inputs are activations, weights and perhaps a bias.
    add
        Adds the layer.
    weight_axis
        Axis of the weights that several scales must be for.
    """
    left = context.value(node.input(0))
    right = context.value(node.input(1))
    if not isinstance(left, Dequantized) or not isinstance(right, KnownReal):
        outside(context, node, reason_of(node, left))
        return
    product = read_product(context, node, left, right, weight_axis)
    place = context.place

    def make(target: Target) -> Codes:
        try:
            unit = requantize_unit(
                product.operands,
                scales=(
                    product.activations.scale,
                    product.weights.scale,
                    target.quantization.scale,
                ),
                zero_point=int(target.quantization.zero_point[0]),
                limits=target.limits,
                preset=as_written(context.preset),
            )
        except InputError as error:
            raise RefusedError(str(error)) from error
        meaning = target.quantization
        return add(
            product.operands,
            product.codes,
            Result(
                name=target.name,
                requantize=unit,
                stored=meaning.format,
                quantization=meaning,
                place=place,
            ),
        )

    context.values[node.outputs[0]] = Pending(
        make=make, source=place, sources=frozenset({product.codes.name})
    )


def reason_of(node: GraphNode, left: object) -> str:
    """Why a product of reals is no integer layer."""
    if isinstance(left, Dequantized):
        return (
            f"weights must be constant codes behind a DequantizeLinear, got {node.input(1)!r}; "
            "quantize them, and fold what makes them"
        )
    return (
        f"activations must be codes behind a DequantizeLinear, got {node.input(0)!r}; quantize them"
    )


def read_product(
    context: Context, node: GraphNode, left: Dequantized, right: KnownReal, weight_axis: int
) -> Product:
    """Read operands, scales and the bias of a layer."""
    weights = right.quantization
    if not weights.is_per_tensor and weights.axis % right.codes.ndim != weight_axis:
        msg = (
            f"weight scales must be for the axis of the filters, {weight_axis}, "
            f"got axis {weights.axis}"
        )
        raise RefusedError(msg)
    _, zero_point = left.quantization.one("input")
    operands = Operands(
        weights=right.codes,
        weight_format=weights.format,
        weight_zero_point=weights.zero_point,
        activation_format=left.codes.stored,
        activation_zero_point=zero_point,
        bias=bias_of(context, node.input(2), left.quantization, weights),
    )
    return Product(
        operands=operands, codes=left.codes, activations=left.quantization, weights=weights
    )


def bias_of(
    context: Context, name: str, activations: Quantization, weights: Quantization
) -> IntArray | None:
    """Codes of a bias, whose scale must be that of the accumulators.

    Raises
    ------
    RefusedError
        If it is no constant of 32 bits, or has another scale.
    """
    if not name:
        return None
    value = context.value(name)
    if not isinstance(value, KnownReal):
        msg = (
            f"bias {name!r} must be constant codes of int32 behind a DequantizeLinear; quantize "
            "it with input scale times weight scale"
        )
        raise RefusedError(msg)
    with np.errstate(over="ignore", under="ignore"):
        wanted = activations.scale * weights.scale
    if value.quantization.scale.size not in {1, wanted.size} or np.any(
        value.quantization.scale != wanted
    ):
        msg = (
            f"scale of bias {name!r} must be input scale times weight scale in float32, "
            f"got {value.quantization.scale.flat[0]} for {wanted.flat[0]}"
        )
        raise RefusedError(msg)
    return value.codes.reshape(() if value.codes.size == 1 else -1)
