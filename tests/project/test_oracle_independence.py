"""Does the oracle compute for itself, or does it borrow arithmetic from the formats it is given?

Import rules cannot see this: a layer hands the oracle its formats and windows, methods included.
"""

from __future__ import annotations

import ast
from dataclasses import fields

import pytest

from qpim_emu import Format, Window
from tests.project.repository import module_sources

ARRAYS_HAVE_THEM_TOO = {"max", "min"}


def _computing_members() -> set[str]:
    """Return what formats and windows compute, as opposed to hold."""
    members = {name for one in (Format, Window) for name in dir(one) if not name.startswith("_")}
    held = {field.name for one in (Format, Window) for field in fields(one)}
    return members - held - ARRAYS_HAVE_THEM_TOO


def _borrowed(source: str) -> set[str]:
    used = {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
    return used & _computing_members()


def test_oracle_borrows_nothing() -> None:
    oracle = {
        path: source for path, source in module_sources().items() if path.startswith("oracle/")
    }
    assert oracle
    assert {path: names for path, source in oracle.items() if (names := _borrowed(source))} == {}


@pytest.mark.parametrize("source", ["fmt.wrap(total)", "int(layer.window.operand_mask)"])
def test_borrowing_is_found(source: str) -> None:
    assert _borrowed(source)
