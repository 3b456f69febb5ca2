"""Planting a bug in a copy of the RTL: one change of its text."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from golden.rtl.simulator import RTL

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Planted", "bug", "planted_sources"]


@dataclass(frozen=True, slots=True)
class Planted:
    """A planted bug.

    Attributes
    ----------
    block
        Module it is in.
    name
        What is wrong.
    changes
        Pairs of texts: one that must occur in the module's file exactly once, and what replaces
        it.
    package
        Committed package that must notice.
    """

    block: str
    name: str
    changes: tuple[tuple[str, str], ...]
    package: str

    @property
    def identity(self) -> str:
        """Name of its test."""
        return f"{self.block}: {self.name}"


def bug(block: str, name: str, old: str, new: str, *, by: str) -> Planted:
    """Make a bug of one change, noticed by a package."""
    return Planted(block, name, ((old, new),), by)


def planted_sources(folder: Path, planted: Planted) -> Path:
    """Copy the sources into `folder`, with a bug.

    Raises
    ------
    AssertionError
        If a text to replace does not occur exactly once: the table must follow the sources.
    """
    shutil.copytree(RTL, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "cocotb"))
    path = folder / f"{planted.block}.sv"
    text = path.read_text(encoding="utf-8")
    for old, new in planted.changes:
        assert text.count(old) == 1, f"{planted.block}: {text.count(old)} x {old!r}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return folder
