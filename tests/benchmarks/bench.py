"""How far is the fast tier from what the arithmetic alone would cost on this machine?

``python -m tests.benchmarks.bench [batch]``: every figure comes from one interleaved run, medians
over `ROUNDS` rounds, beside the machine's peaks probed in the same run.

``convolution``
    3x3, 64 channels to 64, 56x56 pixels, 8/8 bits, as in `tests.benchmarks.conv`.
``ResNet-18``
    Its convolutions at 224x224, one after another on random codes, 8/8 bits. *Bare* is the same
    kernel on operands that were unfolded beforehand, on as many threads, sums written to memory
    that exists; nothing is placed, decoded, requantized or packed.
"""

from __future__ import annotations

import sys
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.analysis.tables import read_table
from qpim_emu.engine.fast.kernels.choice import Operands, choose_kernel
from qpim_emu.engine.fast.kernels.kernel import Kernel
from qpim_emu.engine.fast.kernels.multiply import multiply
from qpim_emu.engine.fast.threads import run_shares, shares_of
from qpim_emu.engine.run import Tier, run_layer
from qpim_emu.hardware import PAPER
from qpim_emu.workload.layers import Conv2d
from qpim_emu.workload.requantize import Requantize
from tests.benchmarks import conv
from tests.benchmarks.interleave import take_times
from tests.benchmarks.peaks import peaks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qpim_emu.typing import IntArray

ROUNDS = 5
TILE = 96
GIGA = 1e9


class Step(NamedTuple):
    """A layer, its input, and its multiply-accumulates."""

    layer: Conv2d
    codes: IntArray
    macs: int


def resnet_steps(batch: int) -> Iterator[Step]:
    """Convolutions of ResNet-18 with random weights and codes."""
    rng = np.random.default_rng(0)
    for shape in read_table("ResNet-18").layers:
        if shape.size is None:
            continue
        taps = shape.filters, shape.channels // shape.groups, shape.kernel, shape.kernel
        layer = Conv2d(
            weights=rng.integers(-128, 128, taps),
            weight_type="int8",
            activation_type="int8",
            stride=shape.stride,
            padding=shape.padding,
            requantize=Requantize(mode="shift", shift=10, rounding="half_up", low=-128, high=127),
        )
        codes = rng.integers(-128, 128, (batch, *shape.input_shape[1:]))
        yield Step(layer, codes, layer.geometry(codes.shape).macs)


def emulate(steps: list[Step]) -> None:
    """Run every layer."""
    for step in steps:
        run_layer(step.layer, step.codes, spec=PAPER, tier=Tier.FAST)


def bare(step: Step) -> Callable[[], None]:
    """Products of a layer alone."""
    geometry = step.layer.geometry(step.codes.shape)
    vectors, depth = geometry.images * geometry.pixels, geometry.products
    rng = np.random.default_rng(1)
    table = rng.integers(-128, 128, (geometry.filters, depth))
    operands = Operands(
        streamed=(-128, 127),
        resident=(-128, 127),
        block_sums=np.abs(table).sum(axis=1, keepdims=True).astype(np.float64),
        words_per_block=depth,
    )
    kernel = choose_kernel(operands)
    if not isinstance(kernel, Kernel):
        streamed = rng.integers(0, 128, (vectors, depth)).astype(np.float32)
        weights = table.T.astype(np.float32)
        sums = np.empty((vectors, geometry.filters), np.float32)

        def product() -> None:
            np.matmul(streamed, weights, out=sums)

        return product
    panels = kernel.pack(table)
    tile = np.zeros((vectors, kernel.depth(depth)), kernel.streamed)
    tile[:, :depth] = rng.integers(0, 128, (vectors, depth))
    results = np.empty((vectors, kernel.columns(geometry.filters)), kernel.sums)

    def share(part: tuple[int, int]) -> None:
        for first in range(part[0], part[1], TILE * 16):
            past = min(first + TILE * 16, part[1])
            multiply(panels, tile[first:past], results[first:past])

    return lambda: run_shares(share, shares_of(vectors, step.macs, grain=12))


def call_all(functions: list[Callable[[], None]]) -> None:
    """Call one after another."""
    for function in functions:
        function()


def convolution() -> dict[str, Callable[[], Any]]:
    """The single convolution."""
    layer = conv.make_layer()
    shape = 1, conv.CHANNELS, conv.SIZE, conv.SIZE
    codes = np.random.default_rng(1).integers(-128, 128, shape)
    return {
        "convolution, emulated": lambda: run_layer(layer, codes, spec=PAPER, tier=Tier.FAST),
        "convolution, plain": lambda: conv.compute_plainly(layer, codes),
    }


def main(batch: int = 1) -> None:
    """Run everything and print it."""
    steps = list(resnet_steps(batch))
    stack = f"ResNet-18, batch {batch}"
    rates = peaks()
    single, one = convolution(), conv.make_layer()
    functions: dict[str, Callable[[], Any]] = {
        **single,
        "convolution, bare": bare(
            Step(one, np.zeros((1, conv.CHANNELS, conv.SIZE, conv.SIZE), np.int64), 115_605_504)
        ),
        f"{stack}, emulated": partial(emulate, steps),
        f"{stack}, bare": partial(call_all, [bare(step) for step in steps]),
    }
    for function in functions.values():
        function()
    times = {
        name: median(taken.wall) for name, taken in take_times(functions, rounds=ROUNDS).items()
    }
    for name, rate in rates.items():
        print(f"peak {name:30} {rate:9.1f} GMAC/s")  # noqa: T201
    for name, seconds in times.items():
        macs = 115_605_504 if name.startswith("convolution") else sum(step.macs for step in steps)
        print(f"{name:35} {seconds * 1e3:9.2f} ms {macs / seconds / GIGA:9.1f} GMAC/s")  # noqa: T201
    for name, unit in (
        ("convolution, plain", "convolution"),
        ("convolution, bare", "convolution"),
        (f"{stack}, bare", stack),
    ):
        ratio = times[f"{unit}, emulated"] / times[name]
        print(f"{unit}, emulated / {name.split(', ')[-1]:10} {ratio:9.2f}")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
