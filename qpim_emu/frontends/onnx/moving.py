"""Operators that put codes at other places: shapes, transpositions, parts, borders."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.frontends.onnx.products import outside
from qpim_emu.frontends.onnx.quantization import dequantized
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.onnx.values import Codes, Dequantized, Known, KnownReal
from qpim_emu.workload.operations import Flatten, Pad, Reshape, Slice, Transpose

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.frontends.onnx.context import Context
    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.workload.operations import Operation

__all__ = ["flatten", "identity", "moved", "pad", "reshape", "slice_", "split", "squeeze"]
__all__ += ["transpose", "unsqueeze"]


def moved(
    context: Context,
    node: GraphNode,
    make: Callable[[Codes | Dequantized], Operation | None],
    *,
    output: int = 0,
) -> None:
    """Apply an operation to codes, or to the codes behind reals, which keep their meaning.

    `make` may find that nothing moves. A node between other values is left out.
    """
    value, name = context.value(node.input(0)), node.outputs[output]
    if not isinstance(value, Codes | Dequantized):
        outside(context, node, f"input {node.input(0)!r} is no codes; quantize it")
        return
    step = make(value)
    codes = codes_of(value)
    if isinstance(value, Codes):
        if step is None:
            context.values[name] = codes
            context.note(f"the codes of {codes.name!r} again")
            return
        context.values[name] = context.add(name, step, codes, quantization=codes.quantization)
        return
    if step is not None:
        new = context.provisional_name(node, output)
        codes = context.add(new, step, codes, quantization=value.quantization)
    context.values[name] = replace(value, codes=codes)


def codes_of(value: Codes | Dequantized) -> Codes:
    """Codes that a value is or stands for."""
    return value.codes if isinstance(value, Dequantized) else value


def shape_of(value: Codes | Dequantized) -> tuple[int, ...]:
    """Sizes without the batch."""
    return codes_of(value).type.shape


def identity(context: Context, node: GraphNode) -> None:
    """Read an operator that changes nothing."""
    context.values[node.outputs[0]] = context.value(node.input(0))


def integers_of(context: Context, node: GraphNode, place: int, name: str) -> tuple[int, ...] | None:
    """Integers that are an attribute in older versions and a constant input in newer ones."""
    given: Any = node.attributes.get(name)
    if given is None and node.input(place):
        given = tuple(context.known(node.input(place), name).reshape(-1).tolist())
    if given is not None and not (
        isinstance(given, tuple) and all(isinstance(value, int) for value in given)
    ):
        msg = f"{name} must be integers, got {given!r}"
        raise RefusedError(msg)
    return given


def axes_of(values: tuple[int, ...], axes: int) -> tuple[int, ...]:
    """Axes counted from the first one, refusing the batch axis and those that do not exist."""
    if any(not -axes <= axis < axes or axis % axes == 0 for axis in values):
        msg = f"axes must be among 1..{axes - 1}, since the batch stays the first, got {values}"
        raise RefusedError(msg)
    return tuple(axis % axes for axis in values)


def reshape(context: Context, node: GraphNode) -> None:
    """Read a Reshape that keeps the batch."""
    wanted = integers_of(context, node, 1, "shape")

    def make(value: Codes | Dequantized) -> Operation:
        shape = shape_of(value)
        if not wanted:
            msg = "shape must be a constant with a batch axis"
            raise RefusedError(msg)
        return Reshape(shape=new_shape(context, node, shape, wanted))

    moved(context, node, make)


def new_shape(
    context: Context, node: GraphNode, shape: tuple[int, ...], wanted: tuple[int, ...]
) -> tuple[int, ...]:
    """Sizes without the batch that a Reshape asks for."""
    if not node.attribute("allowzero", 0):
        copied = (context.batch, *shape)
        if any(size == 0 and place > len(shape) for place, size in enumerate(wanted)):
            msg = f"shape {wanted} must copy axes that the input has, {list(shape)} and the batch"
            raise RefusedError(msg)
        sizes = [copied[place] if size == 0 else size for place, size in enumerate(wanted)]
    else:
        sizes = list(wanted)
    rest = [size for size in sizes[1:] if size is not None]
    total, given = prod(shape), prod(size for size in rest if size != -1)
    if rest.count(-1) == 1 and given > 0 and total % given == 0:
        rest[rest.index(-1)] = total // given
    keeps_batch = sizes[0] in {-1, context.batch}
    if not keeps_batch or prod(rest) != total or min(rest, default=1) < 1:
        msg = f"shape must keep the batch as its first axis, got {wanted} for {list(shape)} each"
        raise RefusedError(msg)
    return tuple(rest)


def flatten(context: Context, node: GraphNode) -> None:
    """Read a Flatten that keeps the batch."""

    def make(value: Codes | Dequantized) -> Operation:
        axis = node.attribute("axis", 1)
        if axis not in {1, -len(shape_of(value))}:
            msg = f"axis must be 1, so that the batch stays, got {axis}"
            raise RefusedError(msg)
        return Flatten()

    moved(context, node, make)


def transpose(context: Context, node: GraphNode) -> None:
    """Read a Transpose that keeps the batch."""

    def make(value: Codes | Dequantized) -> Operation:
        axes = len(shape_of(value)) + 1
        order = node.attribute("perm", tuple(reversed(range(axes))))
        if len(order) != axes or order[0] != 0:
            msg = f"perm must keep the batch as the first of {axes} axes, got {order}"
            raise RefusedError(msg)
        return Transpose(axes=tuple(axis - 1 for axis in order[1:]))

    moved(context, node, make)


def squeeze(context: Context, node: GraphNode) -> None:
    """Read a Squeeze of other axes than the batch."""
    given = integers_of(context, node, 1, "axes")

    def make(value: Codes | Dequantized) -> Operation:
        shape = (0, *shape_of(value))
        if given is None:
            msg = "axes must be given, since the batch may be 1 as well"
            raise RefusedError(msg)
        axes = axes_of(given, len(shape))
        if any(shape[axis] != 1 for axis in axes):
            msg = f"axes must be of size 1, got {given} of {list(shape[1:])}"
            raise RefusedError(msg)
        return Reshape(shape=tuple(s for a, s in enumerate(shape) if a and a not in axes))

    moved(context, node, make)


def unsqueeze(context: Context, node: GraphNode) -> None:
    """Read an Unsqueeze behind the batch."""
    given = integers_of(context, node, 1, "axes") or ()

    def make(value: Codes | Dequantized) -> Operation:
        sizes = iter(shape_of(value))
        total = len(shape_of(value)) + 1 + len(given)
        axes = axes_of(given, total)
        if len(set(axes)) != len(axes):
            msg = f"axes must differ, got {given}"
            raise RefusedError(msg)
        return Reshape(shape=tuple(1 if a in axes else next(sizes) for a in range(1, total)))

    moved(context, node, make)


def slice_(context: Context, node: GraphNode) -> None:
    """Read a Slice of other axes than the batch."""
    starts, ends = (integers_of(context, node, i, n) for i, n in ((1, "starts"), (2, "ends")))
    given, steps = (integers_of(context, node, i, n) for i, n in ((3, "axes"), (4, "steps")))

    def make(value: Codes | Dequantized) -> Operation:
        shape = shape_of(value)
        if starts is None or ends is None or len(starts) != len(ends):
            msg = "starts and ends must be constants of one length"
            raise RefusedError(msg)
        axes = axes_of(tuple(range(len(starts))) if given is None else given, len(shape) + 1)
        strides = steps or (1,) * len(axes)
        if not len(axes) == len(strides) == len(starts) or 0 in strides:
            msg = "axes and steps must be one for each of starts, and no step 0"
            raise RefusedError(msg)
        places = [range(size) for size in shape]
        for axis, start, end, step in zip(axes, starts, ends, strides, strict=True):
            places[axis - 1] = range(shape[axis - 1])[slice(start, end_of(end, step), step)]
        return taken(places)

    moved(context, node, make)


def end_of(end: int, step: int) -> int | None:
    """Bound of a slice: far below 0 means beyond the first element when going down."""
    return None if step < 0 and end < -(1 << 30) else end


def taken(places: list[range]) -> Slice:
    """Make the operation that takes these places along each axis."""
    if any(not len(axis) for axis in places):
        msg = "part must hold at least one element along each axis"
        raise RefusedError(msg)
    return Slice(
        starts=tuple(axis[0] for axis in places),
        sizes=tuple(len(axis) for axis in places),
        steps=tuple(axis.step for axis in places),
    )


def split(context: Context, node: GraphNode) -> None:
    """Read a Split along another axis than the batch: one part per output."""
    sizes = integers_of(context, node, 1, "split")
    value = context.value(node.input(0))
    if not isinstance(value, Codes | Dequantized):
        outside(context, node, f"input {node.input(0)!r} is no codes; quantize it")
        return
    shape = shape_of(value)
    (axis,) = axes_of((node.attribute("axis", 0),), len(shape) + 1)
    count = len(node.outputs)
    if sizes is None:
        part = -(-shape[axis - 1] // count)
        sizes = tuple(min(part, shape[axis - 1] - part * i) for i in range(count))
    if len(sizes) != count or min(sizes) < 1 or sum(sizes) != shape[axis - 1]:
        msg = f"split must be sizes of {count} parts of {shape[axis - 1]}, got {sizes}"
        raise RefusedError(msg)
    for output, size in enumerate(sizes):
        first = sum(sizes[:output])
        places = [range(extent) for extent in shape]
        places[axis - 1] = range(first, first + size)
        moved(context, node, constantly(taken(places)), output=output)


def constantly(step: Operation) -> Callable[[Codes | Dequantized], Operation]:
    """Make the function that gives this operation for anything."""
    return lambda _: step


def pad(context: Context, node: GraphNode) -> None:
    """Read a Pad with a constant, around other axes than the batch."""
    pads = integers_of(context, node, 1, "pads")
    given = integers_of(context, node, 3, "axes")

    def make(value: Codes | Dequantized) -> Operation:
        axes = len(shape_of(value)) + 1
        mode = node.attribute("mode", "constant")
        if mode != "constant":
            msg = f"mode must be constant, got {mode}"
            raise RefusedError(msg)
        named = tuple(range(axes)) if given is None else tuple(axis % axes for axis in given)
        if pads is None or len(pads) != 2 * len(named):
            msg = "pads must be constants, two for each axis"
            raise RefusedError(msg)
        sides = dict.fromkeys(range(axes), (0, 0))
        for place, axis in enumerate(named):
            sides[axis] = (pads[place], pads[place + len(named)])
        if sides.pop(0) != (0, 0) or any(side < 0 for both in sides.values() for side in both):
            msg = f"pads must be 0 or more, and 0 for the batch, got {pads}"
            raise RefusedError(msg)
        return Pad(padding=tuple(sides.values()), code=padding_code(context, node, value))

    moved(context, node, make)


def padding_code(context: Context, node: GraphNode, value: Codes | Dequantized) -> int:
    """Code of the constant around a tensor, which must have one."""
    held = context.value(node.input(2)) if node.input(2) else None
    number = np.zeros(1) if held is None else known_number(held)
    if number.size != 1:
        msg = f"constant of a Pad must be one number, got {number.size} of them"
        raise RefusedError(msg)
    real = float(number.flat[0]) if node.input(2) else float(node.attribute("value", 0.0))
    if isinstance(value, Codes):
        return int(real)
    code = value.quantization.code(real)
    if float(dequantized(np.array([code]), value.quantization)[0]) != real:
        msg = f"constant of a Pad must be the real value of a code, got {real}"
        raise RefusedError(msg)
    return code


def known_number(held: object) -> np.ndarray[Any, np.dtype[Any]]:
    """Elements of the constant around a tensor, as they are or dequantized."""
    if isinstance(held, KnownReal):
        return dequantized(held.codes, held.quantization)
    if isinstance(held, Known):
        return held.array()
    msg = "constant of a Pad must be a constant of the file"
    raise RefusedError(msg)
