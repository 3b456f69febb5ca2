"""Does the fast tier leave out what layers do not need, until somebody asks for it?"""

from __future__ import annotations

import subprocess
import sys

import pytest

from qpim_emu.engine import fast
from tests.project.repository import ROOT

LOADED = """
import sys
import qpim_emu.engine.fast
print(*(name for name in sys.modules if name.startswith("qpim_emu")))
"""


def test_operations_load_when_they_are_asked_for() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, check=True, text=True
    )
    loaded = done.stdout.split()
    assert "qpim_emu.engine.fast.tier" in loaded
    assert "qpim_emu.engine.fast.operation" not in loaded
    assert callable(fast.execute_operation)
    assert callable(fast.run_operation)


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'forgotten'"):
        _ = fast.forgotten  # type: ignore[attr-defined]


LAYER = """
import sys
from qpim_emu import Linear, Machine
Machine().run(
    Linear(weights=[[1]], weight_type="int8", activation_type="int8"), [[1]], tier="fast"
)
print(*sys.modules)
"""


def test_layers_load_neither_networks_nor_processes_nor_the_literal_tier() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LAYER], cwd=ROOT, capture_output=True, check=True, text=True
    )
    unneeded = {
        "multiprocessing",
        "qpim_emu.engine.literal.tier",
        "qpim_emu.engine.workers",
        "qpim_emu.workload.network",
        "qpim_emu.workload.operations",
    }
    assert not unneeded & set(done.stdout.split())
