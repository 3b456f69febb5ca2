"""Is the RTL clean under Verilator's lint, for every shape of machine it can be built for?"""

from __future__ import annotations

import shutil
import subprocess

import pytest

from golden.rtl.simulator import RTL
from tests.rtl.tools import needs_verilator

SHAPES: tuple[dict[str, int], ...] = (
    {},
    {"K": 1},
    {"K": 4, "G": 4, "F": 2},
    {"W": 8, "WPB": 8, "G": 8},
    {"W": 6, "WPB": 1, "K": 4},
    {"A": 8},
    {"A": 64, "WPB": 16, "F": 4},
)


@needs_verilator
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_verilator_has_nothing_to_say(shape: dict[str, int]) -> None:
    verilator = shutil.which("verilator") or ""
    parameters = [f"-G{name}={value}" for name, value in shape.items()]
    sources = [str(RTL / name) for name in ("lint.vlt", "qpim_pkg.sv", "qpim_vault.sv")]
    done = subprocess.run(
        [verilator, "--lint-only", "-Wall", "-y", str(RTL), *parameters, *sources],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_waivers_are_few_and_explained() -> None:
    lines = (RTL / "lint.vlt").read_text(encoding="utf-8").splitlines()
    waivers = [line for line in lines if line.startswith("lint_off")]
    assert len(waivers) <= 3
    for path in RTL.glob("qpim_*.sv"):
        assert "lint_off" not in path.read_text(encoding="utf-8")


def test_one_module_per_file_named_like_it() -> None:
    for path in RTL.glob("qpim_*.sv"):
        text = path.read_text(encoding="utf-8")
        kind = "package" if path.stem == "qpim_pkg" else "module"
        assert text.count(f"\n{kind} ") == 1
        assert f"\n{kind} {path.stem}" in text
        assert "docs/semantics.md" in text.split(f"\n{kind} ", maxsplit=1)[0]
