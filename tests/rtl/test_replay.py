"""Does real RTL do what every committed package says, and does its bench notice a false record?"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from golden.rtl.packages import GOLDEN, find_packages, has_replays, read_replays
from golden.rtl.replay import main
from golden.rtl.requantize_cases import boundary_records
from golden.rtl.simulator import Simulator
from tests.rtl.tools import needs_iverilog

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_iverilog

PACKAGES = [package for package in find_packages() if has_replays(package)]
IN_RTL = {"0", "1", "2", "3"}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Simulator:
    """The sources as they are; benches are compiled once."""
    return Simulator(tmp_path_factory.mktemp("benches"))


def test_there_are_packages() -> None:
    assert PACKAGES


@pytest.mark.parametrize(
    "package", PACKAGES, ids=[path.relative_to(GOLDEN).as_posix() for path in PACKAGES]
)
def test_package_agrees(package: Path, simulator: Simulator) -> None:
    run = simulator.replay_package(package)
    assert run.agrees, run.output


def test_boundary_cases_of_requantization_agree(simulator: Simulator) -> None:
    records = boundary_records()
    run = simulator.requantize(records)
    assert run.agrees, run.output
    assert f"{len(records)} cases, 0 differences" in run.output


def test_boundary_cases_are_compared(simulator: Simulator) -> None:
    first, *others = boundary_records()
    run = simulator.requantize([flipped(first), *others])
    assert not run.agrees
    assert "1 differences" in run.output


# ------------------------------------------------------------------ false records are noticed


def flipped(line: str, column: int = -2) -> str:
    """A record with the lowest bit of one column flipped."""
    columns = line.split()
    text = columns[column]
    columns[column] = text[:-1] + f"{int(text[-1], 16) ^ 1:x}"
    return " ".join(columns)


@pytest.mark.parametrize(
    ("file", "column", "said"),
    [
        ("commands.txt", 7, "gating mask must be"),
        ("bus.txt", 1, "of the bus must be"),
        ("buffer.txt", 4, "minus its zero point must be"),
        ("starts.txt", 3, "accumulator of lane"),
        ("adds.txt", 3, "accumulator of lane"),
        ("adds.txt", 4, "clipped of lane"),
        ("drains.txt", 5, "accumulator of filter"),
        ("drains.txt", 6, "code of"),
        ("drains.txt", 7, "code of"),
        ("bank00.before.hex", 0, "must be"),
        ("bank00.after.hex", 0, "at the end"),
    ],
)
def test_false_record_is_noticed(
    file: str, column: int, said: str, simulator: Simulator, tmp_path: Path
) -> None:
    package, vault = copied_package(tmp_path)
    change_first_record(package / vault / file, column)
    run = simulator.replay_package(package)
    assert not run.agrees
    assert said in run.output
    assert vault in run.output


def copied_package(folder: Path) -> tuple[Path, str]:
    """Copy a package with outputs that the RTL computes; return it and its first such vault."""
    for package in PACKAGES:
        for replay in read_replays(package):
            layer = package / replay.layer / "layer.txt"
            if replay.is_layer and layer.read_text().splitlines()[1].split()[15] in IN_RTL:
                return shutil.copytree(package, folder / "package"), replay.vault
    pytest.fail("no package has outputs that the RTL computes")


def change_first_record(path: Path, column: int) -> None:
    """Flip a bit in the first record of a file, behind its header or address."""
    lines = path.read_text().splitlines()
    lines[1] = flipped(lines[1], column)
    path.write_text("\n".join(lines) + "\n")


def test_lost_record_is_noticed(simulator: Simulator, tmp_path: Path) -> None:
    package, vault = copied_package(tmp_path)
    path = package / vault / "drains.txt"
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    run = simulator.replay_package(package)
    assert not run.agrees
    assert "malformed record of drains.txt" in run.output


@pytest.mark.parametrize(
    "file", ["bus.txt", "buffer.txt", "starts.txt", "macs.txt", "adds.txt", "drains.txt"]
)
def test_record_too_many_is_noticed(file: str, simulator: Simulator, tmp_path: Path) -> None:
    package, vault = copied_package(tmp_path)
    path = package / vault / file
    path.write_text(path.read_text() + path.read_text().splitlines()[-1] + "\n")
    run = simulator.replay_package(package)
    assert not run.agrees
    assert f"malformed record of {file}" in run.output


@pytest.mark.parametrize("file", ["commands.txt", "macs.txt"])
def test_what_is_no_record_is_noticed(file: str, simulator: Simulator, tmp_path: Path) -> None:
    package, vault = copied_package(tmp_path)
    path = package / vault / file
    path.write_text(path.read_text() + "nonsense\n")
    run = simulator.replay_package(package)
    assert not run.agrees
    assert "malformed record of" in run.output


def test_first_difference_ends_a_replay_and_not_the_bench(
    simulator: Simulator, tmp_path: Path
) -> None:
    package, vault = copied_package(tmp_path)
    change_first_record(package / vault / "bus.txt", 1)
    run = simulator.replay_package(package)
    assert f"FAIL {vault} " in run.output
    assert "malformed" not in run.output


def test_command_reports_each_package(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    package, vault = copied_package(tmp_path)
    assert main([str(package)]) == 0
    assert capsys.readouterr().out.startswith("PASS package: ")
    change_first_record(package / vault / "bus.txt", 1)
    assert main([str(package)]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("FAIL package: ")
    assert printed.endswith("0 of 1 agree\n")


def test_command_refuses_what_is_no_package(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([str(tmp_path)]) == 2
    expected = f"DIR must have something in its replay.txt, got {tmp_path}\n"
    assert capsys.readouterr().err == expected
