"""Where the project's files are, for the tests that read them as text."""

from __future__ import annotations

from fnmatch import fnmatch
from functools import cache
from pathlib import Path

__all__ = ["PACKAGE", "ROOT", "module_sources", "project_files"]

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "qpim_emu"


def _ignored_patterns() -> list[str]:
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    return [".git", *(line.strip("/") for line in lines if line and not line.startswith("#"))]


@cache
def project_files() -> tuple[Path, ...]:
    """List every file that belongs to the project: all but what ``.gitignore`` names.

    It reads the tree and not the index of git, so that a new file counts before it is added and
    the tests run in a copy without history.
    """
    ignored = _ignored_patterns()
    found: list[Path] = []
    folders = [ROOT]
    while folders:
        for path in folders.pop().iterdir():
            if any(fnmatch(path.name, pattern) for pattern in ignored):
                continue
            (folders if path.is_dir() else found).append(path)
    return tuple(sorted(found))


def module_sources() -> dict[str, str]:
    """Return the source of every module, by its path relative to the package."""
    return {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
        for path in project_files()
        if path.is_relative_to(PACKAGE) and path.suffix == ".py"
    }
