"""Does every test file say which question it answers, in a folder the guide describes?"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.project.repository import ROOT, project_files

if TYPE_CHECKING:
    from pathlib import Path

TESTS = ROOT / "tests"
GUIDE = (TESTS / "README.md").read_text(encoding="utf-8")
FILES = {
    path.relative_to(TESTS).as_posix(): path
    for path in project_files()
    if path.is_relative_to(TESTS) and path.suffix == ".py"
}


@pytest.mark.parametrize("path", FILES.values(), ids=FILES.keys())
def test_file_has_a_docstring(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source)) or not source.strip()


@pytest.mark.parametrize("folder", sorted({name.split("/")[0] for name in FILES if "/" in name}))
def test_folder_is_described_in_the_guide(folder: str) -> None:
    assert f"| `{folder}` |" in GUIDE


def test_every_test_file_is_collected() -> None:
    # pytest takes test_*.py; a test in a file of another name would never run.
    stray = [
        name
        for name, path in FILES.items()
        if not path.name.startswith("test_") and "\ndef test_" in path.read_text(encoding="utf-8")
    ]
    assert stray == []
