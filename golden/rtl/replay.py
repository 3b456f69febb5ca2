"""Replay golden packages on the RTL model with Icarus Verilog; run it from the project's folder.

::

    python -m golden.rtl.replay            # all that is committed
    python -m golden.rtl.replay DIR ...    # these packages

Needs Python and ``iverilog``, nothing else. The bench is compiled once for every set of parameters
that the packages have. The exit status is 0 if everything agrees, 1 if something differs, 2 if
nothing could be run.
"""
# ruff: noqa: INP001, T201 - a script

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from golden.rtl.packages import find_packages, has_replays
from golden.rtl.requantize_cases import BOUNDARY, boundary_records
from golden.rtl.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from golden.rtl.simulator import Run

__all__ = ["main"]

MODES = (
    *("none", "shift", "scale_bias_shift", "q31_double", "q31_single", "q15_acc64"),
    *("f64_away", "f32_even", "f_even_zp_in", "multithreshold"),
)
"""Modes by their numbers in ``layer.txt``."""


def main(arguments: Sequence[str]) -> int:
    """Replay packages, or everything if none are given; return the exit status."""
    if shutil.which("iverilog") is None:
        print("iverilog must be installed (Debian: apt-get install iverilog)", file=sys.stderr)
        return 2
    named = [Path(text) for text in arguments]
    for package in named:
        if not has_replays(package):
            print(f"DIR must have something in its replay.txt, got {package}", file=sys.stderr)
            return 2
    packages = named or [one for one in find_packages() if announced(one)]
    with tempfile.TemporaryDirectory() as folder:
        simulator = Simulator(Path(folder))
        agreed = [report(one.name, simulator.replay_package(one)) for one in packages]
        if not arguments:
            agreed.append(report(BOUNDARY.name, simulator.requantize(boundary_records())))
    print(f"{sum(agreed)} of {len(agreed)} agree")
    return 0 if all(agreed) else 1


def announced(package: Path) -> bool:
    """Whether a package has something to replay; say so if not."""
    if has_replays(package):
        return True
    print(f"NONE {package.name}: holds no streams, so nothing to replay")
    return False


def report(name: str, run: Run) -> bool:
    """Print the outcome of one package: a line, and what the bench said if something differs."""
    verdict = "PASS" if run.agrees else "FAIL"
    print(f"{verdict} {name}: {len(run.passed)} of {run.replays} replays{exceptions(run)}")
    if not run.agrees:
        print(run.output)
    return run.agrees


def exceptions(run: Run) -> str:
    """Name the modes whose outputs were not compared."""
    numbers = {line.split("outputs=mode-")[1] for line in run.passed if "outputs=mode-" in line}
    names = sorted(MODES[int(text.split("-")[0])] for text in numbers)
    return f", all but the outputs: {', '.join(names)} not in the RTL" if names else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
