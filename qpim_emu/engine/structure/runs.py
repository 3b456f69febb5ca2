"""Compiled expansion of a phase's walks into row visits, one run after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled
from qpim_emu.engine.structure.visits import (
    IDLE_AT,
    LAST_COLUMN,
    RD,
    REFRESHES,
    VISITS,
    WR,
    Rules,
    State,
    close_all,
    fresh_state,
    visit_row,
)

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["Access", "run_phase"]

BANK, ROW, COLUMNS = range(3)
"""Elements of the pending visit."""


class Access(NamedTuple):
    """How a phase addresses the banks.

    Attributes
    ----------
    columns, banks
        Blocks of a row, and banks of the vault.
    most
        Most blocks of one read command (1, 2 or 4); 0 for writes.
    aligned
        Whether k blocks read together start at a multiple of k.
    """

    columns: int
    banks: int
    most: int
    aligned: bool


@compiled
def count_reads(commands: IntArray, column: int, blocks: int, access: Access) -> int:
    """Cut consecutive blocks of one row into read commands; count them and return how many.

    The same choice as `qpim_emu.hardware.gating.blocks_of_read`, for a whole stretch: alone or
    in pairs up to the next multiple of 4, then by fours, then what is left.
    """
    if access.most == 1 or blocks == 1:
        commands[RD] += blocks
        return blocks
    lone = column % 2 if access.aligned else 0
    rest = blocks - lone
    early = 0
    if access.most > 2 and access.aligned and (column + lone) % 4 and rest > 1:  # noqa: PLR2004
        early = 1
        rest -= 2
    fours = rest // 4 if access.most > 2 else 0  # noqa: PLR2004
    pairs = early + (rest - 4 * fours) // 2
    singles = lone + rest % 2
    commands[RD] += singles
    commands[RD + 1] += pairs
    commands[RD + 2] += fours
    return singles + pairs + fours


@compiled
def run_phase(table: IntArray, access: Access, rules: Rules) -> tuple[IntArray, int, int]:
    """Walk a phase from idle to idle.

    Parameters
    ----------
    table
        Walks (`qpim_emu.engine.structure.tables`).

    Returns
    -------
    commands, cycles, refreshes
        ``int64[banks, 6]``, and two integers.
    """
    state = fresh_state(access.banks, rules)
    visit = np.zeros(3, np.int64)
    for walk in table:
        base, y_count, y_step, x_count, x_step, j_count, j_step, i_count, i_step, run = walk
        for y in range(y_count):
            for x in range(x_count):
                vector = base + y * y_step + x * x_step
                for j in range(j_count):
                    for i in range(i_count):
                        block = vector + j * j_step + i * i_step
                        take_run(state, visit, block, block + run, access, rules)
    if visit[COLUMNS]:
        visit_row(state, rules, visit[BANK], visit[ROW], visit[COLUMNS])
    cycles = 0
    if state.clock[VISITS]:
        close_all(state, rules, 0)
        cycles = max(state.clock[IDLE_AT], state.clock[LAST_COLUMN] + rules.latency)
    return state.commands, cycles, state.clock[REFRESHES]


@compiled
def take_run(
    state: State, visit: IntArray, block: int, past: int, access: Access, rules: Rules
) -> None:
    """Add a run's column commands to the visit they continue, issuing each visit that ends.

    `visit` is the pending visit: its bank, its row, and its column commands so far.
    """
    while block < past:
        place, column = divmod(block, access.columns)
        row, bank = divmod(place, access.banks)
        blocks = min(access.columns - column, past - block)
        if bank != visit[BANK] or row != visit[ROW]:
            if visit[COLUMNS]:
                visit_row(state, rules, visit[BANK], visit[ROW], visit[COLUMNS])
            visit[BANK], visit[ROW], visit[COLUMNS] = bank, row, 0
        if access.most:
            visit[COLUMNS] += count_reads(state.commands[bank], column, blocks, access)
        else:
            state.commands[bank, WR] += blocks
            visit[COLUMNS] += blocks
        block += blocks
