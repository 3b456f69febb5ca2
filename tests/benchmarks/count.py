"""How long does it take to count networks without their data?

``python -m tests.benchmarks.count``: VGG-16 and the 3x3 stages of a deep residual network at
224x224 pixels on `PAPER`, planning included, with nothing remembered from a run before.
"""

from __future__ import annotations

import numpy as np

from qpim_emu.engine.run import count_layer
from qpim_emu.engine.structure.measure import measure_rows
from qpim_emu.engine.structure.planes import find_counters
from qpim_emu.hardware import PAPER
from qpim_emu.mapping.programs import forget
from qpim_emu.workload.layers import Conv2d, Linear
from tests.benchmarks.interleave import print_ratios, take_times

VGG_16 = [
    (3, 64, 224), (64, 64, 224), (64, 128, 112), (128, 128, 112), (128, 256, 56), (256, 256, 56),
    (256, 256, 56), (256, 512, 28), (512, 512, 28), (512, 512, 28), (512, 512, 14), (512, 512, 14),
    (512, 512, 14),
]  # fmt: skip
VGG_16_LINEAR = [(25088, 4096), (4096, 4096), (4096, 1000)]
STAGES = [(64, 256, 56, 3), (128, 512, 28, 4), (256, 1024, 14, 6), (512, 2048, 7, 3)]

Step = tuple[Conv2d | Linear, tuple[int, ...]]


def conv(channels: int, filters: int, size: int, kernel: int) -> Step:
    """A convolution that keeps its size, and the shape of its input."""
    weights = np.zeros((filters, channels, kernel, kernel), np.int64)
    layer = Conv2d(weights=weights, weight_type="int8", activation_type="int8", padding=kernel // 2)
    return layer, (1, channels, size, size)


def linear(channels: int, filters: int) -> Step:
    """A fully connected layer, and the shape of its input."""
    weights = np.zeros((filters, channels), np.int64)
    return Linear(weights=weights, weight_type="int8", activation_type="int8"), (1, channels)


def bottlenecks() -> list[Step]:
    """The blocks of ResNet-50, each of 1x1, 3x3 and 1x1."""
    steps = []
    for narrow, wide, size, blocks in STAGES:
        for _ in range(blocks):
            steps += [conv(wide, narrow, size, 1), conv(narrow, narrow, size, 3)]
            steps += [conv(narrow, wide, size, 1)]
    return steps


def count(network: list[Step]) -> None:
    """Count every layer afresh."""
    measure_rows.cache_clear()
    find_counters.cache_clear()
    forget()
    for layer, shape in network:
        count_layer(layer, shape, spec=PAPER)


def main() -> None:
    """Run the comparison and print it."""
    vgg = [conv(*sizes, 3) for sizes in VGG_16] + [linear(*sizes) for sizes in VGG_16_LINEAR]
    residual = bottlenecks()
    count(vgg)
    times = take_times(
        {"VGG-16": lambda: count(vgg), "residual blocks": lambda: count(residual)}, rounds=5
    )
    print_ratios(times, unit="VGG-16")


if __name__ == "__main__":
    main()
