"""FULLY_CONNECTED."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from qpim_emu.frontends.presets import Operation
from qpim_emu.frontends.tflite.lanes import lane_options
from qpim_emu.frontends.tflite.refusal import Refusal
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.operations import Flatten, Reshape, Transpose

if TYPE_CHECKING:
    from qpim_emu.frontends.tflite.call import Call

__all__ = ["fully_connected"]

MATRIX_AXES = 2
PER_CHANNEL = {False: Operation.LINEAR, True: Operation.LINEAR_16X8}
PER_TENSOR = {False: Operation.LINEAR_PER_TENSOR, True: Operation.LINEAR_16X8_PER_TENSOR}


def fully_connected(call: Call) -> None:
    """Multiply vectors by weights ``[filters, channels]``.

    An input that has more than one vector for each element of the batch runs as a convolution
    whose pixels are the vectors.
    """
    inputs, weights = call.tensor(), call.tensor(1)
    if len(weights.shape) != MATRIX_AXES or min(weights.shape) < 1:
        msg = f"weights must be [filters, channels], got {list(weights.shape)}"
        raise Refusal(msg)
    if call.options.WeightsFormat():
        msg = "weights must lie row by row, got a shuffled format; convert without it"
        raise Refusal(msg)
    filters, channels = weights.shape
    per_tensor = weights.scales is None or len(weights.scales) == 1
    options = lane_options(
        call, filters=filters, filter_axis=0, rules=PER_TENSOR if per_tensor else PER_CHANNEL
    )
    elements = prod(inputs.shape[1:])
    if elements == channels:
        flat = flattened(call)
        wanted = call.output.shape[1:]
        plain = wanted == (filters,)
        layer = Linear(weights=weights.constant(), **options)
        made = call.add(layer, flat, part="" if plain else "vectors")
        if not plain:
            call.add_in_file_order(made, (filters,))
    elif inputs.shape[-1] == channels:
        vectors_as_pixels(call, elements // channels, options)
    else:
        msg = f"input must have vectors of {channels} for each image, got {list(inputs.shape)}"
        raise Refusal(msg)


def flattened(call: Call) -> str:
    """The input as one vector, in the order of the file."""
    shape = call.tensor().shape
    name = call.in_file_order(call.source(), shape)
    return name if len(shape) == MATRIX_AXES else call.add(Flatten(), name, part="flat")


def vectors_as_pixels(call: Call, pixels: int, options: dict[str, Any]) -> None:
    """Run every vector of an image as a pixel of a 1 x 1 convolution."""
    filters, channels = call.tensor(1).shape
    ordered = call.in_file_order(call.source(), call.tensor().shape)
    rows = call.add(Reshape(shape=(pixels, channels)), ordered, part="rows")
    columns = call.add(Transpose(axes=(1, 0)), rows, part="columns")
    image = call.add(Reshape(shape=(channels, 1, pixels)), columns, part="image")
    layer = Conv2d(weights=call.tensor(1).constant()[:, :, None, None], **options)
    made = call.add(layer, image, part="pixels")
    matrix = call.add(Reshape(shape=(filters, pixels)), made, part="matrix")
    vectors = call.add(Transpose(axes=(1, 0)), matrix, part="vectors")
    call.add_in_file_order(vectors, (pixels, filters))
