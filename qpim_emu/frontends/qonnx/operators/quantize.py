"""Quant, IntQuant, BipolarQuant, Trunc and MultiThreshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.qonnx.context import Answer
from qpim_emu.frontends.qonnx.emit import as_real, coded_by, quantize
from qpim_emu.frontends.qonnx.reach import reach
from qpim_emu.frontends.qonnx.read_multithreshold import read_multithreshold
from qpim_emu.frontends.qonnx.read_quantizer import read_bipolar_quant, read_quant
from qpim_emu.frontends.qonnx.read_trunc import read_trunc
from qpim_emu.frontends.qonnx.values import Coded, Fixed, Floats, Real
from qpim_emu.frontends.qonnx.weights import quantize_constant

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.qonnx.context import Context
    from qpim_emu.frontends.qonnx.quantizer import Quantizer
    from qpim_emu.frontends.qonnx.values import Value

__all__ = ["bipolar_quant", "multithreshold", "quant", "trunc"]


def quant(context: Context, node: GraphNode) -> Answer:
    """Round to codes: those of a constant, of the network's input, of sums, of other codes."""
    constants = context.constants(node, "scale", "zero point", "bit width")

    def read(rank: int, axis: int, size: int) -> Quantizer:
        return read_quant(node, constants, rank=rank, axis=axis, size=size)

    return apply(context.data(node), read, node.outputs[0])


def bipolar_quant(context: Context, node: GraphNode) -> Answer:
    """Keep the sign."""
    constants = context.constants(node, "scale")

    def read(rank: int, axis: int, size: int) -> Quantizer:
        return read_bipolar_quant(constants, rank=rank, axis=axis, size=size)

    return apply(context.data(node), read, node.outputs[0])


def apply(value: Value, read: Callable[[int, int, int], Quantizer], name: str) -> Answer:
    """Quantize whatever an input is.

    Parameters
    ----------
    value
        The input.
    read
        Reads the quantizer for a tensor of so many axes, of which one may have a scale for each
        of so many places.
    name
        Tensor that the codes become.
    """
    if isinstance(value, Fixed):
        axis = scaled_axis(value, read)
        size = value.array.shape[axis] if value.array.ndim else 1
        codes, note = quantize_constant(value.array, read(value.array.ndim, axis, size), axis=axis)
        return Answer(value=codes, note=note)
    if isinstance(value, Floats) and value.before:
        if value.shape is None:
            msg = "input must have a known shape: give the model's input fixed sizes"
            raise RefusedError(msg)
        quantizer = read(1 + len(value.shape), 1, value.shape[0] if value.shape else 1)
        return Answer(value=coded_by(quantizer, name, value.shape))
    if isinstance(value, Coded | Real):
        quantizer = read(1 + len(value.shape), 1, value.shape[0])
        if isinstance(value, Coded) and unchanged(value, quantizer):
            return Answer(value=value, note=f"the codes of {value.name!r}, unchanged")
        return Answer.of(quantize(value, quantizer, name))
    msg = "input must be real numbers of the graph, got codes of a constant"
    raise RefusedError(msg)


def scaled_axis(value: Fixed, read: Callable[[int, int, int], Quantizer]) -> int:
    """Find the axis of a constant along which its scales differ; the first if they do not."""
    refusal: RefusedError | None = None
    for axis, size in enumerate(value.array.shape or (1,)):
        try:
            read(value.array.ndim, axis, size)
        except RefusedError as error:
            refusal = refusal or error
        else:
            return axis
    assert refusal is not None  # noqa: S101 - every axis was refused
    raise refusal


def unchanged(value: Coded, quantizer: Quantizer) -> bool:
    """Whether a quantizer gives every code of a tensor back."""
    return (
        not quantizer.bipolar
        and (value.scale, value.zero) == (quantizer.scale, quantizer.zero)
        and quantizer.divisor == quantizer.scale
        and quantizer.low <= value.format.min
        and value.format.max <= quantizer.high
    )


def trunc(context: Context, node: GraphNode) -> Answer:
    """Drop low bits."""
    fields = ["scale", "zero point", "input bit width", "output bit width"]
    if len(node.inputs) == 6:  # noqa: PLR2004 - version 2
        fields.insert(3, "output scale")
    constants = context.constants(node, *fields)
    value = context.data(node)
    if not isinstance(value, Coded | Real):
        msg = "input must be sums or codes of the network: quantize the input first"
        raise RefusedError(msg)
    quantizer = read_trunc(node, constants, reach=reach(as_real(value)))
    return Answer.of(quantize(value, quantizer, node.outputs[0]))


def multithreshold(context: Context, node: GraphNode) -> Answer:
    """Count thresholds."""
    value = context.data(node)
    if not isinstance(value, Coded | Real):
        msg = "input must be sums or codes of the network: quantize the input first"
        raise RefusedError(msg)
    check_layout(node, value.shape)
    thresholds = context.constant(node, 1, field="thresholds")
    quantizer = read_multithreshold(node, thresholds, shape=value.shape)
    return Answer.of(quantize(value, quantizer, node.outputs[0]))


def check_layout(node: GraphNode, shape: tuple[int, ...]) -> None:
    """Refuse channels on another axis than the second, where their number matters."""
    layout = node.attributes.get("data_layout", "")
    if layout and isinstance(layout, str) and layout.find("C") not in {1, -1} and len(shape) > 1:
        msg = f"data_layout must have its channels second, got {layout!r}"
        raise RefusedError(msg)
