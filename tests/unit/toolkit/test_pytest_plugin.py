"""Does the plugin keep packages beside other projects' tests, and fail when results change?"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import qpim_emu as qe
from qpim_emu.errors import InputError
from qpim_emu.golden.kept import GoldenFolder
from tests.project.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SUITE = """
import numpy as np
import qpim_emu as qe

LAYER = qe.Linear(weights=[[1, -2, 3], [4, 5, -6]], weight_type="int4", activation_type="uint4",
                  bias={bias})

def my_kernel(codes):
    return codes @ LAYER.weights.T + LAYER.bias

def test_matrix(qpim_golden):
    codes = np.array([[4, 5, 6], [0, 15, 1]])
    expected = qpim_golden.check("matrix", LAYER, codes)
    np.testing.assert_array_equal(my_kernel(codes), expected["layer"])
"""


def run_suite(folder: Path, *options: str, bias: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the suite of another project as its user would."""
    (folder / "test_other.py").write_text(SUITE.format(bias=bias))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "qpim_emu.pytest_plugin", *options]
    return subprocess.run(
        [*command, "--rootdir", str(folder), str(folder)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_package_is_asked_for_written_and_held(tmp_path: Path) -> None:
    package = tmp_path / "golden" / "matrix"

    missing = run_suite(tmp_path)
    assert missing.returncode == 1
    assert "must exist, got none; to write it: pytest --qpim-update-golden" in missing.stdout
    assert not package.exists()

    assert run_suite(tmp_path, "--qpim-update-golden").returncode == 0
    kept = (package / "manifest.json").read_bytes()
    assert run_suite(tmp_path).returncode == 0

    changed = run_suite(tmp_path, bias=1)
    assert changed.returncode == 1
    assert "must be what the machine gives, got (kept and new)" in changed.stdout
    assert (package / "manifest.json").read_bytes() == kept

    assert run_suite(tmp_path, "--qpim-update-golden", bias=1).returncode == 0
    assert (package / "manifest.json").read_bytes() != kept
    assert run_suite(tmp_path, bias=1).returncode == 0


def test_inputs_of_a_layer_have_one_name(tmp_path: Path) -> None:
    layer = qe.Linear(weights=[[1, 2]], weight_type="int4", activation_type="uint4")
    with pytest.raises(InputError, match=r"named 'input', got names \['x'\]"):
        GoldenFolder(path=tmp_path, update=True).check("matrix", layer, {"x": [[1, 2]]})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", ".", "..", "x/y", "../up", "/up"])
def test_a_package_lies_in_its_folder(name: str, tmp_path: Path) -> None:
    layer = qe.Linear(weights=[[1, 2]], weight_type="int4", activation_type="uint4")
    with pytest.raises(InputError, match="name must be that of a folder in"):
        GoldenFolder(path=tmp_path / "golden", update=True).check(name, layer, [[1, 2]])
    assert list(tmp_path.iterdir()) == []


def test_inputs_that_are_no_array_are_refused(tmp_path: Path) -> None:
    layer = qe.Linear(weights=[[1, 2]], weight_type="int4", activation_type="uint4")
    with pytest.raises(InputError, match="inputs must"):
        GoldenFolder(path=tmp_path, update=True).check("a", layer, [[1, 2], [3]])
