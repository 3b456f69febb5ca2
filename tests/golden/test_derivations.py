"""Are the numbers of derived packages those of their arithmetic, without help of the emulator?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qpim_emu.golden import read_manifest
from tests.golden import derivations
from tests.golden.committed import NAMES, PACKAGES, copy_of

DERIVED = [name for name in NAMES if (PACKAGES / name / "derivation.txt").exists()]
BY_HAND = [name for name in DERIVED if name.startswith("derived-")]

ISOLATED = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    assert not [name for name in sys.modules if name.split(".")[0] in {"qpim_emu", "numpy"}]
"""


def run_alone(*packages: Path) -> subprocess.CompletedProcess[str]:
    """Evaluate derivations in an interpreter that sees the standard library only."""
    script = str(Path(derivations.__file__))
    command = [sys.executable, "-I", "-S", "-c", ISOLATED, script, *map(str, packages)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_number_follows_and_nothing_of_the_emulator_is_imported() -> None:
    done = run_alone(*(PACKAGES / name for name in DERIVED))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_wrong_number_is_noticed(tmp_path: Path) -> None:
    package = copy_of("derived-saturate", tmp_path)
    text = (package / "derivation.txt").read_text()
    (package / "derivation.txt").write_text(text.replace("127 - 40", "100 - 40 + 35"))
    done = run_alone(package)
    assert done.returncode == 1
    assert "adds.txt[1].value" in done.stdout


@pytest.mark.parametrize("name", DERIVED)
def test_origin_says_so(name: str) -> None:
    assert read_manifest(PACKAGES / name)["origin"] == "derived"


@pytest.mark.parametrize("name", DERIVED)
def test_every_output_is_derived(name: str) -> None:
    package = PACKAGES / name
    derived = {cell[:3] for cell in derivations.derived_cells(package)}
    for table in package.rglob("drains.txt"):
        path = table.relative_to(package).as_posix()
        for record in range(len(table.read_text().splitlines()) - 1):
            assert {(path, record, "value"), (path, record, "output")} <= derived


@pytest.mark.parametrize("name", BY_HAND)
def test_every_bus_image_and_sum_is_derived(name: str) -> None:
    package = PACKAGES / name
    derived = {cell[:3] for cell in derivations.derived_cells(package)}
    for kind, wanted in (("bus", "word"), ("adds", "amount value")):
        for table in package.rglob(f"{kind}.txt"):
            path = table.relative_to(package).as_posix()
            header, *records = table.read_text().splitlines()
            columns = [one for one in header.split() if one.startswith(tuple(wanted.split()))]
            for record in range(len(records)):
                assert {(path, record, column) for column in columns} <= derived


@pytest.mark.parametrize(
    ("text", "value"),
    [("-35 // 2", -18), ("(3 + 1) << 2 | 1", 17), ("min(7, 2**3) + (1 <= 1)", 8), ("-7 % 4", 1)],
)
def test_expressions_are_whole_numbers(text: str, value: int) -> None:
    assert derivations.evaluate(text) == value


@pytest.mark.parametrize("text", ["1.5", "__import__('os')", "x", "'a'", "[1]"])
def test_nothing_else_is_an_expression(text: str) -> None:
    with pytest.raises((ValueError, KeyError, AttributeError)):
        derivations.evaluate(text)
