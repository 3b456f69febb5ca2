"""Can machine code in a cache go stale, and do compiled functions work where none can be kept?"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from qpim_emu.engine.compiled import source_stamps
from qpim_emu.engine.fast.kernels.vector import multiply_vectors
from tests.project.repository import PACKAGE

SOURCES = {
    path: ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((PACKAGE / "engine").rglob("*.py"))
}


def compiled_functions(tree: ast.Module, *, begins: str = "compiled") -> set[str]:
    """Names of the functions a module compiles, with decorators whose names begin so."""
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(item).startswith(begins) for item in node.decorator_list)
    }


def called_functions(tree: ast.Module) -> set[str]:
    """Names that the compiled functions of a module call, unless their key covers other files."""
    names = compiled_functions(tree) - compiled_functions(tree, begins="compiled_across")
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


def test_key_of_functions_across_files_covers_what_they_may_call() -> None:
    covered = {Path(name).relative_to(PACKAGE).as_posix() for name, *_ in source_stamps()}
    assert {"engine/fast/kernels/vector.py", "engine/fast/kernels/loops.py"} <= covered
    assert {"arith/rounding.py", "arith/requantize/dispatch.py"} <= covered
    stamp: Any = cast("Any", multiply_vectors)._cache._cache_file._source_stamp  # noqa: SLF001
    assert stamp[1] == source_stamps()


@pytest.mark.parametrize(
    "path",
    [path for path, tree in SOURCES.items() if compiled_functions(tree)],
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)
def test_functions_across_files_call_covered_files_only(path: Path) -> None:
    tree = SOURCES[path]
    across = compiled_functions(tree, begins="compiled_across")
    imported = {
        alias.asname or alias.name: node.module or ""
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    called = {
        call.func.id
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name in across
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    }
    for name in called & imported.keys():
        assert imported[name].startswith(("qpim_emu.engine.fast.", "qpim_emu.arith."))


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
