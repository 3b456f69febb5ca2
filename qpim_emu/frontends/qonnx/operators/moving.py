"""Operators that put elements at other places: reshapes, transposes, padding, repetition."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.qonnx.context import Answer
from qpim_emu.frontends.qonnx.operators.layers import read_codes
from qpim_emu.frontends.qonnx.parameters import fractions
from qpim_emu.frontends.qonnx.values import Coded, Fixed, FixedCodes, Floats, Real
from qpim_emu.workload.network import Node
from qpim_emu.workload.operations import Concat, Pad, Reshape, Transpose

if TYPE_CHECKING:
    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.qonnx.context import Context
    from qpim_emu.frontends.qonnx.values import Shape, Value
    from qpim_emu.workload.operations import Movement

__all__ = ["concat", "flatten", "moved", "pad", "reshape", "squeeze", "transpose", "unsqueeze"]


def moved(value: Value, step: Movement, name: str) -> Answer:
    """Move codes, or remember to do so once they are rounded.

    Raises
    ------
    RefusedError
        If codes of several scales would get mixed.
    """
    if isinstance(value, Real):
        shape = step.output_shape(value.shape)
        return Answer(value=replace(value, after=(*value.after, step), shape=shape))
    if not isinstance(value, Coded):
        msg = "input must be codes or sums of the network"
        raise RefusedError(msg)
    shape = step.output_shape(value.shape)
    if len(value.scale) > 1 and not keeps_channels(step, value.shape, shape):
        msg = "codes must have one scale: channels with scales of their own would get mixed"
        raise RefusedError(msg)
    node = Node(name=name, step=step, inputs=(value.name,))
    return Answer(value=replace(value, name=name, shape=shape), nodes=(node,))


def keeps_channels(step: Movement, before: Shape, after: Shape) -> bool:
    """Whether the first axis stays what it is."""
    if isinstance(step, Transpose):
        return step.axes[0] == 0
    if isinstance(step, Reshape):
        return prod(before[1:]) == prod(after[1:]) and before[0] == after[0]
    return before[0] == after[0]


def reshape(context: Context, node: GraphNode) -> Answer:
    """Deal elements out over other sizes, image by image."""
    value = context.data(node)
    target = context.integers(node, 1, field="shape")
    if isinstance(value, Fixed | FixedCodes):
        return reshaped_constant(value, target)
    shape = known_shape(value)
    if not target or target[0] not in {0, 1, -1} or 0 in target[1 + len(shape) :]:
        msg = f"shape must keep the batch first, got {list(target)}"
        raise RefusedError(msg)
    copied = [shape[axis] if size == 0 else size for axis, size in enumerate(target[1:])]
    return resized(value, tuple(copied), node.outputs[0])


def resized(value: Value, sizes: Shape, name: str) -> Answer:
    """Give a tensor other sizes, one of which may be -1."""
    shape = known_shape(value)
    known = prod(size for size in sizes if size != -1)
    if sizes.count(-1) > 1 or known < 1 or prod(shape) % known:
        msg = f"shape must have the {prod(shape)} elements of {list(shape)}, got {list(sizes)}"
        raise RefusedError(msg)
    full = tuple(prod(shape) // known if size == -1 else size for size in sizes)
    if prod(full) != prod(shape) or not full:
        msg = f"shape must have the {prod(shape)} elements of {list(shape)}, got {list(full)}"
        raise RefusedError(msg)
    if isinstance(value, Floats):
        return Answer(value=replace(value, shape=full))
    return moved(value, Reshape(shape=full), name)


def known_shape(value: Value) -> Shape:
    """Sizes of a tensor without the batch."""
    if isinstance(value, Coded | Real):
        return value.shape
    if isinstance(value, Floats) and value.shape is not None:
        return value.shape
    msg = "input must have a known shape"
    raise RefusedError(msg)


def reshaped_constant(value: Fixed | FixedCodes, target: tuple[int, ...]) -> Answer:
    """Reshape a constant whose scale is one for all."""
    array = value.array if isinstance(value, Fixed) else value.codes
    if isinstance(value, FixedCodes) and len(value.scale) > 1:
        msg = "constants must have one scale to be reshaped"
        raise RefusedError(msg)
    try:
        sizes = [array.shape[axis] if size == 0 else size for axis, size in enumerate(target)]
        changed = array.reshape(sizes)
    except (ValueError, IndexError) as error:
        msg = f"shape must fit the constant {list(array.shape)}, got {list(target)}"
        raise RefusedError(msg) from error
    if isinstance(value, Fixed):
        return Answer(value=Fixed(array=changed))
    return Answer(value=replace(value, codes=changed))


def flatten(context: Context, node: GraphNode) -> Answer:
    """Make one axis of all axes of an image."""
    value = context.data(node)
    if node.attributes.get("axis", 1) != 1:
        msg = f"axis must be 1, got {node.attributes['axis']}: the batch stays first"
        raise RefusedError(msg)
    return resized(value, (prod(known_shape(value)),), node.outputs[0])


def squeeze(context: Context, node: GraphNode) -> Answer:
    """Drop axes of size 1."""
    value = context.data(node)
    shape = known_shape(value)
    axes = axes_of(context, node, len(shape) + 1)
    if axes is None:
        axes = tuple(axis for axis, size in enumerate(shape, 1) if size == 1)
    if 0 in axes or any(shape[axis - 1] != 1 for axis in axes):
        msg = f"axes must have size 1 and not be the batch, got {list(axes)} of {list(shape)}"
        raise RefusedError(msg)
    kept = tuple(size for axis, size in enumerate(shape, 1) if axis not in axes)
    return resized(value, kept, node.outputs[0])


def unsqueeze(context: Context, node: GraphNode) -> Answer:
    """Add axes of size 1."""
    value = context.data(node)
    shape = list(known_shape(value))
    given = axes_of(context, node, None)
    axes = sorted(axis % (len(shape) + 1 + len(given or ())) for axis in given or ())
    if not axes or 0 in axes:
        msg = f"axes must be given and not be the batch, got {axes}"
        raise RefusedError(msg)
    for axis in axes:
        shape.insert(axis - 1, 1)
    return resized(value, tuple(shape), node.outputs[0])


def axes_of(context: Context, node: GraphNode, rank: int | None) -> tuple[int, ...] | None:
    """Read axes from the second input or the attribute, negative ones counted from the end."""
    axes: tuple[int, ...] | None = node.attributes.get("axes")
    if node.input(1):
        axes = context.integers(node, 1, field="axes")
    if rank is None or axes is None:
        return axes
    if any(not -rank <= axis < rank for axis in axes):
        msg = f"axes must be within -{rank}..{rank - 1}, got {list(axes)}"
        raise RefusedError(msg)
    return tuple(axis % rank for axis in axes)


def transpose(context: Context, node: GraphNode) -> Answer:
    """Permute axes; the batch stays first. Constants may be permuted freely."""
    value = context.data(node)
    given = node.attributes.get("perm")
    if isinstance(value, Fixed | FixedCodes):
        array = value.array if isinstance(value, Fixed) else value.codes
        order = given or tuple(reversed(range(array.ndim)))
        if sorted(order) != list(range(array.ndim)):
            msg = f"perm must hold each of {array.ndim} axes once, got {order}"
            raise RefusedError(msg)
        if isinstance(value, Fixed):
            return Answer(value=Fixed(array=array.transpose(order)))
        return Answer(
            value=replace(
                value,
                codes=np.ascontiguousarray(array.transpose(order)),
                axis=order.index(value.axis),
            )
        )
    shape = known_shape(value)
    if given is None or given[0] != 0 or sorted(given) != list(range(len(shape) + 1)):
        msg = f"perm must keep the batch first and hold every axis once, got {given}"
        raise RefusedError(msg)
    return moved(value, Transpose(axes=tuple(axis - 1 for axis in given[1:])), node.outputs[0])


def concat(context: Context, node: GraphNode) -> Answer:
    """Join codes of one scale along an axis."""
    parts = [read_codes(context, node, place) for place in range(len(node.inputs))]
    if len({(part.scale, part.zero) for part in parts}) != 1 or len(parts[0].scale) > 1:
        scales = [float(part.scale[0]) for part in parts]
        msg = f"inputs must have one scale and zero point, got {scales}: share their quantizer"
        raise RefusedError(msg)
    rank = len(parts[0].shape) + 1
    axis = node.attributes.get("axis", 1) % rank
    if axis == 0:
        msg = "axis must not be the batch, got 0"
        raise RefusedError(msg)
    step = Concat(count=len(parts), axis=axis - 1)
    shape = step.output_shape(*(part.shape for part in parts))
    stored = step.output_format(*(part.format for part in parts))
    name = node.outputs[0]
    joined = Node(name=name, step=step, inputs=tuple(part.name for part in parts))
    return Answer(value=replace(parts[0], name=name, shape=shape, format=stored), nodes=(joined,))


def pad(context: Context, node: GraphNode) -> Answer:
    """Surround codes with the code of a constant."""
    source = read_codes(context, node)
    mode = node.attributes.get("mode", "constant")
    pads = node.attributes.get("pads")
    if pads is None:
        pads = context.integers(node, 1, field="pads")
    number = Fraction(0)
    if node.input(2):
        number = fractions(context.constant(node, 2, field="value"), field="value")[0]
    rank = len(source.shape) + 1
    code = number / source.scale[0] + source.zero
    if mode != "constant" or len(pads) != 2 * rank or pads[0] or pads[rank] or min(pads) < 0:
        msg = f"padding must be constant, 0 or more, and not of the batch, got {mode} {pads}"
        raise RefusedError(msg)
    if code.denominator != 1 or not source.format.contains(int(code)) or len(source.scale) > 1:
        msg = f"value must be one of the codes of {source.format}, got {float(number)}"
        raise RefusedError(msg)
    sides = tuple((pads[axis], pads[axis + rank]) for axis in range(1, rank))
    return moved(source, Pad(padding=sides, code=int(code)), node.outputs[0])
