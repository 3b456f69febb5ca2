"""MobileNetV1 at 224x224, width 1.0, 8/8 bits, whole: depthwise layers beside pointwise ones.

Every layer runs through `run_layer` on the fast tier, one after another, counters and cycles
included, on random ``int8`` codes; times are summed by the kind of the layer.
"""

from __future__ import annotations

import gc
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.analysis.tables import LayerShape
from tests.benchmarks.race import Result
from tests.benchmarks.rows import Bound, Row, Target
from tests.benchmarks.stacks import emulate, make_step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.stacks import Step

__all__ = ["layer_shapes", "rows"]

ROUNDS = 7
BATCHES = 1, 8
CHANNELS = (32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
TARGET = Target(bound=Bound.MOST, value=1)


def layer_shapes() -> Iterator[LayerShape]:
    """All convolutions, and the classifier as one of a single pixel."""
    yield LayerShape(name="first", channels=3, filters=32, size=224, kernel=3, stride=2, padding=1)
    size = 112
    for (channels, filters), stride in zip(pairwise(CHANNELS), STRIDES, strict=True):
        yield LayerShape(
            name="depthwise",
            channels=channels,
            filters=channels,
            size=size,
            kernel=3,
            stride=stride,
            padding=1,
            groups=channels,
        )
        size //= stride
        yield LayerShape(name="pointwise", channels=channels, filters=filters, size=size)
    yield LayerShape(name="classifier", channels=1024, filters=1000, size=1)


def rows() -> Iterator[Row]:
    """Compare at each size of the batch."""
    for batch in BATCHES:
        rng = np.random.default_rng(0)
        steps = [(shape.name, make_step(shape, batch, rng)) for shape in layer_shapes()]
        found = walk(steps)
        whole = sum(found.milliseconds(kind) for kind in found.seconds)
        yield Row(
            what=f"MobileNetV1, batch {batch} ({whole:.0f} ms), depthwise layers",
            ours=found.cell("depthwise"),
            other=f"pointwise: {found.cell('pointwise')}",
            found=found.ratio("depthwise", "pointwise"),
            target=TARGET,
        )


def walk(steps: list[tuple[str, Step]]) -> Result:
    """Run the network round by round, the first to warm up."""
    names = {name for name, _ in steps}
    seconds: dict[str, list[float]] = {name: [] for name in names}
    gc.collect()
    for number in range(ROUNDS + 1):
        taken = dict.fromkeys(names, 0.0)
        for name, step in steps:
            begun = time.perf_counter()
            emulate([step])
            taken[name] += time.perf_counter() - begun
        for name in names if number else ():
            seconds[name].append(taken[name])
    macs = {name: sum(step.macs for kind, step in steps if kind == name) for name in names}
    return Result(seconds, macs)
