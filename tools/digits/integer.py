"""Integer-only inference in NumPy int64, used to measure accuracy; independent of `qpim_emu`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.digits.network import Codes, Flatten, IntegerNetwork, MacLayer, MaxPool, Operation, Relu
from tools.digits.plan import Kind
from tools.digits.requantize import apply_requantize

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["infer", "trace"]


def check_codes(codes: NDArray[np.int64], expected: Codes, where: str) -> None:
    """Raise OverflowError if a code lies outside its format."""
    if codes.min() < expected.low or codes.max() > expected.high:
        msg = f"codes of {where} must fit {expected}, got {codes.min()}..{codes.max()}"
        raise OverflowError(msg)


def accumulate(x: NDArray[np.int64], layer: MacLayer) -> NDArray[np.int64]:
    """Exact accumulators of `layer`, filters last; padding holds the zero point's code."""
    if layer.kind is Kind.LINEAR:
        return (x - layer.inputs.zero_point) @ layer.weights.T + layer.bias
    top, left, bottom, right = layer.pads
    padded = np.pad(
        x,
        ((0, 0), (0, 0), (top, bottom), (left, right)),
        constant_values=layer.inputs.zero_point,
    )
    kernel = layer.weights.shape[2:]
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(2, 3))
    windows = windows[:, :, :: layer.stride, :: layer.stride] - layer.inputs.zero_point
    count, channels, height, width = windows.shape[:4]
    grouped = windows.reshape(count, layer.groups, channels // layer.groups, *windows.shape[2:])
    weights = layer.weights.reshape(layer.groups, -1, *layer.weights.shape[1:])
    total = np.einsum("ngchwyx,gmcyx->nhwgm", grouped, weights, optimize=True)
    return total.reshape(count, height, width, -1) + layer.bias


def apply_mac(layer: MacLayer, x: NDArray[np.int64]) -> NDArray[np.int64]:
    """Output codes, or accumulators where nothing requantizes them; checks every width."""
    check_codes(x, layer.inputs, layer.name)
    total = accumulate(x, layer)
    if int(np.abs(total).max()) >= 1 << (layer.accumulator_bits - 1):
        msg = f"accumulators of {layer.name} must fit {layer.accumulator_bits} bits"
        raise OverflowError(msg)
    codes = total if layer.requantize is None else apply_requantize(total, layer.requantize)
    return np.moveaxis(codes, -1, 1)


def apply_max_pool(x: NDArray[np.int64], side: int) -> NDArray[np.int64]:
    """Largest code of each tile of `side` x `side`."""
    count, channels, height, width = x.shape
    tiles = x.reshape(count, channels, height // side, side, width // side, side)
    return tiles.max(axis=(3, 5))


def apply(operation: Operation, x: NDArray[np.int64]) -> NDArray[np.int64]:
    """Apply one operation to codes."""
    match operation:
        case MacLayer():
            return apply_mac(operation, x)
        case Relu(zero_point=zero_point):
            return np.maximum(x, zero_point)
        case MaxPool(side=side):
            return apply_max_pool(x, side)
        case Flatten():
            return x.reshape(len(x), -1)


def trace(network: IntegerNetwork, pixels: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Codes after the input and after each operation, for pixels ``int64[n, 1, 8, 8]``."""
    values = [pixels << network.input_shift]
    for operation in network.operations:
        values.append(apply(operation, values[-1]))
    return values


def infer(network: IntegerNetwork, pixels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Logits ``int64[n, 10]`` of pixels ``int64[n, 1, 8, 8]``, codes 0..16."""
    return trace(network, pixels)[-1]
