"""What convolutions and fully-connected layers have in common: operands, bias, requantization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qpim_emu.frontends.presets import rule_of
from qpim_emu.frontends.tflite.refusal import Refusal
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.from_scales import from_scales

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from qpim_emu.frontends.presets import Operation
    from qpim_emu.frontends.tflite.call import Call
    from qpim_emu.frontends.tflite.tensors import FileTensor
    from qpim_emu.typing import IntArray

__all__ = ["lane_options"]

BIAS = 2
NARROW, WIDE = 32, 48
"""Accumulators of 32 bits, and of 64 bits of which requantization takes 48."""
INT32 = 2
"""TensorType of the schema, as ``quantized_bias_type`` uses it."""
LITERT = "litert-ref"


def lane_options(
    call: Call, *, filters: int, filter_axis: int, rules: Mapping[bool, Operation]
) -> dict[str, Any]:
    """Parameters of a layer but for its weights and its shape.

    Parameters
    ----------
    call
        An operator with an input, weights and perhaps a bias.
    filters, filter_axis
        How many, and the axis of the weights that counts them.
    rules
        Whose requantization, without and with accumulators of 64 bits.
    """
    inputs, weights, output = call.tensor(), call.tensor(1), call.output
    check_types(call, inputs, weights)
    wide = is_wide(call)
    low, high = call.limits(call.options.FusedActivationFunction())
    return {
        "weight_type": weights.format,
        "activation_type": inputs.format,
        "activation_zero_point": inputs.zero_point(),
        "weight_zero_point": weights.zero_point(),
        "bias": bias_of(call.optional(BIAS), filters),
        "accumulator": Accumulator(bits=WIDE if wide else NARROW),
        "requantize": from_scales(
            input_scale=inputs.scale(),
            weight_scale=weight_scale(weights, filters, filter_axis),
            output_scale=output.scale(),
            preset=rule_of(call.graph.preset, rules[wide]),
            low=low,
            high=high,
            zero_point=output.zero_point(),
        ),
    }


def check_types(call: Call, inputs: FileTensor, weights: FileTensor) -> None:
    """Refuse weights that are floats, or wider than the engines take them."""
    call.same_type()
    allowed = {"INT8": {"INT8", "INT4"}, "INT16": {"INT8"}}.get(inputs.type, set())
    if weights.type not in allowed:
        msg = f"weights of {inputs.type} inputs must be {' or '.join(sorted(allowed)) or 'INT8'}, "
        msg += f"got {weights.type}; quantize weights and activations to integers"
        raise Refusal(msg)


def is_wide(call: Call) -> bool:
    """Whether accumulators have 64 bits: 16-bit inputs, unless the bias has 32."""
    bias = call.optional(BIAS)
    if call.tensor().type != "INT16":
        if bias is not None and bias.type != "INT32":
            msg = f"bias of INT8 inputs must be INT32, got {bias.type}"
            raise Refusal(msg)
        return False
    declared = getattr(call.options, "QuantizedBiasType", int)() == INT32
    if bias is None:
        return not declared
    if bias.type == "INT32":
        check_narrow_bias(call, declared=declared)
    return bias.type != "INT32"


def check_narrow_bias(call: Call, *, declared: bool) -> None:
    """Refuse a bias of 32 bits that an engine takes for one of 64, reading beyond its end."""
    if call.operator.kind == "DEPTHWISE_CONV_2D":
        msg = "bias of INT16 inputs must be INT64 in depthwise convolutions, got INT32"
        raise Refusal(msg)
    if call.graph.preset == LITERT and not declared:
        msg = (
            "bias of INT32 must be announced by quantized_bias_type, which LiteRT goes by; "
            "convert again with a newer converter"
        )
        raise Refusal(msg)


def bias_of(bias: FileTensor | None, filters: int) -> IntArray | None:
    """Read the bias, one integer for each filter."""
    if bias is None:
        return None
    if bias.type not in {"INT32", "INT64"} or bias.shape != (filters,):
        msg = f"bias must be {filters} of INT32 or INT64, got {list(bias.shape)} of {bias.type}"
        raise Refusal(msg)
    return bias.constant()


def weight_scale(weights: FileTensor, filters: int, axis: int) -> float | NDArray[Any]:
    """One scale, or one for each filter."""
    scales = weights.channel_scales(filters, axis=axis)
    return float(scales[0]) if scales.size == 1 else scales
