"""Can machine code in a cache go stale, and do compiled functions work where none can be kept?"""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.project.repository import PACKAGE

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = {
    path: ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((PACKAGE / "engine").rglob("*.py"))
}


def compiled_functions(tree: ast.Module) -> set[str]:
    """Names of the functions a module compiles."""
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(item).startswith("compiled") for item in node.decorator_list)
    }


def called_functions(tree: ast.Module) -> set[str]:
    """Names that the compiled functions of a module call."""
    names = compiled_functions(tree)
    return {
        call.func.id
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name in names
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    }


def test_some_functions_are_compiled() -> None:
    assert len([path for path, tree in SOURCES.items() if compiled_functions(tree)]) > 3


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_compiled_functions_call_only_their_own_file(path: Path) -> None:
    # numba keys its cache by the file of the caller; a callee elsewhere could change unnoticed
    foreign = {
        name
        for other, tree in SOURCES.items()
        if other != path
        for name in compiled_functions(tree)
    } - compiled_functions(SOURCES[path])
    assert not called_functions(SOURCES[path]) & foreign


def test_without_a_writable_folder_functions_are_compiled_anyway() -> None:
    # as numba sees it: no place it looks at can be written
    code = """
import numba.core.caching as caching

class Nowhere:
    @classmethod
    def from_function(cls, *_):
        return None

caching.CacheImpl._locator_classes = [Nowhere]
from qpim_emu.engine.fast.kernels.saturating import add_clipped
print(add_clipped(120, 10, -128, 127))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PACKAGE.parent,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.stdout.strip() == "(127, 1)", done.stderr[-500:]
