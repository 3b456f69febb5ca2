"""Does a package appear whole or not at all, the same bytes wherever and however it is made?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qpim_emu.errors import AccumulatorOverflowError, MismatchError, PackageError
from qpim_emu.golden import ImageFormat, Part, make_package, nodes, verify_package
from qpim_emu.golden.size import least_bytes
from qpim_emu.mapping.placement import place
from tests.golden.committed import ROOT
from tests.golden.small import recipe, small_network

EVERYTHING = recipe(parts=tuple(Part), images=tuple(ImageFormat))

AGAIN = """
import sys
from pathlib import Path
from qpim_emu.golden import make_package
from tests.golden.test_making import EVERYTHING
make_package(EVERYTHING, Path(sys.argv[1]), tier=sys.argv[2])
"""


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with all parts."""
    folder = tmp_path_factory.mktemp("made") / "package"
    make_package(EVERYTHING, folder)
    return folder


@pytest.mark.parametrize(("tier", "seed"), [("literal", "77"), ("fast", "1")])
def test_another_process_makes_the_same_bytes(
    tier: str, seed: str, package: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "TZ": "UTC+5"}
    command = [sys.executable, "-c", AGAIN, str(tmp_path / "again"), tier]
    subprocess.run(command, env=environment, cwd=tmp_path, check=True)
    assert contents(tmp_path / "again") == contents(package)


@pytest.mark.parametrize("tier", ["literal", "fast"])
@pytest.mark.parametrize("parts", [(Part.MEMORY,), (), tuple(Part)])
def test_it_verifies_in_every_tier(tier: str, parts: tuple[Part, ...], tmp_path: Path) -> None:
    other = {"literal": "fast", "fast": "literal"}[tier]
    make_package(recipe(parts=parts), tmp_path / "made", tier=other)
    assert verify_package(tmp_path / "made", tier=tier).problems == ()


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, OSError])
def test_an_interrupt_leaves_nothing(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written = []

    def interrupt(*_: object) -> None:
        written.append(list(tmp_path.iterdir()))
        raise error

    monkeypatch.setattr(nodes, "write_images", interrupt)
    with pytest.raises(error):
        make_package(recipe(), tmp_path / "made")
    assert written[0]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", [1, 2])
def test_an_interrupt_keeps_the_package_that_was_there(
    step: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_package(recipe(parts=()), tmp_path / "made")
    before = contents(tmp_path)
    rename, calls = Path.rename, iter(range(1, 9))

    def interrupt(path: Path, target: Path) -> Path:
        if next(calls) == step:
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", interrupt)
    with pytest.raises(KeyboardInterrupt):
        make_package(recipe(), tmp_path / "made", replace=True)
    assert contents(tmp_path) == before


def test_a_package_is_replaced_only_where_that_is_asked_for(tmp_path: Path) -> None:
    place = tmp_path / "made"
    make_package(recipe(parts=()), place)
    with pytest.raises(PackageError, match="which exists"):
        make_package(recipe(), place)
    make_package(recipe(), place, replace=True)
    assert verify_package(place).is_good
    assert [one.name for one in tmp_path.iterdir()] == ["made"]


def test_nothing_else_is_ever_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    (tmp_path / "file").write_text("too")
    for name in ("mine", "file"):
        with pytest.raises(PackageError, match="holds something else"):
            make_package(recipe(), tmp_path / name, replace=True)
    assert set(contents(tmp_path)) == {"mine/thesis.txt", "file"}


def test_a_name_that_was_taken_meanwhile_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def take(*_: object) -> None:
        (tmp_path / "made").mkdir(exist_ok=True)
        (tmp_path / "made" / "other.txt").write_text("theirs")

    monkeypatch.setattr(nodes, "write_images", take)
    with pytest.raises(PackageError, match="which was made meanwhile"):
        make_package(recipe(sets=recipe().sets[:1]), tmp_path / "made")
    assert contents(tmp_path) == {"made/other.txt": b"theirs"}


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    make_package(recipe(parts=()), tmp_path)
    assert verify_package(tmp_path).is_good


def test_no_folder_is_made_for_it(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="out must be a new folder in one that exists"):
        make_package(recipe(), tmp_path / "not" / "there")


def test_its_size_is_bounded_and_known(package: Path, tmp_path: Path) -> None:
    needed = sum(map(len, contents(package).values()))
    message = f"max_bytes must be at least the {needed} that are needed, got {needed - 1}"
    with pytest.raises(PackageError, match=message):
        make_package(EVERYTHING, tmp_path / "made", max_bytes=needed - 1)
    assert list(tmp_path.iterdir()) == []
    make_package(EVERYTHING, tmp_path / "made", max_bytes=needed)


def test_what_cannot_fit_is_refused_at_once(package: Path, tmp_path: Path) -> None:
    least = least_bytes(EVERYTHING)
    streams = sum(
        file.stat().st_size for name in ("macs", "adds") for file in package.rglob(f"{name}.txt")
    )
    assert streams * 0.5 < least < streams
    with pytest.raises(PackageError, match=f"at least {least} for the streams alone, got 0"):
        make_package(EVERYTHING, tmp_path / "made", max_bytes=0)
    assert least_bytes(recipe(parts=(Part.MEMORY,))) == 0


def test_a_trap_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AccumulatorOverflowError, match="accumulator must stay within int9"):
        make_package(recipe(network=small_network("trap")), tmp_path / "made")
    assert list(tmp_path.iterdir()) == []


def test_a_tier_that_disagrees_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(nodes, "place", lambda plan, codes: place(plan, codes ^ 1))
    with pytest.raises(MismatchError, match="accumulators must be the same in every tier"):
        make_package(recipe(), tmp_path / "made")
    assert list(tmp_path.iterdir()) == []
