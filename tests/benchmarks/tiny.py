"""The networks of MLPerf Tiny: what a layer costs beside the arithmetic of its kernel.

``emulated``
    `run_network` on the fast tier, counters and cycles included, everything warm.
``kernels alone``
    The products of every MAC layer on operands that lie ready: `tests.benchmarks.bare`, and for
    depthwise layers the kernel of the fast tier, channel block after channel block, on one thread.

The overhead is the difference of the two in each round, over all nodes of the network. It takes in
what is arithmetic as well but no product: operations without weights, biases, requantization.
Models are read from a folder beside the repository (`MODELS`), where they are.
"""

from __future__ import annotations

from functools import partial
from itertools import product
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.depthwise import multiply_lanes
from qpim_emu.engine.network import run_network
from qpim_emu.engine.run import RunResult
from qpim_emu.frontends.tflite import read
from qpim_emu.hardware import PAPER
from qpim_emu.workload.geometry import ConvGeometry, LinearGeometry
from tests.benchmarks.bare import Products, bare, call_all
from tests.benchmarks.race import Entrant, race
from tests.benchmarks.rows import Bound, Row, Target
from tests.project.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from qpim_emu.engine.network import NetworkResult
    from qpim_emu.frontends.model import Model
    from qpim_emu.typing import IntArray

__all__ = ["emulate_model", "open_model", "random_codes", "rows"]

MODELS = ROOT.parent / "shared" / "models"
NAMES = "resnet8", "kws", "vww", "ad"
BATCHES = 1, 8
ROUNDS = 15
WORDS = 16
TARGET = Target(bound=Bound.MOST, value=100)


def open_model(place: Path) -> Model:
    """Read a model of TensorFlow Lite as LiteRT's reference kernels compute it."""
    return read(place, preset="litert-ref").model()


def random_codes(model: Model, batch: int) -> IntArray:
    """Codes of the only input."""
    (kind,) = model.network.inputs.values()
    rng = np.random.default_rng(0)
    return rng.integers(kind.format.min, kind.format.max + 1, (batch, *kind.shape))


def emulate_model(model: Model, codes: IntArray) -> NetworkResult:
    """Run a batch."""
    (name,) = model.network.inputs
    return run_network(model.network, {name: codes}, spec=PAPER, tier="fast")


@compiled_across
def multiply_channels(tables: NDArray[Any], tile: NDArray[Any], sums: NDArray[Any]) -> None:
    """Sum per lane, one channel block after another."""
    for block in range(tables.shape[0]):
        multiply_lanes(tables[block], tile, sums)


def depthwise_kernel(geometry: ConvGeometry) -> Callable[[], None]:
    """Kernel of a depthwise layer, 16 lanes at a time, on operands that lie ready."""
    rng = np.random.default_rng(0)
    blocks, taps = -(-geometry.filters // WORDS), geometry.products
    tables = rng.integers(-100, 100, (blocks, 1, taps, WORDS)).astype(np.int16)
    vectors = geometry.images * geometry.pixels
    tile = rng.integers(0, 100, (vectors, taps * WORDS)).astype(np.int16)
    sums = np.empty((vectors, WORDS), np.int32)
    return lambda: multiply_channels(tables, tile, sums)


def kernel_of(geometry: ConvGeometry | LinearGeometry) -> Callable[[], None]:
    """Products of a layer alone."""
    if isinstance(geometry, ConvGeometry) and geometry.is_depthwise:
        return depthwise_kernel(geometry)
    vectors = (
        geometry.batch
        if isinstance(geometry, LinearGeometry)
        else geometry.images * geometry.pixels
    )
    return bare(Products(vectors=vectors, depth=geometry.products, residents=geometry.filters))


def compare(name: str, batch: int) -> Row:
    """Overhead of a network."""
    model = open_model(MODELS / f"mlperf_tiny_{name}_int8.tflite")
    codes = random_codes(model, batch)
    nodes = emulate_model(model, codes).nodes.values()
    geometries = [node.plan.geometry for node in nodes if isinstance(node, RunResult)]
    macs = sum(geometry.macs for geometry in geometries)
    entrants = {
        "emulated": Entrant(partial(emulate_model, model, codes), macs),
        "kernels alone": Entrant(
            partial(call_all, [kernel_of(geometry) for geometry in geometries]), macs
        ),
    }
    found = race(entrants, rounds=ROUNDS)
    pairs = zip(found.seconds["emulated"], found.seconds["kernels alone"], strict=True)
    return Row(
        what=f"MLPerf Tiny {name}, batch {batch}, overhead of a layer",
        ours=f"{found.milliseconds('emulated'):.2f} ms, {len(nodes)} layers",
        other=f"kernels alone: {found.milliseconds('kernels alone'):.2f} ms",
        found=1e6 * median(ours - kernels for ours, kernels in pairs) / len(nodes),
        unit="us",
        target=TARGET,
    )


def rows() -> Iterator[Row]:
    """Compare every network that is there."""
    for name, batch in product(NAMES, BATCHES):
        if (MODELS / f"mlperf_tiny_{name}_int8.tflite").exists():
            yield compare(name, batch)
        elif batch == BATCHES[0]:
            yield Row(what=f"MLPerf Tiny {name}", other="no model beside the repository")
