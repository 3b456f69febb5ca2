"""How long does an emulated convolution take, next to the same sums on plain arrays?

``python -m tests.benchmarks.conv [batch]``: 3x3, 64 channels to 64, 56x56 pixels, 115.6 million
multiply-accumulates an image, 8 bits, on `PAPER`. Every figure comes from one interleaved run, but
for that of PIMeval in the table of targets: its functional simulation of a convolution of this size
takes `PIMEVAL_S` on a core of this kind; the figure is a constant, and not measured in this run.

``emulated``
    From codes to output codes: mapping, placement into the bank image, decoding through the
    masks, sums, requantization, packing, counters and cycles.
``plain``
    The same exact sums and the same requantization, from and to plain ``int64`` arrays: tiles of
    rows unfolded in float32, one BLAS product each (every sum is below 2**24).
``product``
    The BLAS products of that alone, their operands unfolded beforehand.
``int64 w @ cols``
    ``weights.reshape(64, -1) @ columns``, both ``int64``, im2col included: the usual way to write
    a convolution in NumPy. Sums only. Of one image, times the batch.
``int64 rows @ w.T``
    The other order of the operands, which NumPy's loop for integers computes faster.
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
from tests.benchmarks.bare import bare, products_of
from tests.benchmarks.interleave import Times, print_ratios, take_times
from tests.benchmarks.race import Entrant, race
from tests.benchmarks.rows import Row
from tests.benchmarks.stacks import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

__all__ = ["rows"]

CHANNELS, SIZE, KERNEL = 64, 56, 3
TILE_ROWS = 14
ROUNDS = 15
PIMEVAL_S = 3.2


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


def pad(codes: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """Pixels with borders, channels last."""
    padded: NDArray[Any] = np.zeros((len(codes), SIZE + 2, SIZE + 2, CHANNELS), dtype)
    padded[:, 1:-1, 1:-1] = codes.transpose(0, 2, 3, 1)
    return padded


def unfold(padded: NDArray[Any]) -> NDArray[Any]:
    """im2col of padded rows of pixels: ``[images x pixels, taps x channels]``."""
    windows = sliding_window_view(padded, (KERNEL, KERNEL), axis=(1, 2))
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, KERNEL * KERNEL * CHANNELS)


def weight_rows(layer: Conv2d) -> IntArray:
    """Weights in the order of `unfold`, ``int64[filters, taps x channels]``."""
    return layer.weights.transpose(0, 2, 3, 1).reshape(CHANNELS, -1)


def compute_plainly(layer: Conv2d, codes: NDArray[Any]) -> IntArray:
    """Outputs ``int64[images, filters, height, width]``."""
    table = weight_rows(layer).astype(np.float32)
    padded = pad(codes, np.float32)
    outputs = np.empty((len(codes), CHANNELS, SIZE, SIZE), np.int64)
    for image in range(len(codes)):
        for first in range(0, SIZE, TILE_ROWS):
            rows = padded[image : image + 1, first : first + TILE_ROWS + KERNEL - 1]
            sums = (unfold(rows) @ table.T).astype(np.int64) + layer.bias
            found, _ = layer.requantize.apply(sums, filters=slice(None))
            part = found.reshape(-1, SIZE, CHANNELS).transpose(2, 0, 1)
            outputs[image, :, first : first + TILE_ROWS] = part
    return outputs


def random_codes(batch: int) -> NDArray[np.int8]:
    """Codes of its input."""
    shape = batch, CHANNELS, SIZE, SIZE
    return np.random.default_rng(1).integers(-128, 128, shape, np.int8)


def rows() -> Iterator[Row]:
    """Compare one image with plain arrays, the kernel alone, and PIMeval."""
    layer, codes = make_layer(), random_codes(1)
    macs = layer.geometry(codes.shape).macs
    entrants = {
        "emulated": Entrant(lambda: run_layer(layer, codes, spec=PAPER, tier=Tier.FAST), macs),
        "plain": Entrant(lambda: compute_plainly(layer, codes), macs),
        "bare": Entrant(bare(products_of(Step(layer, codes, macs))), macs),
    }
    found = race(entrants, rounds=ROUNDS)
    name = "3x3 convolution 64x56x56 -> 64, emulated"
    yield Row(
        what=f"{name}, speed",
        ours=found.cell("emulated"),
        other=f"PIMeval, not in this run: {PIMEVAL_S} s",
        found=PIMEVAL_S * 1e3 / found.milliseconds("emulated"),
    )
    yield found.row(name, "emulated", "plain")
    yield found.row(name, "emulated", "bare")


def main(batch: int = 1) -> None:
    """Run the comparison and print it."""
    layer = make_layer()
    codes = random_codes(batch)
    table = weight_rows(layer)
    rows, turned = unfold(pad(codes, np.float32)), table.astype(np.float32).T
    result = run_layer(layer, codes, spec=PAPER, tier=Tier.FAST)
    np.testing.assert_array_equal(result.outputs, compute_plainly(layer, codes))
    one = codes[:1]
    times = take_times(
        {
            "emulated": lambda: run_layer(layer, codes, spec=PAPER, tier=Tier.FAST),
            "plain": lambda: compute_plainly(layer, codes),
            "product": lambda: rows @ turned,
            "int64 w @ cols": lambda: table @ np.ascontiguousarray(unfold(pad(one, np.int64)).T),
            "int64 rows @ w.T": lambda: unfold(pad(one, np.int64)) @ table.T,
        },
        rounds=ROUNDS,
    )
    for name in times:
        if name.startswith("int64"):
            times[name] = Times(*([batch * second for second in part] for part in times[name]))
    for unit in ("plain", "emulated"):
        print_ratios(times, unit=unit)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
