"""The network twice: in floating point, and with fake quantization in the forward pass.

Scales are learned (LSQ: Esser et al., "Learned Step Size Quantization", ICLR 2020) through
straight-through rounding; they are kept as logarithms, so that they stay positive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from tools.digits.plan import (
    INPUT_SCALE,
    PLAN,
    Activation,
    Granularity,
    Kind,
    MacPlan,
    Mode,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FloatNet", "QuantizedMac", "QuantizedNet", "multiply_accumulate"]


def multiply_accumulate(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, plan: MacPlan
) -> torch.Tensor:
    """Run the bare MAC layer of `plan`; images are flattened channel-major before linear."""
    if plan.kind is Kind.LINEAR:
        return functional.linear(x.flatten(1), weight, bias)
    top, left, bottom, right = plan.pads
    padded = functional.pad(x, (left, right, top, bottom))
    return functional.conv2d(padded, weight, bias, stride=plan.stride, groups=plan.groups)


def follow(y: torch.Tensor, plan: MacPlan) -> torch.Tensor:
    """Apply the ReLU (wherever the plan computes it) and the pooling after a MAC layer."""
    if plan.activation is not Activation.NONE:
        y = functional.relu(y)
    return functional.max_pool2d(y, plan.pool) if plan.pool > 1 else y


class FloatMac(nn.Module):
    """A MAC layer with batch normalization (none on the logits)."""

    def __init__(self, plan: MacPlan) -> None:
        super().__init__()
        self.plan = plan
        shape = (plan.outputs, plan.inputs // plan.groups)
        conv = plan.kind is Kind.CONV
        self.weight = nn.Parameter(torch.empty(*shape, *([plan.kernel] * 2 if conv else [])))
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        self.bias = nn.Parameter(torch.zeros(plan.outputs))
        norm = nn.BatchNorm2d if conv else nn.BatchNorm1d
        self.norm = nn.Identity() if plan.mode is Mode.NONE else norm(plan.outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the layer with what follows it."""
        y = self.norm(multiply_accumulate(x, self.weight, self.bias, self.plan))
        return follow(y, self.plan)

    def fold(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Weights and bias with the batch normalization folded in, detached."""
        weight, bias, norm = self.weight.detach(), self.bias.detach(), self.norm
        if isinstance(norm, nn.Identity):
            return weight.clone(), bias.clone()
        gain = norm.weight.detach() / torch.sqrt(norm.running_var + norm.eps)
        folded = weight * gain.reshape(-1, *[1] * (weight.dim() - 1))
        return folded, (bias - norm.running_mean) * gain + norm.bias.detach()


class FloatNet(nn.Sequential):
    """The floating-point network; takes images scaled to 0..1."""

    def __init__(self) -> None:
        super().__init__(*[FloatMac(plan) for plan in PLAN])


def round_through(x: torch.Tensor) -> torch.Tensor:
    """Round half to even; the gradient passes unchanged."""
    return x + (x.round() - x).detach()


class QuantizedMac(nn.Module):
    """A MAC layer whose weights, bias and outputs pass through their codes.

    Parameters
    ----------
    plan
        The layer.
    weight, bias
        Folded floating-point parameters to start from.
    input_scale
        Called for the real value of one input code: the scale of the layer before.
    """

    def __init__(
        self,
        plan: MacPlan,
        weight: torch.Tensor,
        bias: torch.Tensor,
        input_scale: Callable[[], torch.Tensor],
    ) -> None:
        super().__init__()
        self.plan = plan
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(bias)
        self.input_scale = input_scale
        per_channel = plan.granularity is Granularity.PER_CHANNEL
        magnitudes = weight.abs().flatten(1) if per_channel else weight.abs().reshape(1, -1)
        largest = 2 ** (plan.weight_bits - 1) - 1
        start = torch.minimum(
            magnitudes.amax(1) / largest, 2 * magnitudes.mean(1) / largest**0.5
        ).clamp_min(1e-6)
        self.log_weight_scale = nn.Parameter(start.log())
        self.log_output_scale = nn.Parameter(torch.zeros(()))
        self.zero_point = 0
        self.shift = 0

    @property
    def weight_scale(self) -> torch.Tensor:
        """Real value of one weight code, ``[filters]`` or ``[1]``."""
        return self.log_weight_scale.exp()

    def output_scale(self) -> torch.Tensor:
        """Real value of one output code; shifts tie it to the accumulator's unit."""
        if self.plan.mode is Mode.SHIFT_HALF_EVEN:
            return self.input_scale() * self.weight_scale[0] * 2**self.shift
        return self.log_output_scale.exp()

    def calibrate(self, y: torch.Tensor) -> None:
        """Set output scale and zero point from floating-point outputs before the ReLU."""
        codes = self.plan.output
        if codes is None:
            return
        bounds = torch.quantile(y.flatten()[:1_000_000], torch.tensor([0.002, 0.998]))
        lowest, highest = (float(bound) for bound in bounds)
        if codes.zero_point is None:
            scale = (highest - lowest) / (codes.high - codes.low)
            self.zero_point = codes.low + round(-lowest / scale)
        else:
            self.zero_point = codes.zero_point
            scale = highest / (codes.high - codes.zero_point)
        self.log_output_scale.data = torch.tensor(scale).log()
        unit = float(self.input_scale() * self.weight_scale[0])
        self.shift = round(float(torch.tensor(scale / unit).log2()))

    def quantize_weight(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Weights and bias as the real values of their codes."""
        scale = self.weight_scale.reshape(-1, *[1] * (self.weight.dim() - 1))
        half = 2 ** (self.plan.weight_bits - 1)
        weight = round_through((self.weight / scale).clamp(-half, half - 1)) * scale
        unit = self.weight_scale * self.input_scale()
        return weight, round_through(self.bias / unit) * unit

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the layer with what follows it; every output is the value of a code."""
        weight, bias = self.quantize_weight()
        y = multiply_accumulate(x, weight, bias, self.plan)
        codes = self.plan.output
        if codes is not None:
            clamp = self.plan.activation is Activation.CLAMP
            low = 0 if clamp else codes.low - self.zero_point
            scale = self.output_scale()
            y = round_through((y / scale).clamp(low, codes.high - self.zero_point)) * scale
        return follow(y, self.plan)


class QuantizedNet(nn.Sequential):
    """The fake-quantized network, started from a trained `FloatNet` and calibrated.

    Parameters
    ----------
    start
        The trained network.
    images
        Calibration images ``float32[n, 1, 8, 8]``, scaled to 0..1.
    """

    def __init__(self, start: FloatNet, images: torch.Tensor) -> None:
        layers: list[QuantizedMac] = []
        scale: Callable[[], torch.Tensor] = lambda: torch.tensor(INPUT_SCALE)  # noqa: E731
        x = images
        for plan, layer in zip(PLAN, start, strict=True):
            weight, bias = layer.fold()
            quantized = QuantizedMac(plan, weight, bias, scale)
            with torch.no_grad():
                y = multiply_accumulate(x, weight, bias, plan)
                quantized.calibrate(y)
                x = follow(y, plan)
            layers.append(quantized)
            scale = quantized.output_scale
        super().__init__(*layers)
