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
