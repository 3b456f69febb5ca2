"""RELU, RELU6, LOGISTIC, TANH and SOFTMAX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.arith.interpolation import TableFloat
from qpim_emu.arith.scales import ScaleRule
from qpim_emu.frontends.tflite.graph import axes_of
from qpim_emu.frontends.tflite.refusal import Refusal
from qpim_emu.workload.operations import Clamp, Lookup, Rescale, Softmax, Softmax16, WideSoftmax

if TYPE_CHECKING:
    from qpim_emu.frontends.tflite.call import Call

__all__ = ["logistic", "relu", "relu6", "softmax", "tanh"]

LITERT = "litert-ref"
NUMBER_OF_RELU, NUMBER_OF_RELU6 = 1, 3
"""Activations as if they were fused."""
LOGISTIC_SCALE, LOGISTIC_ZERO_POINT = 2.0**-8, -128
TANH_SCALE = 2.0**-7
SCALE_OF_16_BITS = 2.0**-15
WIDE_SOFTMAX = (2.0**-16, -32768)
"""Scale and zero point of 16-bit probabilities of 8-bit codes."""


def relu(call: Call) -> None:
    """Rescale, and limit to what is not negative; LiteRT divides the scales in float32."""
    call.same_type()
    low, high = call.limits(NUMBER_OF_RELU)
    inputs, output = call.tensor(), call.output
    operation = Rescale.from_scales(
        input_scale=inputs.scale(),
        input_zero_point=inputs.zero_point(),
        output_scale=output.scale(),
        output_zero_point=output.zero_point(),
        low=low,
        high=high,
        rule=ScaleRule.F32 if call.graph.preset == LITERT else ScaleRule.DOUBLE,
    )
    call.add(operation, call.source())


def relu6(call: Call) -> None:
    """Limit to 0..6."""
    call.same_type()
    call.same_scale()
    low, high = call.limits(NUMBER_OF_RELU6)
    call.add(Clamp(low=low, high=high), call.source())


def logistic(call: Call) -> None:
    """Read the logistic function from a table."""
    inputs = call.tensor()
    if inputs.type == "INT16":
        check_output(call, "INT16", SCALE_OF_16_BITS, 0)
        check_symmetric(call)
        call.add(Lookup.sigmoid16(input_scale=inputs.scale()), call.source())
        return
    check_output(call, "INT8", LOGISTIC_SCALE, LOGISTIC_ZERO_POINT)
    table = Lookup.sigmoid(input_scale=inputs.scale(), input_zero_point=inputs.zero_point())
    call.add(table, call.source())


def tanh(call: Call) -> None:
    """Read the hyperbolic tangent from a table."""
    inputs = call.tensor()
    if inputs.type == "INT16":
        check_output(call, "INT16", SCALE_OF_16_BITS, 0)
        check_symmetric(call)
        call.add(Lookup.tanh16(input_scale=inputs.scale()), call.source())
        return
    check_output(call, "INT8", TANH_SCALE, 0)
    table = Lookup.tanh(input_scale=inputs.scale(), input_zero_point=inputs.zero_point())
    call.add(table, call.source())


def softmax(call: Call) -> None:
    """Normalize the exponentials along the file's last axis."""
    inputs, source = call.tensor(), call.source()
    rank = len(inputs.shape)
    axis = axes_of(rank).index(rank - 1) - 1
    constants = {"input_scale": inputs.scale(), "beta": call.options.Beta(), "axis": axis}
    if inputs.type == "INT16":
        check_output(call, "INT16", SCALE_OF_16_BITS, 0)
        check_symmetric(call)
        table = TableFloat.FLOAT64 if call.graph.preset == LITERT else TableFloat.FLOAT32
        call.add(Softmax16.from_scale(**constants, table_float=table), source)
    elif call.output.type == "INT16":
        check_output(call, "INT16", *WIDE_SOFTMAX)
        call.add(WideSoftmax.from_scale(**constants), source)
    else:
        check_output(call, "INT8", LOGISTIC_SCALE, LOGISTIC_ZERO_POINT)
        call.add(Softmax.from_scale(**constants), source)


def check_output(call: Call, kind: str, scale: float, zero_point: int) -> None:
    """Refuse another output than the one that the engines' kernels give."""
    output = call.output
    got = output.type, output.scale(), output.zero_point()
    if got != (kind, scale, zero_point):
        msg = f"output must be {kind} of scale {scale} and zero point {zero_point}, got "
        raise Refusal(msg + f"{got[0]} of {got[1]} and {got[2]}")


def check_symmetric(call: Call) -> None:
    """Refuse a zero point of a 16-bit input."""
    if call.tensor().zero_point():
        msg = f"zero point of {call.tensor().title} must be 0, got {call.tensor().zero_point()}"
        raise Refusal(msg)
