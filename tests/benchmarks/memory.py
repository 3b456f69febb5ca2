"""How much memory does the fast tier take?

``python -m tests.benchmarks.memory``: VGG-16 on `PAPER`, in a fresh process for each case, whose
peak of the resident set is read at the end:

``conv stack``
    All its convolutions at batch 8, one after another: weights and ``int8`` codes of a layer are
    made, it runs, and everything of it is dropped before the next. Results are held while the
    layer runs; nobody looks at them.
``conv1_2``, ``fc6``
    The widest convolution and the largest linear layer, one image.

*Above the operands* is the peak less what was resident when the libraries were loaded and the
weights and codes of the first layer existed: plan, bank image, tiles, accumulators, outputs,
counters, and compiled code. Of the stack it takes in larger operands of later layers.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.run import Tier, run_layer
from qpim_emu.hardware import PAPER
from qpim_emu.workload.layers import Linear
from qpim_emu.workload.requantize import Requantize
from tests.benchmarks.rows import Bound, Row, Target
from tests.benchmarks.stacks import convolutions, make_step
from tests.project.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from qpim_emu.workload.layers import Conv2d

__all__ = ["rows"]

BYTES_PER_KIB = 1024
MEGA = 1e6
BATCH = 8
TARGETS = {
    "conv stack": Target(bound=Bound.MOST, value=500),
    "conv1_2": None,
    "fc6": None,
}


def layers_of(case: str) -> Iterator[tuple[Conv2d | Linear, NDArray[np.int8]]]:
    """Layers of a case, each with codes of its input; made when they are asked for."""
    rng = np.random.default_rng(0)
    if case == "fc6":
        yield linear(rng), rng.integers(-128, 128, (1, 25088), np.int8)
        return
    for shape in convolutions("VGG_16"):
        if case in {"conv stack", shape.name}:
            step = make_step(shape, BATCH if case == "conv stack" else 1, rng)
            yield step.layer, step.codes
            del step


def linear(rng: np.random.Generator) -> Linear:
    """The largest layer, on 102.8 million weights."""
    weights = rng.integers(-128, 128, (4096, 25088))
    weights.setflags(write=False)  # shared with the layer, not copied
    return Linear(
        weights=weights,
        weight_type="int8",
        activation_type="int8",
        requantize=Requantize(mode="shift", shift=9, rounding="half_up", low=-128, high=127),
    )


def peak() -> float:
    """Largest resident set of this process so far, in MB.

    Not ``ru_maxrss``: that begins at what the process had that started this one.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) * BYTES_PER_KIB / MEGA


def measure(case: str) -> None:
    """Print the peak before the first layer ran, and at the end."""
    before = None
    for layer, codes in layers_of(case):
        before = before or peak()
        result = run_layer(layer, codes, spec=PAPER, tier=Tier.FAST)
        del layer, codes, result
    print(before, peak())  # noqa: T201


def rows() -> Iterator[Row]:
    """Measure every case in a fresh process."""
    for case, target in TARGETS.items():
        command = [sys.executable, "-m", "tests.benchmarks.memory", case]
        done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
        before, after = map(float, done.stdout.split())
        yield Row(
            what=f"VGG-16 {case}, peak memory of the process",
            ours=f"{after:.0f} MB",
            other=f"above the operands: {after - before:.0f} MB",
            found=after,
            unit="MB",
            target=target,
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1])
    else:
        print(*rows(), sep="\n")  # noqa: T201
