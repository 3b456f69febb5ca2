"""Layers of published networks with random weights, and random codes for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.analysis.tables import read_table
from qpim_emu.engine.run import Tier, run_layer
from qpim_emu.hardware import PAPER
from qpim_emu.workload.layers import Conv2d
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from qpim_emu.analysis.tables import LayerShape

__all__ = ["Step", "convolutions", "emulate", "macs_of", "make_step"]


class Step(NamedTuple):
    """A layer, ``int8`` codes of its input, and its multiply-accumulates."""

    layer: Conv2d
    codes: NDArray[np.int8]
    macs: int


def convolutions(network: str) -> list[LayerShape]:
    """Convolutions of a published table; a linear layer has no size."""
    return [shape for shape in read_table(network).layers if shape.size is not None]


def make_step(shape: LayerShape, batch: int, rng: np.random.Generator) -> Step:
    """A convolution with 8-bit operands and outputs."""
    taps = shape.filters, shape.channels // shape.groups, shape.kernel, shape.kernel
    layer = Conv2d(
        weights=rng.integers(-128, 128, taps),
        weight_type="int8",
        activation_type="int8",
        stride=shape.stride,
        padding=shape.padding,
        groups=shape.groups,
        requantize=Requantize(mode="shift", shift=10, rounding="half_up", low=-128, high=127),
    )
    codes = rng.integers(-128, 128, (batch, *shape.input_shape[1:]), dtype=np.int8)
    return Step(layer, codes, layer.geometry(codes.shape).macs)


def macs_of(steps: Iterable[Step]) -> int:
    """Multiply-accumulates of all layers."""
    return sum(step.macs for step in steps)


def emulate(steps: Sequence[Step]) -> None:
    """Run every layer: codes in; packed codes, counters, cycles and image out."""
    for step in steps:
        found = run_layer(step.layer, step.codes, spec=PAPER, tier=Tier.FAST)
        assert found.cycles > 0  # asked for, or they would not be counted
