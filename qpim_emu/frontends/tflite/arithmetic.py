"""ADD, SUB and MUL."""

from __future__ import annotations

from math import frexp
from typing import TYPE_CHECKING, Any

from qpim_emu.arith.scales import ScaleRule
from qpim_emu.frontends.tflite.refusal import Refusal
from qpim_emu.workload.operations import Add, Mul, Sub

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.frontends.tflite.call import Call
    from qpim_emu.workload.operations import Operation

__all__ = ["add", "mul", "sub"]

LITERT = "litert-ref"
TFLM_F32 = "tflm-f32"
POWER_OF_TWO = 0.5
"""Significand of one, as `math.frexp` splits it."""


def add(call: Call) -> None:
    """Add two tensors."""
    refuse_powers_of_two(call)
    pairwise(call, lambda constants: Add.from_scales(**constants, bits=bits_of(call)))


def sub(call: Call) -> None:
    """Subtract the second tensor.

    The constants are computed in double, as the engines that we compare with do; in float32 under
    preset ``tflm-f32``, as the sources of TFLite Micro say (see `Sub`).
    """
    refuse_powers_of_two(call)
    rule = ScaleRule.F32 if call.graph.preset == TFLM_F32 else ScaleRule.DOUBLE
    pairwise(
        call,
        lambda constants: Sub.from_scales(**constants, bits=bits_of(call), rule=rule),
        commutes=False,
    )


def mul(call: Call) -> None:
    """Multiply two tensors; LiteRT computes the quotient of the scales in float32."""
    rule = ScaleRule.F32 if call.graph.preset == LITERT else ScaleRule.DOUBLE
    pairwise(call, lambda constants: Mul.from_scales(**constants, rule=rule))


def bits_of(call: Call) -> int:
    """Width of the output's codes."""
    return call.output.format.bits


def pairwise(
    call: Call, make: Callable[[dict[str, Any]], Operation], *, commutes: bool = True
) -> None:
    """Append an operation on two tensors, the one that is spread over the other as the second."""
    call.same_type(0, 1)
    order = (0, 1)
    if call.tensor(0).shape != call.output.shape:
        if not commutes:
            msg = (
                f"first input must have the output's shape {list(call.output.shape)}, got "
                f"{list(call.tensor(0).shape)}; spread the second one instead"
            )
            raise Refusal(msg)
        order = (1, 0)
    first, second = (call.tensor(position) for position in order)
    low, high = call.limits(call.options.FusedActivationFunction())
    constants = {
        "scales": (first.scale(), second.scale()),
        "zero_points": (first.zero_point(), second.zero_point()),
        "output_scale": call.output.scale(),
        "output_zero_point": call.output.zero_point(),
        "low": low,
        "high": high,
    }
    names = [operand(call, position) for position in order]
    call.add(make(constants), *names)


def operand(call: Call, position: int) -> str:
    """Name of an input in as many axes as the output has."""
    tensor, rank = call.tensor(position), len(call.output.shape)
    if tensor.is_constant:
        return call.graph.hold(tensor, rank=rank)
    if len(tensor.shape) != rank:
        shape = list(tensor.shape)
        msg = f"{tensor.title} must have {rank} axes as the output, got {shape}; reshape it first"
        raise Refusal(msg)
    return call.source(position)


def refuse_powers_of_two(call: Call) -> None:
    """Refuse what LiteRT computes by shifts alone: 16 bits, all scales powers of two."""
    if call.graph.preset != LITERT or call.output.type != "INT16":
        return
    if not call.options.PotScaleInt16():
        return
    scales = [tensor.scale() for tensor in (call.tensor(0), call.tensor(1), call.output)]
    if all(frexp(scale)[0] == POWER_OF_TWO for scale in scales):
        msg = "scales must not all be powers of two, which LiteRT shifts by; use preset tflm"
        raise Refusal(msg)
