"""CONV_2D and DEPTHWISE_CONV_2D."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qpim_emu.frontends.presets import Operation
from qpim_emu.frontends.tflite.lanes import lane_options
from qpim_emu.frontends.tflite.refusal import Refusal
from qpim_emu.frontends.tflite.windows import image_shape, padding_of
from qpim_emu.workload.layers import Conv2d

if TYPE_CHECKING:
    from qpim_emu.frontends.tflite.call import Call
    from qpim_emu.frontends.tflite.tensors import FileTensor

__all__ = ["conv_2d", "depthwise_conv_2d"]

TFLM = "tflm"
"""How the presets of TFLite Micro begin."""

FILTER_AXIS, DEPTHWISE_FILTER_AXIS = 0, 3
OPERATIONS = {False: Operation.CONV, True: Operation.CONV_16X8}


def conv_2d(call: Call) -> None:
    """Convolve; weights are ``[filters, height, width, channels of a group]``."""
    image, weights = image_shape(call.tensor()), call.tensor(1)
    _, *kernel, channels = image_shape(weights)
    if image[3] % channels:
        msg = f"channels of a filter must divide the {image[3]} of the input, got {channels}"
        raise Refusal(msg)
    check_symmetric(weights)
    codes = weights.constant().transpose(0, 3, 1, 2)
    layer = Conv2d(
        weights=codes,
        groups=image[3] // channels,
        **windows(call, kernel),
        **lane_options(call, filters=codes.shape[0], filter_axis=FILTER_AXIS, rules=OPERATIONS),
    )
    call.add(layer, call.source())


def depthwise_conv_2d(call: Call) -> None:
    """Convolve each channel by itself; weights are ``[1, height, width, filters]``.

    The filters of a channel are counted from the sizes, whatever ``depth_multiplier`` says, as
    LiteRT does; TFLite Micro goes by that option, which must therefore be right under its presets.
    """
    image, weights = image_shape(call.tensor()), call.tensor(1)
    one, *kernel, filters = image_shape(weights)
    if one != 1 or filters % image[3]:
        msg = f"weights must be [1, height, width, n * {image[3]}], got {list(weights.shape)}"
        raise Refusal(msg)
    check_symmetric(weights)
    multiplier, said = filters // image[3], call.options.DepthMultiplier()
    if call.graph.preset.startswith(TFLM) and said != multiplier:
        msg = f"depth_multiplier must be {multiplier}, got {said}; use preset litert-ref"
        raise Refusal(msg)
    codes = weights.constant().transpose(3, 0, 1, 2)
    layer = Conv2d(
        weights=codes,
        groups=image[3],
        **windows(call, kernel),
        **lane_options(call, filters=filters, filter_axis=DEPTHWISE_FILTER_AXIS, rules=OPERATIONS),
    )
    call.add(layer, call.source())


def check_symmetric(weights: FileTensor) -> None:
    """Refuse a zero point of the weights, which the engines' convolutions pass over."""
    if weights.zero_point():
        msg = f"zero point of {weights.title} must be 0, got {weights.zero_point()}"
        raise Refusal(msg)


def windows(call: Call, kernel: list[int]) -> dict[str, Any]:
    """Strides, dilations and padding of a convolution."""
    options = call.options
    stride = (options.StrideH(), options.StrideW())
    dilation = (options.DilationHFactor(), options.DilationWFactor())
    return {
        "stride": stride,
        "dilation": dilation,
        "padding": padding_of(
            call, options.Padding(), kernel=(kernel[0], kernel[1]), stride=stride, dilation=dilation
        ),
    }
