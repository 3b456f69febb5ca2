"""Do packages follow from their own files, by a program that shares nothing with the emulator?"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.golden.committed import GOLDEN, NAMES, PACKAGES, copy_of

if TYPE_CHECKING:
    from pathlib import Path

REPLAY = GOLDEN / "replay"

SPOILED = {
    "sets/0-given/00-layer/vault00/bus.txt": "block written",
    "sets/0-given/00-layer/vault00/buffer.txt": "buffer",
    "sets/0-given/00-layer/vault00/adds.txt": "addition",
    "sets/0-given/00-layer/vault00/drains.txt": "output",
    "sets/0-given/00-layer/vault00/starts.txt": "start",
    "sets/0-given/00-layer/vault00/bank00.after.hex": "memory afterwards",
}
"""A table, and what the replay calls what is wrong once a digit of its last record is changed."""


def replay(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the program as the README says, without any installed package."""
    command = [sys.executable, "-I", "-S", "-B", REPLAY, *arguments]
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)


def test_all_packages_follow_from_their_files() -> None:
    done = replay(*(PACKAGES / name for name in NAMES))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("follow from their files") == len(NAMES)


@pytest.mark.parametrize("name", SPOILED)
def test_a_changed_digit_is_noticed(name: str, tmp_path: Path) -> None:
    package = copy_of("derived-saturate", tmp_path)
    change_last_number(package / name)
    done = replay(package)
    assert done.returncode == 1
    assert SPOILED[name] in done.stdout


def test_a_changed_bus_image_is_noticed(tmp_path: Path) -> None:
    package = copy_of("derived-saturate", tmp_path)
    table = package / "sets/0-given/00-layer/vault00/bus.txt"
    table.write_text(table.read_text().replace("0807", "0806"))
    assert "bus image of command 6" in replay(package).stdout


def test_results_are_compared_by_line(tmp_path: Path) -> None:
    results = copy_of("derived-saturate", tmp_path)
    assert replay(PACKAGES / "derived-saturate", "--against", results).returncode == 0
    change_last_number(results / "sets/0-given/00-layer/vault00/drains.txt")
    done = replay(PACKAGES / "derived-saturate", "--against", results)
    assert done.returncode == 1
    assert done.stdout.startswith("sets/0-given/00-layer/vault00/drains.txt: line 3: ")


@pytest.mark.parametrize("ending", [b"\xff\xff", b"\xfe\xff", b""])
def test_tensors_are_compared_by_byte(ending: bytes, tmp_path: Path) -> None:
    package = copy_of("derived-saturate", tmp_path)
    name = "sets/0-given/00-layer/accumulators.bin"
    (package / name).write_bytes(b"\xfd\xff")
    (tmp_path / "results" / name).parent.mkdir(parents=True)
    (tmp_path / "results" / name).write_bytes(ending)
    done = replay(package, "--against", tmp_path / "results")
    assert done.returncode == 1
    assert done.stdout.startswith(f"{name}: byte 0: 253 in the package, ")


def test_nothing_to_compare_is_no_success(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing"):
        done = replay(PACKAGES / "derived-saturate", "--against", place)
        assert (done.returncode, done.stdout) == (2, "")
        assert "must have files under the names of" in done.stderr
        done = replay(place)
        assert (done.returncode, done.stdout) == (2, "")
        assert "must be a golden package" in done.stderr


def test_damaged_files_are_no_crash(tmp_path: Path) -> None:
    package = copy_of("derived-saturate", tmp_path)
    table = package / "sets/0-given/00-layer/vault00/bus.txt"
    for content in ("", "nonsense\n", table.read_text() + "zz\n"):
        table.write_text(content)
        done = replay(package)
        assert (done.returncode, done.stderr) == (1, "")
        assert "a file is missing or malformed" in done.stdout


def change_last_number(file: Path) -> None:
    """Change the last digit that is not the word of an output, or its last but two columns."""
    lines = file.read_text().splitlines()
    columns = lines[-1].split()
    at = {"drains.txt": 6, "adds.txt": 3}.get(file.name, len(columns) - 1)
    columns[at] = columns[at][:-1] + ("1" if columns[at][-1] == "0" else "0")
    file.write_text("\n".join([*lines[:-1], " ".join(columns)]) + "\n")
