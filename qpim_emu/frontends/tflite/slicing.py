"""SLICE and STRIDED_SLICE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.frontends.tflite.graph import axes_of
from qpim_emu.frontends.tflite.refusal import Refusal
from qpim_emu.workload.operations import Slice

if TYPE_CHECKING:
    from qpim_emu.frontends.tflite.call import Call

__all__ = ["slice_", "strided_slice"]


def slice_(call: Call) -> None:
    """Take a box of the input; a size of -1 takes what is left."""
    rank = len(call.tensor().shape)
    begins, sizes = numbers(call, 1, rank), numbers(call, 2, rank)
    ranges = [
        range(begin, extent if size == -1 else begin + size)
        for begin, size, extent in zip(begins, sizes, call.tensor().shape, strict=True)
    ]
    take(call, ranges)


def strided_slice(call: Call) -> None:
    """Take every so many elements of a box, and drop axes that a mask names."""
    options, shape = call.options, call.tensor().shape
    rank = len(shape)
    if options.EllipsisMask() or options.NewAxisMask() or options.Offset():
        msg = "it must have no ellipsis, new axes or offsets; use masks of begin and end, RESHAPE"
        raise Refusal(msg)
    begins, ends, strides = (numbers(call, position, rank) for position in (1, 2, 3))
    ranges = []
    for axis, extent in enumerate(shape):
        shrinks = bool(options.ShrinkAxisMask() >> axis & 1)
        from_start = options.BeginMask() >> axis & 1
        to_end = options.EndMask() >> axis & 1 and not shrinks
        if strides[axis] == 0 or (shrinks and strides[axis] < 0):
            msg = f"strides must not be 0, nor negative where an axis is dropped, got {strides}"
            raise Refusal(msg)
        begin = None if from_start else begins[axis]
        if shrinks:
            first = range(extent)[begin or 0] if -extent <= (begin or 0) < extent else extent
            ranges.append(range(first, first + 1))
        else:
            end = None if to_end else ends[axis]
            ranges.append(range(*slice(begin, end, strides[axis]).indices(extent)))
    take(call, ranges)


def numbers(call: Call, position: int, rank: int) -> list[int]:
    """A constant with a number for each axis."""
    values = [int(value) for value in call.tensor(position).constant().reshape(-1)]
    if len(values) != rank:
        msg = f"{call.tensor(position).title} must have {rank} numbers, got {len(values)}"
        raise Refusal(msg)
    return values


def take(call: Call, ranges: list[range]) -> None:
    """Append a slice, and a reshape where axes are dropped."""
    call.same_type()
    shape = call.tensor().shape
    for axis, (places, extent) in enumerate(zip(ranges, shape, strict=True)):
        if not places or not (0 <= places[0] < extent and 0 <= places[-1] < extent):
            msg = f"elements of axis {axis} must be some of 0..{extent - 1}, got {places}"
            raise Refusal(msg)
    if ranges[0] != range(shape[0]):
        msg = f"the whole batch of {shape[0]} must be taken, got {ranges[0]}"
        raise Refusal(msg)
    chosen = [ranges[axis] for axis in axes_of(len(shape))[1:]]
    operation = Slice(
        starts=tuple(places[0] for places in chosen),
        sizes=tuple(len(places) for places in chosen),
        steps=tuple(places.step for places in chosen),
    )
    sizes = tuple(len(places) for places in ranges)
    if call.output.shape == sizes:
        call.add(operation, call.source())
    else:
        part = call.add(operation, call.source(), part="slice")
        call.add_in_file_order(call.in_file_order(part, sizes), sizes[1:])
