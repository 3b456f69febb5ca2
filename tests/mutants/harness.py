"""Runs tests against a copy of the project in which one line is wrong."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tests.project.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Mutant", "Search", "mutated", "run_tests", "snapshot"]

COPIED = ("qpim_emu", "tests")
LONGEST_S = 120
"""A mutant that hangs is found as well."""


class Search(StrEnum):
    """How hard Hypothesis searches in a copy: names of pytest plugins in this folder."""

    UNSHRUNK = "unshrunk"
    BRIEF = "brief"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A planted bug.

    Attributes
    ----------
    name
        What is wrong.
    file
        File below the package.
    old, new
        Text that must occur in it exactly once, and what replaces it.
    killers
        Tests that must notice, as pytest's arguments relative to the project.
    """

    name: str
    file: str
    old: str
    new: str
    killers: tuple[str, ...]


def snapshot(folder: Path) -> Path:
    """Copy what the tests need into `folder`, compiled so that each run starts quickly."""
    ignore = shutil.ignore_patterns("__pycache__", ".hypothesis")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    shutil.copy2(ROOT / "pyproject.toml", folder)
    compileall.compile_dir(folder / "qpim_emu", quiet=2)
    return folder


def mutated(source: Path, folder: Path, mutant: Mutant) -> Path:
    """Copy a snapshot into `folder` with a mutant applied.

    Raises
    ------
    AssertionError
        If the text to replace does not occur exactly once: the table must follow the code.
    """
    text = (source / "qpim_emu" / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1, f"{mutant.file}: {text.count(mutant.old)} x {mutant.old!r}"
    shutil.copytree(source, folder)
    path = folder / "qpim_emu" / mutant.file
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    return folder


def run_tests(
    folder: Path,
    tests: Sequence[str],
    *,
    longest_s: float = LONGEST_S,
    search: Search = Search.UNSHRUNK,
) -> tuple[int, str]:
    """Run tests of a copy, and return pytest's exit status and output.

    The search is that of the gate, without the time it takes to shrink what it finds, or a brief
    one. Tests that are not done after `longest_s` seconds are stopped, and count as failed.
    """
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "QPIM_HYPOTHESIS_PROFILE": "gate",
    }
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", f"tests.mutants.{search}"]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *tests],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=longest_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, "timed out"
    return done.returncode, done.stdout + done.stderr
