"""Compares the answers of an implementation with those of a set of vectors, table by table.

::

    python check.py VECTORS ANSWERS                   compare what lies in ANSWERS
    python check.py VECTORS ANSWERS --run ./model     ask it first: ./model L1 < questions

README.md describes tables and levels. The exit status is 0 if every answer is right, 1 if one is
wrong, 2 if there is nothing to compare. Python 3.11 and nothing else.
"""
# ruff: noqa: INP001 - a script

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from dataclasses import dataclass
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Self

__all__ = ["Score", "ask", "check_table", "main", "read_index", "read_records"]

SHOWN = 200
"""Characters of a question that are shown."""


@dataclass
class Score:
    """How many records of a table are right, wrong, or not answered."""

    passed: int = 0
    failed: int = 0
    missing: int = 0

    def __iadd__(self, other: Score) -> Self:
        """Add another table's."""
        self.passed += other.passed
        self.failed += other.failed
        self.missing += other.missing
        return self


def read_index(vectors: Path) -> list[tuple[str, str]]:
    """Level and name of every table."""
    lines = (vectors / "tables.txt").read_text(encoding="ascii").splitlines()
    return [(level, name) for level, name, _ in map(str.split, lines)]


def read_records(path: Path) -> list[list[str]]:
    """Numbers of every record, without headings and empty lines."""
    lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    return [line.split() for line in lines if line.strip() and not line.startswith("//")]


def first_difference(expected: list[str], got: list[str]) -> str | None:
    """Which number of a record differs, if any."""
    pairs = zip_longest(expected, got, fillvalue="nothing")
    for position, (must, found) in enumerate(pairs, start=1):
        if must != found:
            return f"number {position} must be {must}, got {found}"
    return None


def check_table(vectors: Path, answers: Path, table: tuple[str, str]) -> tuple[Score, list[str]]:
    """Compare one table; returns its score, and what to say of it."""
    level, name = table
    expected = read_records(vectors / level / f"{name}.out")
    path = answers / level / f"{name}.out"
    if not path.is_file():
        return Score(missing=len(expected)), [f"{level}/{name}: not answered"]
    questions = read_records(vectors / level / f"{name}.in")
    got = read_records(path)
    differences = [
        (number, found)
        for number, must in enumerate(expected, start=1)
        if (found := first_difference(must, got[number - 1] if number <= len(got) else []))
    ]
    score = Score(passed=len(expected) - len(differences), failed=len(differences))
    lines = [f"  record {number}: {found}" for number, found in differences[:1]]
    if differences:
        lines.append(f"  question: {' '.join(questions[differences[0][0] - 1])[:SHOWN]}")
    if len(got) > len(expected):
        score.failed += 1
        lines = lines or [f"  record {len(expected) + 1}: must not be there"]
    failed = f", {score.failed} failed" if score.failed else ""
    return score, [f"{level}/{name}: {score.passed} passed{failed}", *lines]


def ask(command: list[str], vectors: Path, answers: Path) -> None:
    """Give every table to a program, and keep what it answers."""
    for level, name in read_index(vectors):
        folder = answers / level
        folder.mkdir(parents=True, exist_ok=True)
        with (
            (vectors / level / f"{name}.in").open("rb") as questions,
            (folder / f"{name}.out").open("wb") as answer,
        ):
            subprocess.run([*command, level], stdin=questions, stdout=answer, check=False)  # noqa: S603 - what the user asks for


def main() -> int:
    """Compare all tables."""
    parser = argparse.ArgumentParser(prog="check", description="Compare answers with vectors.")
    parser.add_argument("vectors", type=Path, metavar="VECTORS", help="folder with tables.txt")
    parser.add_argument("answers", type=Path, metavar="ANSWERS", help="folder of LEVEL/NAME.out")
    parser.add_argument("--run", metavar="COMMAND", help="program to ask before comparing")
    arguments = parser.parse_args()
    try:
        tables = read_index(arguments.vectors)
        if arguments.run is not None:
            ask(shlex.split(arguments.run), arguments.vectors, arguments.answers)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    total = Score()
    for level, group in groupby(tables, key=lambda table: table[0]):
        of_level = Score()
        for table in group:
            score, lines = check_table(arguments.vectors, arguments.answers, table)
            of_level += score
            sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.write(
            f"{level}: {of_level.passed} passed, {of_level.failed} failed, "
            f"{of_level.missing} not answered\n"
        )
        total += of_level
    if total.failed:
        return 1
    return 0 if total.passed else 2


if __name__ == "__main__":
    sys.exit(main())
