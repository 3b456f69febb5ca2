"""Build the RTL with Icarus Verilog and drive it with cocotb; run it from the project's folder.

::

    python -m golden.rtl.cocotb.run                # the live scoreboard
    python -m golden.rtl.cocotb.run DIR            # the first replay of a golden package

Needs ``iverilog`` and ``cocotb`` 2, the scoreboard ``qpim_emu`` as well. The exit status is 0 if
everything agrees.
"""
# ruff: noqa: INP001 - a script

from __future__ import annotations

import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner

from golden.rtl.packages import read_replays
from golden.rtl.simulator import RTL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["main"]

TOP = "qpim_vault"
VAULT_PARAMETERS = ("W", "WPB", "K", "G", "F", "A")


def main(arguments: Sequence[str]) -> int:
    """Run the scoreboard, or a package; return the exit status."""
    if not arguments:
        return drive("scoreboard", parameters={"K": 4, "G": 2}, environment={})
    package = Path(arguments[0]).resolve()
    replay = next(one for one in read_replays(package) if one.is_layer)
    parameters = asdict(replay.parameters)
    return drive(
        "package",
        parameters={name: parameters[name] for name in VAULT_PARAMETERS},
        environment={
            "QPIM_PACKAGE": str(package),
            "QPIM_VAULT": replay.vault,
            "QPIM_LAYER": replay.layer,
        },
    )


def drive(module: str, *, parameters: Mapping[str, int], environment: Mapping[str, str]) -> int:
    """Build the vault and run the tests of a module on it; return 0 if all of them pass."""
    runner = get_runner("icarus")
    with tempfile.TemporaryDirectory() as build:
        runner.build(
            sources=[RTL / "qpim_pkg.sv", *sorted(RTL.glob("qpim_[!p]*.sv"))],
            hdl_toplevel=TOP,
            parameters=parameters,
            build_args=["-g2012"],
            build_dir=build,
            timescale=("1ns", "1ps"),
        )
        results = runner.test(
            hdl_toplevel=TOP,
            test_module=f"golden.rtl.cocotb.{module}",
            build_dir=build,
            test_dir=build,
            extra_env=environment,
        )
        tests, failed = get_results(results)
    return 0 if tests and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
