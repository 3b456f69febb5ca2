"""Sums, differences and products of two quantized tensors, as tables of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.frontends.onnx.joining import held
from qpim_emu.frontends.onnx.pair_tables import as_written, runtime_add, runtime_mul
from qpim_emu.frontends.onnx.parameters import quantization_of
from qpim_emu.frontends.onnx.products import outside
from qpim_emu.frontends.onnx.values import Codes, Dequantized, KnownReal, Pending, Target
from qpim_emu.workload.operations import PairLookup

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.frontends.onnx.context import Context
    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.onnx.quantization import Quantization

    Tabulate = Callable[[Quantization, Quantization, Target], PairLookup]

__all__ = ["add", "mul", "qlinear_add", "qlinear_mul", "sub"]


def written(function: Any) -> Tabulate:  # noqa: ANN401 - a NumPy function of two arrays
    """Tabulate as the file writes it."""
    return lambda first, second, target: as_written(first, second, target, function)


def add(context: Context, node: GraphNode) -> None:
    """Read an Add, which ONNX Runtime makes a QLinearAdd of."""
    runtime = context.preset == "onnxruntime"
    binary(context, node, runtime_add if runtime else written(np.add))


def mul(context: Context, node: GraphNode) -> None:
    """Read a Mul, which ONNX Runtime makes a QLinearMul of."""
    runtime = context.preset == "onnxruntime"
    binary(context, node, runtime_mul if runtime else written(np.multiply))


def sub(context: Context, node: GraphNode) -> None:
    """Read a Sub, which every engine computes as it is written."""
    binary(context, node, written(np.subtract))


def binary(context: Context, node: GraphNode, tabulate: Tabulate) -> None:
    """Hold a table until its result is quantized; leave it out if its inputs are no codes."""
    values = [context.value(node.input(place)) for place in range(2)]
    if not all(isinstance(value, Dequantized | KnownReal) for value in values) or not any(
        isinstance(value, Dequantized) for value in values
    ):
        outside(context, node, "both inputs must be codes behind a DequantizeLinear; quantize them")
        return
    first, second = (held(context, value) for value in values)
    place = context.place

    def make(target: Target) -> Codes:
        return combined(context, first, second, target, tabulate, place=place)

    context.values[node.outputs[0]] = Pending(
        make=make, source=place, sources=context.sources(*node.inputs)
    )


def combined(
    context: Context,
    first: Dequantized,
    second: Dequantized,
    target: Target,
    tabulate: Tabulate,
    *,
    place: int,
) -> Codes:
    """Add the node, the larger tensor first: the second is spread over it."""
    operation = tabulate(first.quantization, second.quantization, target)
    if tabulate is runtime_add:
        context.note("as ONNX Runtime adds on processors with AVX2 and FMA3", place=place)
    codes = [first.codes, second.codes]
    if np.prod(codes[0].type.shape) < np.prod(codes[1].type.shape):
        codes.reverse()
        operation = turned(operation)
    return context.add(
        target.name,
        operation,
        *codes,
        stored=target.quantization.format,
        quantization=target.quantization,
        place=place,
    )


def turned(operation: PairLookup) -> PairLookup:
    """Make the same table for inputs in the other order."""
    rows = np.array(operation.table).reshape([1 << bits for bits in operation.bits])
    return PairLookup(
        table=tuple(rows.T.reshape(-1).tolist()),
        bits=(operation.bits[1], operation.bits[0]),
        firsts=(operation.firsts[1], operation.firsts[0]),
    )


def qlinear(context: Context, node: GraphNode, tabulate: Tabulate) -> None:
    """Read an operator of ONNX Runtime on two tensors with their scales and zero points."""
    inputs = []
    for place in (0, 3):
        codes = context.codes(node.input(place))
        by = quantization_of(
            context, node.input(place + 1), node.input(place + 2), stored=codes.stored
        )
        inputs.append(Dequantized(codes=context.learn(codes, by), quantization=by))
    stored = inputs[0].codes.stored
    y = quantization_of(context, node.input(6), node.input(7), stored=stored)
    target = Target(name=node.outputs[0], quantization=y)
    context.values[target.name] = combined(
        context, inputs[0], inputs[1], target, tabulate, place=context.place
    )


def qlinear_add(context: Context, node: GraphNode) -> None:
    """Read a QLinearAdd."""
    qlinear(context, node, runtime_add)


def qlinear_mul(context: Context, node: GraphNode) -> None:
    """Read a QLinearMul."""
    qlinear(context, node, runtime_mul)
