"""AVERAGE_POOL_2D, MAX_POOL_2D and MEAN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.frontends.tflite.graph import axes_of
from qpim_emu.frontends.tflite.refusal import Refusal
from qpim_emu.frontends.tflite.windows import image_shape, padding_of
from qpim_emu.workload.operations import AveragePool2d, MaxPool2d, Mean, Transpose

if TYPE_CHECKING:
    from qpim_emu.frontends.tflite.call import Call

__all__ = ["average_pool_2d", "max_pool_2d", "mean"]


def average_pool_2d(call: Call) -> None:
    """Average over windows."""
    pool(call, AveragePool2d)


def max_pool_2d(call: Call) -> None:
    """Maximum over windows."""
    pool(call, MaxPool2d)


def pool(call: Call, kind: type[AveragePool2d | MaxPool2d]) -> None:
    """Append a pooling operation, with limits where an activation is fused."""
    call.same_type()
    call.same_scale()
    image_shape(call.tensor())
    options = call.options
    kernel = (options.FilterHeight(), options.FilterWidth())
    stride = (options.StrideH(), options.StrideW())
    padding = padding_of(call, options.Padding(), kernel=kernel, stride=stride)
    low, high = call.limits(options.FusedActivationFunction())
    stored = call.output.format
    call.add(
        kind(
            kernel=kernel,
            stride=stride,
            padding=padding,
            low=None if low == stored.min else low,
            high=None if high == stored.max else high,
        ),
        call.source(),
    )


def mean(call: Call) -> None:
    """Average over axes."""
    call.same_type()
    inputs, output = call.tensor(), call.output
    rank = len(inputs.shape)
    given = {int(axis) + rank * (axis < 0) for axis in call.tensor(1).constant().reshape(-1)}
    if not given or 0 in given or not given <= set(range(rank)):
        msg = f"axes must be among 1..{rank - 1}, got {sorted(given)}; the batch must stay"
        raise Refusal(msg)
    options = call.operator.options
    keep = bool(options is not None and options.KeepDims())
    order = axes_of(rank)
    operation = Mean.from_scales(
        axes=tuple(sorted(order.index(axis) - 1 for axis in given)),
        keep_axes=keep,
        input_scale=inputs.scale(),
        input_zero_point=inputs.zero_point(),
        output_scale=output.scale(),
        output_zero_point=output.zero_point(),
        low=output.format.min,
        high=output.format.max,
    )
    left = [axis for axis in order if axis not in given]
    if keep or left == sorted(left):
        call.add(operation, call.source())
    else:
        made = call.add(operation, call.source(), part="nchw")
        ranked = sorted(left)
        call.add(Transpose(axes=tuple(left.index(axis) - 1 for axis in ranked[1:])), made)
