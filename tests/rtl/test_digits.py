"""Does the network that ships run through the RTL, layer by layer, as the emulator says?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from golden.rtl.simulator import Simulator
from qpim_emu.cli import main
from tests.rtl.tools import needs_iverilog

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [needs_iverilog, pytest.mark.extended]


def test_digits_agree_on_the_paper_machine(tmp_path: Path) -> None:
    package = tmp_path / "digits"
    assert main(["golden", "make", "digits", "--out", str(package)]) == 0
    run = Simulator(tmp_path).replay_package(package)
    assert run.agrees, run.output
    layers = [line for line in run.passed if not line.endswith("outputs=none")]
    assert layers
    assert all(line.endswith("outputs=compared") for line in layers)
