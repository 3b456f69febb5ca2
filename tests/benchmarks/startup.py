"""How long until there is an answer, in a fresh process whose caches on disk are warm?

``qpim --help``
    The command, from the start of the interpreter to its end.
``first convolution``
    A process that imports the package, makes the layer that `tests.benchmarks.conv` measures and
    runs it on the fast tier; compiled kernels come from numba's cache.

Times are of the whole process, medians of `ROUNDS` after one that warms the caches.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks.interleave import take_times
from tests.benchmarks.rows import Bound, Row, Target
from tests.project.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["rows"]

ROUNDS = 5
FIRST = """
import numpy as np
from qpim_emu import Conv2d, Machine
layer = Conv2d(
    weights=np.arange(-128, 128).repeat(144).reshape(64, 64, 3, 3),
    weight_type="int8",
    activation_type="int8",
    padding=1,
)
codes = np.arange(-128, 128).repeat(784).reshape(1, 64, 56, 56)
Machine().run(layer, codes, tier="fast")
"""
NO_BYTE_CODE = "PYTHONDONTWRITEBYTECODE"
"""With this in the environment Python keeps no byte code: a cache that is not warm."""

COMMANDS = {
    "qpim --help": ("-m", "qpim_emu", "--help"),
    "first convolution in a fresh process": ("-c", FIRST),
}
TARGETS = {
    "qpim --help": Target(bound=Bound.MOST, value=0.2),
    "first convolution in a fresh process": Target(bound=Bound.MOST, value=1.0),
}


def run(arguments: tuple[str, ...]) -> None:
    """Run a fresh interpreter to its end."""
    command = [sys.executable, *arguments]
    warm = {name: value for name, value in os.environ.items() if name != NO_BYTE_CODE}
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, env=warm)


def rows() -> Iterator[Row]:
    """Measure."""
    functions = {name: partial(run, arguments) for name, arguments in COMMANDS.items()}
    for function in functions.values():
        function()
    for name, taken in take_times(functions, rounds=ROUNDS, settle=0).items():
        seconds = median(taken.wall)
        yield Row(what=name, ours=f"{seconds:.2f} s", found=seconds, unit="s", target=TARGETS[name])
