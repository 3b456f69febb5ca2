"""Does the constraint table state the delays of the machine, each once, with known names?"""

from __future__ import annotations

from dataclasses import fields

import pytest

from qpim_emu.hardware import CONSTRAINTS, PAPER, Constraint, Cycles

# Delays of PAPER in cycles, worked out by hand.
EXPECTED = {
    ("ACT", "RD", "bank", 1): 13,
    ("ACT", "WR", "bank", 1): 13,
    ("ACT", "PRE", "bank", 1): 27,
    ("PRE", "ACT", "bank", 1): 10,
    ("RD", "PRE", "bank", 1): 7,
    ("WR", "PRE", "bank", 1): 13 + 4 + 10,
    ("ACT", "ACT", "vault", 1): 4,
    ("ACT", "ACT", "vault", 4): 24,
    ("RD", "RD", "vault", 1): 4,
    ("RD", "WR", "vault", 1): 4,
    ("WR", "RD", "vault", 1): 4,
    ("WR", "WR", "vault", 1): 4,
    ("PRE", "REF", "vault", 1): 10,
    ("REF", "ACT", "vault", 1): 74,
    ("REF", "REF", "vault", 1): 74,
}


def key(row: Constraint) -> tuple[str, str, str, int]:
    """Tell the rows apart."""
    return row.before, row.after, str(row.scope), row.window


def test_the_table_holds_the_delays_of_paper() -> None:
    assert {key(row): row.distance(PAPER.timing.cycles) for row in CONSTRAINTS} == EXPECTED
    assert len(CONSTRAINTS) == len(EXPECTED)


@pytest.mark.parametrize("row", CONSTRAINTS, ids=lambda row: "-".join(map(str, key(row))))
def test_every_row_says_why(row: Constraint) -> None:
    assert row.reason
    assert row.source


def test_every_time_but_the_interval_constrains_something() -> None:
    used = {row.delay for row in CONSTRAINTS}
    inside = {"cl", "wr"}  # parts of the write recovery
    assert used | inside == {item.name for item in fields(Cycles)} - {"refi"} | {"write_recovery"}
