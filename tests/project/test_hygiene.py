"""Is every file small, described and free of the machine it was written on?"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.project.repository import PACKAGE, ROOT, module_sources, project_files

if TYPE_CHECKING:
    from pathlib import Path

MOST_LINES = 400

# Brackets keep the patterns from matching themselves.
MACHINE_PATH = re.compile(rb"(?<![\w.])/(work|roo[t]|home/\w+|Users/\w+|tmp/\w*venv)/")
PACKAGE_INDEX = re.compile(rb"pypi[.]org|python[h]osted[.]org|index[-_]url", re.IGNORECASE)

SOURCES = module_sources()


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("pattern", [MACHINE_PATH, PACKAGE_INDEX], ids=["path", "index"])
def test_no_file_names_a_machine(pattern: re.Pattern[bytes]) -> None:
    leaks = {
        _relative(path): found.group().decode()
        for path in project_files()
        if (found := pattern.search(path.read_bytes()))
    }
    assert leaks == {}


@pytest.mark.parametrize("leak", ["see {}work{}x", "'{}root{}.cache'", "#!{}home{}ada/bin/sh"])
def test_machine_paths_are_recognised(leak: str) -> None:
    assert MACHINE_PATH.search(leak.format("/", "/").encode())


@pytest.mark.parametrize("path", ["docs/work/x", "../root/x", "/home/", "a/tmp/venv/"])
def test_other_paths_are_not(path: str) -> None:
    assert not MACHINE_PATH.search(path.encode())


@pytest.mark.parametrize("path", SOURCES)
def test_module_is_small(path: str) -> None:
    assert len(SOURCES[path].splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", SOURCES)
def test_module_says_what_it_is(path: str) -> None:
    assert ast.get_docstring(ast.parse(SOURCES[path]))


def _defined(tree: ast.Module) -> set[str]:
    """Return the names a module defines at its top level."""
    names: set[str] = set()
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names.update(target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return names


@pytest.mark.parametrize("path", SOURCES)
def test_module_lists_its_public_names(path: str) -> None:
    names = _defined(ast.parse(SOURCES[path]))
    if any(not name.startswith("_") for name in names):
        assert "__all__" in names


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts}
    assert [_relative(one) for one in sorted(folders) if not (one / "__init__.py").exists()] == []
