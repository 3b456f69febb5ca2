"""Largest and average numbers of windows, and of whole images."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.qonnx.context import Answer
from qpim_emu.frontends.qonnx.emit import summing_layer
from qpim_emu.frontends.qonnx.line import Line
from qpim_emu.frontends.qonnx.operators.layers import check_border, read_codes
from qpim_emu.frontends.qonnx.operators.moving import axes_of
from qpim_emu.frontends.qonnx.quadratic import rational
from qpim_emu.frontends.qonnx.values import Coded, Real
from qpim_emu.frontends.qonnx.windows import windows_of
from qpim_emu.workload.network import Node
from qpim_emu.workload.operations import MaxPool2d, Reshape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.frontends.onnx.geometry import Geometry
    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.qonnx.context import Context

__all__ = ["average_pool", "global_average_pool", "max_pool", "reduce_mean"]

IMAGE_AXES = 3


def max_pool(context: Context, node: GraphNode) -> Answer:
    """Take the largest of every window: of codes, or of sums once they are rounded."""
    value = context.data(node)
    if not isinstance(value, Coded | Real) or len(value.shape) != IMAGE_AXES:
        msg = "input must be codes or sums with channels, height and width"
        raise RefusedError(msg)
    kernel = node.attributes.get("kernel_shape", ())
    geometry, _ = windows_of(node, value.shape[1:], kernel)
    if set(geometry.dilations) != {1}:
        msg = f"dilations must be 1, got {list(geometry.dilations)}"
        raise RefusedError(msg)
    down, right = geometry.strides
    step = MaxPool2d(kernel=kernel, stride=(down, right), padding=pairs(geometry))
    shape = step.output_shape(value.shape)
    if isinstance(value, Real):
        return Answer(value=replace(value, after=(*value.after, step), shape=shape))
    name = node.outputs[0]
    pooled = Node(name=name, step=step, inputs=(value.name,))
    return Answer(value=replace(value, name=name, shape=shape), nodes=(pooled,))


def pairs(geometry: Geometry) -> tuple[tuple[int, int], tuple[int, int]]:
    """Padding of two axes."""
    vertical, horizontal = geometry.padding
    return vertical, horizontal


def average_pool(context: Context, node: GraphNode) -> Answer:
    """Sum every window; a quantizer behind it rounds the average."""
    source = read_codes(context, node)
    kernel = node.attributes.get("kernel_shape", ())
    if len(source.shape) != IMAGE_AXES:
        msg = f"input must have channels, height and width, got {list(source.shape)}"
        raise RefusedError(msg)
    if node.attributes.get("ceil_mode", 0):
        msg = "ceil_mode must be 0, got 1: pad the input instead"
        raise RefusedError(msg)
    geometry, _ = windows_of(node, source.shape[1:], kernel)
    if set(geometry.dilations) != {1}:
        msg = f"dilations must be 1, got {list(geometry.dilations)}"
        raise RefusedError(msg)
    if geometry.is_padded and not node.attributes.get("count_include_pad", 0):
        msg = "count_include_pad must be 1 with padding: windows would have divisors of their own"
        raise RefusedError(msg)
    check_border(source, geometry)
    return averaged(source, kernel, geometry.strides, pairs(geometry), node.outputs[0])


def averaged(
    source: Coded,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: tuple[tuple[int, int], tuple[int, int]],
    name: str,
) -> Answer:
    """Answer with the averages of windows, as real numbers of their sums."""
    draft = summing_layer(source, kernel=kernel, stride=stride, padding=padding)
    share = Fraction(1, prod(kernel))
    lines = tuple(Line(slope=rational(scale * share)) for scale in source.scale)
    return Answer(value=Real(name=name, draft=draft, lines=lines, sums=lines, shape=draft.shape))


def global_average_pool(context: Context, node: GraphNode) -> Answer:
    """Average whole images, channel by channel."""
    source = read_codes(context, node)
    if len(source.shape) != IMAGE_AXES:
        msg = f"input must have channels, height and width, got {list(source.shape)}"
        raise RefusedError(msg)
    return averaged(source, source.shape[1:], (1, 1), ((0, 0), (0, 0)), node.outputs[0])


def reduce_mean(context: Context, node: GraphNode) -> Answer:
    """Average whole images where the axes are height and width."""
    source = read_codes(context, node)
    axes = axes_of(context, node, len(source.shape) + 1)
    if len(source.shape) != IMAGE_AXES or axes is None or sorted(axes) != [2, 3]:
        msg = f"axes must be height and width of images, got {axes}"
        raise RefusedError(msg)
    answer = averaged(source, source.shape[1:], (1, 1), ((0, 0), (0, 0)), node.outputs[0])
    if node.attributes.get("keepdims", 1) or not isinstance(answer.value, Real):
        return answer
    flat = (source.shape[0],)
    return Answer(value=replace(answer.value, after=(Reshape(shape=flat),), shape=flat))
