"""Do the cocotb examples run, and would they notice a difference?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from golden.rtl.packages import GOLDEN, read_replays
from tests.project.repository import ROOT
from tests.rtl.tools import needs_cocotb, needs_iverilog

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [needs_iverilog, needs_cocotb]


def run_example(*arguments: str) -> tuple[int, str]:
    """Run an example as its description says; cocotb takes its own interpreter."""
    done = subprocess.run(
        [sys.executable, "-m", "golden.rtl.cocotb.run", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_live_scoreboard_agrees() -> None:
    status, output = run_example()
    assert status == 0, output
    assert "300 reads of [1, 2, 4] blocks agree" in output


def test_package_agrees_until_it_is_changed(tmp_path: Path) -> None:
    package = shutil.copytree(GOLDEN / "packages" / "passes", tmp_path / "package")
    status, output = run_example(str(package))
    assert status == 0, output
    vault = next(one.vault for one in read_replays(package) if one.is_layer)
    bus = package / vault / "bus.txt"
    lines = bus.read_text().splitlines()
    lines[1] = lines[1][:-1] + f"{int(lines[1][-1], 16) ^ 1:x}"
    bus.write_text("\n".join(lines) + "\n")
    status, output = run_example(str(package))
    assert status == 1
    assert "bus of command" in output
