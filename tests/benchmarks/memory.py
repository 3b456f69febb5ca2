"""How much memory does the fast tier take above a layer's operands?

``python -m tests.benchmarks.memory``: the widest convolution and the largest linear layer of
VGG-16 on `PAPER`, each in a process of its own. The peak of the resident set is read when weights
and input codes exist, and again after the run, whose result is still held; the difference is what
the run took: plan, bank image, tiles, accumulators, outputs, counters, and compiled code.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.run import Tier, run_layer
from qpim_emu.hardware import PAPER
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

LAYERS = ("conv1_2", "fc6")
KIB_PER_MIB = 1024


def make(name: str) -> tuple[Conv2d | Linear, IntArray]:
    """A layer, and codes of its input."""
    rng = np.random.default_rng(0)
    requantize = Requantize(mode="shift", shift=9, rounding="half_up", low=-128, high=127)
    shape = (64, 64, 3, 3) if name == "conv1_2" else (4096, 25088)
    weights = rng.integers(-128, 128, shape)
    weights.setflags(write=False)  # shared with the layer, not copied
    if name == "conv1_2":
        conv = Conv2d(
            weights=weights,
            weight_type="int8",
            activation_type="int8",
            padding=1,
            requantize=requantize,
        )
        return conv, rng.integers(-128, 128, (1, 64, 224, 224))
    linear = Linear(
        weights=weights, weight_type="int8", activation_type="int8", requantize=requantize
    )
    return linear, rng.integers(-128, 128, (1, 25088))


def peak() -> int:
    """Largest resident set of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIB_PER_MIB


def measure(name: str) -> None:
    """Print what running one layer takes."""
    layer, codes = make(name)
    before = peak()
    result = run_layer(layer, codes, spec=PAPER, tier=Tier.FAST)
    taken = peak() - before
    operands = (layer.weights.nbytes + codes.nbytes) >> 20
    print(f"{name}: operands {operands} MiB, run {taken} MiB, {result.outputs.size} outputs")  # noqa: T201


def main() -> None:
    """Measure every layer in a fresh process."""
    for name in LAYERS:
        command = [sys.executable, "-m", "tests.benchmarks.memory", name]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    measure(sys.argv[1]) if len(sys.argv) > 1 else main()
