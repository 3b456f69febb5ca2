"""Are the committed vectors what is made now, and do others answer them without the emulator?"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from qpim_emu.engine.run import SEMANTICS_VERSION
from tests.golden.model import COMPILER, MODEL, answer_all, build
from tools.conformance.answers import answer
from tools.conformance.archive import CONFORMANCE, CORE, NAME, RELEASE, write_archive
from tools.conformance.making import VERSION, Kind, make_set, questions_of, records_of
from tools.conformance.packages import make_closed
from tools.conformance.tables import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from tools.conformance.tables import Table

CHECKER = CONFORMANCE / "kit" / "check.py"
NEEDS_COMPILER = pytest.mark.skipif(COMPILER is None, reason="no C compiler is installed")
COMMITTED = {
    path.relative_to(CORE).as_posix(): path.read_bytes()
    for path in CORE.rglob("*")
    if path.is_file()
}
README = (CONFORMANCE / "README.md").read_text(encoding="utf-8")
VERSIONS = sorted(path for path in CONFORMANCE.glob("v*") if path.is_dir())
RECORDED = json.loads(RELEASE.read_text(encoding="utf-8"))


def check(answers: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the checker in Python as somebody without the emulator would."""
    command = [sys.executable, "-I", str(CHECKER), str(CORE), str(answers), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The C model, compiled so that undefined behaviour ends it."""
    return build(MODEL.glob("*.c"), tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def answers(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the C model answers to all tables."""
    folder = tmp_path_factory.mktemp("answers")
    answer_all(model, folder)
    return folder


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_core_asks_what_is_drawn_now(table: Table) -> None:
    asked = records_of(COMMITTED[f"{table.level}/{table.name}.in"])
    assert asked == questions_of(table, Kind.CORE)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
def test_every_version_is_answered_for_ever(version: Path) -> None:
    for line in (version / "tables.txt").read_text(encoding="ascii").splitlines():
        level, name, _ = line.split()
        asked, answered = (
            records_of((version / level / f"{name}.{kind}").read_bytes()) for kind in ("in", "out")
        )
        assert [answer(level, question) for question in asked] == answered, name


def test_manifest_has_the_hash_of_every_table() -> None:
    tables = {name: data for name, data in COMMITTED.items() if name != "manifest.json"}
    hashes = {name: sha256(data).hexdigest() for name, data in tables.items()}
    assert json.loads(COMMITTED["manifest.json"])["sha256"] == hashes


@pytest.mark.extended
def test_core_is_what_is_made_now() -> None:
    assert make_set(Kind.CORE) == COMMITTED


def test_core_is_small() -> None:
    assert sum(map(len, COMMITTED.values())) < 1_000_000


def test_core_is_the_beginning_of_the_release() -> None:
    assert all(table.core <= table.release for table in TABLES)
    assert set(RECORDED["sha256"]) == set(json.loads(COMMITTED["manifest.json"])["sha256"])
    same = [f"L1/boundary.{kind}" for kind in ("in", "out")]
    for name in same:
        assert sha256(COMMITTED[name]).hexdigest() == RECORDED["sha256"][name]


def test_versions_are_told() -> None:
    for manifest in (RECORDED, json.loads(COMMITTED["manifest.json"])):
        assert manifest["version"] == VERSION
        assert manifest["semantics_version"] == SEMANTICS_VERSION


@pytest.mark.parametrize("line", RECORDED["coverage"])
def test_document_tells_the_coverage(line: str) -> None:
    assert line in README


@NEEDS_COMPILER
def test_model_answers_everything(answers: Path) -> None:
    done = check(answers)
    assert done.returncode == 0, done.stdout
    assert "failed\n" not in done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith("L5: ")]


@NEEDS_COMPILER
def test_checkers_say_the_same(answers: Path, tmp_path: Path) -> None:
    changed = tmp_path / "answers"
    for name in COMMITTED:
        if name.endswith(".out") and name != "L1/none.out":
            (changed / name).parent.mkdir(parents=True, exist_ok=True)
            (changed / name).write_bytes((answers / name).read_bytes())
    with (changed / "L2/reads.out").open("a", encoding="ascii") as more:
        more.write("1 2 3\n")
    sums = (changed / "L3/sums.out").read_text(encoding="ascii").splitlines()
    sums[3] += " 7"
    (changed / "L3/sums.out").write_text("\n".join(sums[:-2]), encoding="ascii")
    layers = (changed / "L4/layers.out").read_text(encoding="ascii")
    (changed / "L4/layers.out").write_text(layers.rpartition(" ")[0], encoding="ascii")
    in_c = build([CHECKER.with_suffix(".c")], tmp_path)
    command = [str(in_c), str(CORE), str(changed)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    by_python = check(changed)
    assert said.stdout == by_python.stdout
    assert said.returncode == by_python.returncode == 1
    for text in ("L1/none: not answered", "got 7", "got nothing", "must not be there"):
        assert text in said.stdout


@NEEDS_COMPILER
def test_checker_asks_a_program(model: Path, tmp_path: Path) -> None:
    done = check(tmp_path, "--run", str(model))
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_to_compare(tmp_path: Path) -> None:
    assert check(tmp_path).returncode == 2
    done = check(tmp_path, "--run", str(tmp_path / "missing"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_archive_has_all_and_nothing_that_differs_between_machines(tmp_path: Path) -> None:
    path = tmp_path / "release"
    assert write_archive(path, COMMITTED) == path.stat().st_size < 20_000_000
    with tarfile.open(path) as archive:
        members = archive.getmembers()
    assert all((m.mtime, m.uid, m.gid, m.uname, m.mode) == (0, 0, 0, "", 0o644) for m in members)
    assert [m.name for m in members] == sorted(m.name for m in members)
    names = {member.name.removeprefix(f"{NAME}/") for member in members}
    expected = {"README.md", "SEMANTICS.md", "LICENSE", "SHA256SUMS", "check.py", "check.c"}
    assert expected | {"model/main.c", "replay/__main__.py", "vectors/tables.txt"} <= names


@pytest.mark.extended
def test_release_is_what_was_recorded(tmp_path: Path) -> None:
    vectors = make_set(Kind.RELEASE)
    assert json.loads(vectors["manifest.json"]) == RECORDED
    packages = tmp_path / "packages"
    packages.mkdir()
    assert make_closed(packages) in README
    assert write_archive(tmp_path / "release", vectors, packages) < 20_000_000
