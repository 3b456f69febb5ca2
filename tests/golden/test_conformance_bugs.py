"""Do the committed vectors notice a bug in an implementation?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.golden.model import COMPILER, MODEL, answer_all, compile_object, link
from tests.golden.planted_in_model import BUGS
from tools.conformance.archive import CORE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler is installed")


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The model's files without a bug, compiled, by name of the source."""
    folder = tmp_path_factory.mktemp("objects")
    return {path.name: compile_object(path, folder) for path in MODEL.glob("*.c")}


@pytest.mark.parametrize("name", BUGS)
def test_bug_is_noticed(name: str, objects: dict[str, Path], tmp_path: Path) -> None:
    bug = BUGS[name]
    text = (MODEL / bug.file).read_text(encoding="ascii")
    assert text.count(bug.old) == 1
    source = tmp_path / bug.file
    source.write_text(text.replace(bug.old, bug.new), encoding="ascii")
    changed = objects | {bug.file: compile_object(source, tmp_path)}
    program = link(changed.values(), tmp_path)
    answer_all(program, tmp_path / "answers", [bug.table])
    got = (tmp_path / "answers" / f"{bug.table}.out").read_text(encoding="ascii").splitlines()
    expected = (CORE / f"{bug.table}.out").read_text(encoding="ascii").splitlines()[1:]
    assert len(got) == len(expected)
    assert got != expected
