"""RESHAPE and its kin, TRANSPOSE, PAD and CONCATENATION: codes at other places."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from qpim_emu.frontends.tflite.call import behind_batch, inverse
from qpim_emu.frontends.tflite.graph import axes_of
from qpim_emu.frontends.tflite.refusal import Refusal
from qpim_emu.workload.operations import Concat, Pad, Transpose

if TYPE_CHECKING:
    from qpim_emu.frontends.tflite.call import Call

__all__ = ["concatenation", "pad", "reshape", "transpose"]

SIDES = 2


def reshape(call: Call) -> None:
    """See the codes in the output's shape."""
    call.same_type()
    shape, wanted = call.tensor().shape, call.output.shape
    if prod(shape) != prod(wanted):
        msg = f"output must have the input's {prod(shape)} elements, got {list(wanted)}"
        raise Refusal(msg)
    call.graph.declared(call.output)
    call.add_in_file_order(call.in_file_order(call.source(), shape), shape[1:])


def transpose(call: Call) -> None:
    """Put the axes into another order, the batch staying in front."""
    call.same_type()
    rank = len(call.tensor().shape)
    given = tuple(int(axis) for axis in call.tensor(1).constant().reshape(-1))
    if sorted(given) != list(range(rank)) or given[0] != 0:
        msg = f"axes must be 0, for the batch, and then 1..{rank - 1}, got {list(given)}"
        raise Refusal(msg)
    order = axes_of(rank)
    places = inverse(order)
    axes = tuple(places[given[axis]] for axis in order)
    call.add(Transpose(axes=behind_batch(axes)), call.source())


def pad(call: Call) -> None:
    """Surround with the code of zero."""
    call.same_type()
    call.same_scale()
    rank = len(call.tensor().shape)
    sides = call.tensor(1).constant()
    if sides.shape != (rank, SIDES) or sides[0].any() or (sides < 0).any():
        msg = f"paddings must be [{rank}, 2], 0 or more, none of the batch, got {sides.tolist()}"
        raise Refusal(msg)
    pairs = [(int(before), int(behind)) for before, behind in sides]
    padding = tuple(pairs[axis] for axis in axes_of(rank)[1:])
    call.add(Pad(padding=padding, code=call.output.zero_point()), call.source())


def concatenation(call: Call) -> None:
    """Put the inputs one after the other; they share the output's scale."""
    if call.options.FusedActivationFunction():
        msg = "it must have no fused activation; make it an operator of its own"
        raise Refusal(msg)
    count, rank = len(call.operator.inputs), len(call.output.shape)
    call.same_type(*range(count))
    names = []
    for position in range(count):
        call.same_scale(position)
        if len(call.tensor(position).shape) != rank:
            msg = f"inputs must have {rank} axes, got {list(call.tensor(position).shape)}"
            raise Refusal(msg)
        names.append(call.source(position))
    axis = call.options.Axis() + rank * (call.options.Axis() < 0)
    if not 0 < axis < rank:
        msg = f"axis must be among 1..{rank - 1}, got {axis}; the batch must stay"
        raise Refusal(msg)
    call.add(Concat(count=count, axis=axes_of(rank).index(axis) - 1), *names)
