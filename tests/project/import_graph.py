"""The imports of the package, read from its source without running it.

Every import counts, wherever it stands: at the top, inside a function, under `TYPE_CHECKING`, or
as ``import_module("literal")``. A dependency for types alone is still a dependency.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Import", "dotted", "imports_of"]

ROOT_PACKAGE = "qpim_emu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import of a module of the package by another.

    Parameters
    ----------
    importer, target
        Dotted module names; a package stands for its ``__init__``.
    name
        What is taken from `target`, or None for the module itself.
    line
        Line of the import statement.
    """

    importer: str
    target: str
    name: str | None
    line: int

    def __str__(self) -> str:
        what = self.target if self.name is None else f"{self.target}.{self.name}"
        return f"{self.importer}, line {self.line}, imports {what}"


def dotted(path: str) -> str:
    """Return the dotted name of a module from its path relative to the package."""
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join((ROOT_PACKAGE, *(part for part in parts if part != "__init__")))


def _base_of(node: ast.ImportFrom, path: str) -> str:
    """Return the absolute module a ``from ... import`` names, dots resolved."""
    if node.level == 0:
        return node.module or ""
    package = (ROOT_PACKAGE, *PurePosixPath(path).parent.parts)
    kept = package[: len(package) - node.level + 1]
    return ".".join((*kept, *([node.module] if node.module else [])))


def _imported_literal(node: ast.Call) -> str | None:
    """Return the module named by a call of ``import_module`` with a literal, if it is one."""
    match node:
        case ast.Call(
            func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(module)), *_],
        ):
            return module
    return None


def _targets(tree: ast.AST, path: str) -> Iterator[tuple[str, str | None, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base_of(node, path)
            yield from ((base, alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call) and (literal := _imported_literal(node)):
            yield literal, None, node.lineno


def imports_of(sources: Mapping[str, str]) -> list[Import]:
    """Return every import inside the package.

    Parameters
    ----------
    sources
        Source text by path relative to the package, as ``engine/fast/walk.py``.
    """
    modules = {dotted(path) for path in sources}
    found = []
    for path, source in sources.items():
        for base, imported, line in _targets(ast.parse(source), path):
            if base.split(".")[0] != ROOT_PACKAGE:
                continue
            is_module = imported is not None and f"{base}.{imported}" in modules
            found.append(
                Import(
                    importer=dotted(path),
                    target=f"{base}.{imported}" if is_module else base,
                    name=None if is_module else imported,
                    line=line,
                )
            )
    return found
