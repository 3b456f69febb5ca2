"""A set of vectors as files: tables, their index, a manifest."""

from __future__ import annotations

import json
from collections import defaultdict
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from qpim_emu.engine.run import SEMANTICS_VERSION
from tools.conformance.answers import answer
from tools.conformance.coverage import coverage_lines
from tools.conformance.tables import HEADINGS, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.conformance.tables import Table

__all__ = ["VERSION", "Kind", "make_set", "questions_of", "records_of"]

VERSION = 1
"""Version of the set: a table whose bytes change is a table of the next version."""


class Kind(StrEnum):
    """How large a set is."""

    CORE = "core"
    RELEASE = "release"


def questions_of(table: Table, kind: Kind) -> list[list[int]]:
    """Draw the questions that a set of a kind has of a table."""
    return [table.question(number) for number in range(getattr(table, kind))]


def records_of(text: bytes) -> list[list[int]]:
    """Records of a table's text."""
    lines = text.decode("ascii").splitlines()[1:]
    return [[int(number) for number in line.split()] for line in lines]


def text_of(heading: str, records: Iterable[list[int]]) -> bytes:
    """Text of a table."""
    lines = (" ".join(map(str, record)) for record in records)
    return "".join(f"{line}\n" for line in (f"// {heading}", *lines)).encode()


def make_set(kind: Kind) -> dict[str, bytes]:
    """Make all tables of a set, and what describes them.

    Returns
    -------
    dict
        Contents of the files by name.

    Raises
    ------
    DisagreementError
        If the oracle gives another answer to any question.
    """
    files: dict[str, bytes] = {}
    index: list[tuple[str, str, int]] = []
    of_level: dict[str, list[list[int]]] = defaultdict(list)
    for table in TABLES:
        questions = questions_of(table, kind)
        answers = [answer(table.level, question) for question in questions]
        asked, answered = HEADINGS[table.level]
        files[f"{table.level}/{table.name}.in"] = text_of(asked, questions)
        files[f"{table.level}/{table.name}.out"] = text_of(answered, answers)
        index.append((table.level, table.name, len(questions)))
        of_level[table.level] += questions
    files["tables.txt"] = "".join(f"{' '.join(map(str, one))}\n" for one in index).encode()
    manifest = {
        "format": "quant-pim-vectors",
        "version": VERSION,
        "semantics_version": SEMANTICS_VERSION,
        "set": str(kind),
        "records": sum(records for *_, records in index),
        "coverage": coverage_lines(of_level),
        "sha256": {name: sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    return {**files, "manifest.json": (json.dumps(manifest, indent=1) + "\n").encode()}
