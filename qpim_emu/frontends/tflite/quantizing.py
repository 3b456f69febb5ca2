"""QUANTIZE and DEQUANTIZE: between integers, and where the integer network begins and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.frontends.tflite.refusal import Refusal
from qpim_emu.workload.operations import Rescale

if TYPE_CHECKING:
    from qpim_emu.frontends.tflite.call import Call

__all__ = ["FLOAT", "dequantize", "quantize"]

FLOAT = "FLOAT32"


def quantize(call: Call) -> None:
    """Rescale codes; or begin the network, where the input is a float input of the file."""
    inputs, output = call.tensor(), call.output
    if inputs.type == FLOAT:
        begin(call)
        return
    operation = Rescale.from_scales(
        input_scale=inputs.scale(),
        input_zero_point=inputs.zero_point(),
        output_scale=output.scale(),
        output_zero_point=output.zero_point(),
        low=output.format.min,
        high=output.format.max,
    )
    call.add(operation, call.source())


def begin(call: Call) -> None:
    """Let the network begin behind a float input."""
    inputs, graph = call.tensor(), call.graph
    if inputs.index not in graph.file.inputs or graph.readers[inputs.index] != 1:
        msg = (
            f"{inputs.title} must be a float input of the model that nothing else reads; "
            "quantize what computes it"
        )
        raise Refusal(msg)
    call.output.scale()
    name = call.graph.begin(call.output)
    call.note = f"The network begins with {name!r}: the engine quantizes its float input before it."


def dequantize(call: Call) -> None:
    """End the network, where the output is a float output of the file."""
    output = call.output
    if call.graph.readers[output.index]:
        msg = f"{output.title} must be an output that nothing else reads; quantize what reads it"
        raise Refusal(msg)
    name = call.source()
    call.graph.ends[output.index] = name
    call.note = f"The network ends with {name!r}: the engine turns it into floats behind it."
