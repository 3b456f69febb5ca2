"""Which function reads which operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.frontends.tflite import (
    activations,
    arithmetic,
    convolution,
    fully_connected,
    moving,
    pooling,
    quantizing,
    slicing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qpim_emu.frontends.tflite.call import Call

__all__ = ["READERS"]

READERS: Mapping[str, Callable[[Call], None]] = {
    "ADD": arithmetic.add,
    "AVERAGE_POOL_2D": pooling.average_pool_2d,
    "CONCATENATION": moving.concatenation,
    "CONV_2D": convolution.conv_2d,
    "DEPTHWISE_CONV_2D": convolution.depthwise_conv_2d,
    "DEQUANTIZE": quantizing.dequantize,
    "EXPAND_DIMS": moving.reshape,
    "FULLY_CONNECTED": fully_connected.fully_connected,
    "LOGISTIC": activations.logistic,
    "MAX_POOL_2D": pooling.max_pool_2d,
    "MEAN": pooling.mean,
    "MUL": arithmetic.mul,
    "PAD": moving.pad,
    "QUANTIZE": quantizing.quantize,
    "RELU": activations.relu,
    "RELU6": activations.relu6,
    "RESHAPE": moving.reshape,
    "SLICE": slicing.slice_,
    "SOFTMAX": activations.softmax,
    "SQUEEZE": moving.reshape,
    "STRIDED_SLICE": slicing.strided_slice,
    "SUB": arithmetic.sub,
    "TANH": activations.tanh,
    "TRANSPOSE": moving.transpose,
}
"""Readers by operator, as the schema spells it."""
