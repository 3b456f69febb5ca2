"""The committed packages, and a small one that tests may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["GOLDEN", "NAMES", "PACKAGES", "ROOT", "copy_of"]

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "golden"
PACKAGES = GOLDEN / "packages"
NAMES = sorted(folder.name for folder in PACKAGES.iterdir())


def copy_of(name: str, place: Path) -> Path:
    """Copy a committed package to where it may be changed."""
    return Path(shutil.copytree(PACKAGES / name, place / name))
