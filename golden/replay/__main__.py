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


class Unusable(Exception):  # noqa: N818 - named like Mismatch
    """There is nothing to replay or to compare."""


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
    """Describe where every file of `results` parts from the package's of that name.

    Raises
    ------
    Unusable
        If there is no such file.
    """
    names = [path.relative_to(package) for path in sorted(package.rglob("*.*"))]
    shared = [name for name in names if (package / name).is_file() and (results / name).is_file()]
    if not shared:
        msg = f"{results} must have files under the names of {package}, got none"
        raise Unusable(msg)
    for name in shared:
        mine, theirs = ((folder / name).read_bytes() for folder in (package, results))
        if mine != theirs:
            yield f"{name}: {first_difference(mine, theirs, results)}"


def first_difference(mine: bytes, theirs: bytes, results: Path) -> str:
    """Describe the first line that differs, or the first byte of files that are no text."""
    texts = [data.decode("ascii", errors="replace").splitlines() for data in (mine, theirs)]
    if mine.isascii():
        for number, (one, other) in enumerate(zip_longest(*texts), start=1):
            if one != other:
                return f"line {number}: {one!r} in the package, {other!r} in {results}"
    pairs = enumerate(zip_longest(mine, theirs))
    at, (byte, found) = next((at, pair) for at, pair in pairs if pair[0] != pair[1])
    return f"byte {at}: {byte} in the package, {found} in {results}"


def check(package: Path) -> tuple[str, bool]:
    """Say whether a package follows from its own files.

    Raises
    ------
    Unusable
        If it has no such files.
    """
    if not (package / "replay.txt").is_file():
        msg = f"{package} must be a golden package, got no replay.txt in it"
        raise Unusable(msg)
    try:
        return f"{package}: {replay(package)} vaults follow from their files", True
    except Mismatch as error:
        return str(error), False
    except (OSError, ValueError, KeyError, IndexError, StopIteration) as error:
        return f"{package}: a file is missing or malformed: {error!r}", False


def judge(package: Path, results: Path | None) -> tuple[str, bool]:
    """Say whether a package follows from its own files, or agrees with results if there are any.

    Raises
    ------
    Unusable
        If there is nothing to compare.
    """
    if results is None:
        return check(package)
    found = list(compare(package, results))
    return "\n".join(found) or f"{package}: nothing differs", not found


def main() -> int:
    """Replay the packages that are named, or compare results with one.

    The exit status is 0 if all is well, 1 if something differs, 2 if there is nothing to compare.
    """
    parser = argparse.ArgumentParser(prog="replay", description="Compute golden packages again.")
    parser.add_argument("packages", nargs="+", type=Path, metavar="PACKAGE")
    parser.add_argument("--against", type=Path, metavar="DIR", help="results to compare with one")
    arguments = parser.parse_args()
    is_good = True
    for package in arguments.packages:
        try:
            text, follows = judge(package, arguments.against)
        except Unusable as error:
            sys.stderr.write(f"{error}\n")
            return 2
        sys.stdout.write(f"{text}\n")
        is_good = is_good and follows
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
