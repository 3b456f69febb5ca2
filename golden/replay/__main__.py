"""Computes golden packages from their own files, in plain Python.

::

    python replay PACKAGE ...               does each package follow from its own files?
    python replay PACKAGE --against DIR     what does an implementation have otherwise?

Memory images, masks and commands give the bus images; those give operands, sums, accumulators
and outputs; those give the memory afterwards. README.md beside this folder describes the files.
Nothing here is of the emulator, and nothing is needed but Python 3.11.
"""
# ruff: noqa: INP001 - run as a folder

from __future__ import annotations

import argparse
import sys
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from lanes import LaneVault
from tables import Mismatch, read_table
from vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["compare", "main", "replay"]


def replay(package: Path) -> int:
    """Replay every vault of a package, and return how many there are.

    Raises
    ------
    Mismatch
        Where it does not follow from its own files.
    """
    (machine,) = read_table(package / "machine.txt")
    lines = (package / "replay.txt").read_text(encoding="ascii").splitlines()
    for line in lines:
        folder, constants, has_lanes = line.split()
        if has_lanes == "1":
            LaneVault(package, folder, machine, constants).replay()
        else:
            Vault(package, folder, machine).replay()
    return len(lines)


def compare(package: Path, results: Path) -> Iterator[str]:
    """Describe the first line of every file of `results` that the package has otherwise."""
    for path in sorted(package.rglob("*.*")):
        name = path.relative_to(package)
        other = results / name
        if not other.is_file() or other.read_bytes() == path.read_bytes():
            continue
        texts = [file.read_text(errors="replace").splitlines() for file in (path, other)]
        for number, (mine, theirs) in enumerate(zip_longest(*texts)):
            if mine != theirs:
                yield f"{name}: line {number + 1}: {mine!r} in the package, {theirs!r} in {results}"
                break


def check(package: Path) -> tuple[str, bool]:
    """Say whether a package follows from its own files."""
    try:
        return f"{package}: {replay(package)} vaults follow from their files", True
    except Mismatch as error:
        return str(error), False


def main() -> int:
    """Replay the packages that are named, or compare results with one."""
    parser = argparse.ArgumentParser(prog="replay", description="Compute golden packages again.")
    parser.add_argument("packages", nargs="+", type=Path, metavar="PACKAGE")
    parser.add_argument("--against", type=Path, metavar="DIR", help="results to compare with one")
    arguments = parser.parse_args()
    is_good = True
    for package in arguments.packages:
        if arguments.against is None:
            text, follows = check(package)
        else:
            found = list(compare(package, arguments.against))
            text, follows = "\n".join(found) or f"{package}: nothing differs", not found
        sys.stdout.write(f"{text}\n")
        is_good = is_good and follows
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
