"""Is the public interface exactly what `__all__` says, for users, tools and type checkers?"""

from __future__ import annotations

import ast
from importlib import import_module

import pytest

import qpim_emu
from tests.project.repository import PACKAGE

EAGER = {"__version__", "errors"}

_TREE = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))


def _table() -> dict[str, str]:
    for node in _TREE.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_MODULE_OF":
            table: dict[str, str] = ast.literal_eval(node.value)
            return table
    pytest.fail("qpim_emu/__init__.py defines no table _MODULE_OF")


def _typed() -> dict[str, str]:
    """Return the names imported for type checkers, with their modules."""
    return {
        alias.asname or alias.name: node.module or ""
        for block in _TREE.body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_names_for_type_checkers_match_the_table() -> None:
    assert _typed() == _table()


def test_all_is_the_table_and_what_is_always_there() -> None:
    assert sorted(qpim_emu.__all__) == sorted({*_table(), *EAGER})


@pytest.mark.parametrize(("name", "module"), _table().items(), ids=_table().keys())
def test_name_resolves_to_its_definition(name: str, module: str) -> None:
    home = import_module(module)
    assert getattr(qpim_emu, name) is getattr(home, name)
    assert name in home.__all__


@pytest.mark.parametrize("name", _table())
def test_name_is_not_hidden_by_a_module(name: str) -> None:
    # Importing qpim_emu/<name>.py would replace the public object by the module.
    assert not (PACKAGE / f"{name}.py").exists()
    assert not (PACKAGE / name).exists()


def test_names_are_listed_before_they_are_loaded() -> None:
    assert set(qpim_emu.__all__) <= set(dir(qpim_emu))


def test_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Quant'"):
        getattr(qpim_emu, "Quant")  # noqa: B009 - a plain attribute would be refused by mypy
