"""Lets the machine's functions run on terms: they only need other names for three builtins."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from tests.proofs.terms import forget, integer, larger, smaller

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = ("qpim_emu.arith.rounding", "qpim_emu.arith.requantize.q15_acc64")
"""Modules that turn comparisons into integers, or take the smaller of two."""


@pytest.fixture(autouse=True)
def on_terms(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for module in MODULES:
        for name, stand_in in {"int": integer, "min": smaller, "max": larger}.items():
            monkeypatch.setattr(import_module(module), name, stand_in, raising=False)
    forget()
    yield
    forget()
