"""How long does an emulated convolution take, next to the same sums on plain arrays?

``python -m tests.benchmarks.conv [batch]``: 3x3, 64 channels to 64, 56x56 pixels, 115.6 million
multiply-accumulates an image, 8 bits, on `PAPER`. Every figure comes from one interleaved run:

``emulated``
    From codes to output codes: mapping, placement into the bank image, decoding through the
    masks, sums, requantization, packing, counters and cycles.
``plain``
    The same exact sums and the same requantization, from and to plain arrays: im2col in float32,
    one BLAS product, int64.
``product``
    The BLAS product of that alone, its operands unfolded beforehand.
``int64``
    NumPy's ``@`` on int64, operands unfolded beforehand.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from qpim_emu.engine.run import Tier, run_layer
from qpim_emu.hardware import PAPER
from qpim_emu.workload.layers import Conv2d
from qpim_emu.workload.requantize import Requantize
from tests.benchmarks.interleave import best_times, print_ratios

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

CHANNELS, SIZE, KERNEL = 64, 56, 3


def make_layer() -> Conv2d:
    """The layer, with random weights."""
    rng = np.random.default_rng(0)
    return Conv2d(
        weights=rng.integers(-128, 128, (CHANNELS, CHANNELS, KERNEL, KERNEL)),
        weight_type="int8",
        activation_type="int8",
        padding=1,
        bias=rng.integers(-1000, 1000, CHANNELS),
        requantize=Requantize(mode="shift", shift=9, rounding="half_up", low=-128, high=127),
    )


def unfold(codes: IntArray, dtype: type[np.generic]) -> NDArray[Any]:
    """im2col: ``[images x pixels, taps x channels]``."""
    shape = len(codes), SIZE + 2, SIZE + 2, CHANNELS
    padded: NDArray[Any] = np.zeros(shape, dtype)
    padded[:, 1:-1, 1:-1] = codes.transpose(0, 2, 3, 1)
    windows = sliding_window_view(padded, (KERNEL, KERNEL), axis=(1, 2))
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, KERNEL * KERNEL * CHANNELS)


def compute_plainly(layer: Conv2d, codes: IntArray) -> IntArray:
    """Outputs ``int64[images, filters, height, width]``, exact: every sum is below 2**24."""
    table = layer.weights.transpose(0, 2, 3, 1).reshape(CHANNELS, -1).astype(np.float32)
    sums = (unfold(codes, np.float32) @ table.T).astype(np.int64) + layer.bias
    outputs, _ = layer.requantize.apply(sums, filters=slice(None))
    return np.ascontiguousarray(
        outputs.reshape(len(codes), SIZE, SIZE, CHANNELS).transpose(0, 3, 1, 2)
    )


def main(batch: int = 1) -> None:
    """Run the comparison and print it."""
    layer = make_layer()
    codes = np.random.default_rng(1).integers(-128, 128, (batch, CHANNELS, SIZE, SIZE))
    table = layer.weights.transpose(0, 2, 3, 1).reshape(CHANNELS, -1)
    rows, few = unfold(codes, np.float32), unfold(codes[:1], np.int64)
    turned = table.astype(np.float32).T
    result = run_layer(layer, codes, spec=PAPER, tier=Tier.FAST)
    np.testing.assert_array_equal(result.outputs, compute_plainly(layer, codes))
    times = best_times(
        {
            "emulated": lambda: run_layer(layer, codes, spec=PAPER, tier=Tier.FAST),
            "plain": lambda: compute_plainly(layer, codes),
            "product": lambda: rows @ turned,
        }
    )
    times |= {"int64": batch * best_times({"int64": lambda: few @ table.T}, rounds=3)["int64"]}
    print_ratios(times, unit="emulated")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
