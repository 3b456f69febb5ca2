"""Compiled model of a vault during one phase: runs, row visits, refreshes, cycles.

The timing is that of `qpim_emu.hardware.constraints` under the controller's rules (look-ahead,
row policy, refresh deadlines); the columns of a visit are taken at once, since between two
deadlines they follow each other every tCCD. Constraints never reach from one phase into the
next: a phase ends with every bank precharged and idle, which the rules between times that
`qpim_emu.hardware.validate` checks make longer than tRRD, tFAW and tCCD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["Access", "Rules", "run_phase"]

ACT, PRE, RD, WR = 0, 1, 2, 5
"""Columns of `State.commands`: ACT, PRE, RD, RD2, RD4, WR."""

LAST_COLUMN, LAST_ACT, IDLE_AT, DEADLINE, READY, VISITS, ACTS, REFRESHES = range(8)
"""Elements of `State.clock`."""

BANK, ROW, COLUMNS = range(3)
"""Elements of the visit that is pending: where it is, and its column commands so far."""

LONG_AGO = -(1 << 60)
CLOSED = -1
FAW_ACTS = 4


class Rules(NamedTuple):
    """Times in cycles, and the controller's policy."""

    rcd: int
    rp: int
    ras: int
    recovery: int
    rrd: int
    faw: int
    ccd: int
    rfc: int
    refi: int
    latency: int
    look_ahead: int
    closed: bool


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
    rules
        Times and policy.
    """

    columns: int
    banks: int
    most: int
    aligned: bool
    rules: Rules


class State(NamedTuple):
    """State of a vault in local time of the phase.

    Attributes
    ----------
    row, act_at, column_at, pre_at
        Per bank: open row or `CLOSED`; cycle of the last ACT, column command, PRE.
    commands
        ``int64[banks, 6]``: commands so far.
    ends
        Ring of the last columns of the most recent look_ahead + 1 visits.
    acts
        Ring of the cycles of the last four ACTs.
    clock
        Scalars, see the names of its elements.
    """

    row: IntArray
    act_at: IntArray
    column_at: IntArray
    pre_at: IntArray
    commands: IntArray
    ends: IntArray
    acts: IntArray
    clock: IntArray


@compiled
def fresh_state(banks: int, rules: Rules) -> State:
    """All banks precharged and idle, nothing counted."""
    clock = np.zeros(8, np.int64)
    clock[LAST_COLUMN] = LONG_AGO
    clock[LAST_ACT] = LONG_AGO
    clock[DEADLINE] = rules.refi
    return State(
        np.full(banks, CLOSED, np.int64),
        np.full(banks, LONG_AGO, np.int64),
        np.full(banks, LONG_AGO, np.int64),
        np.full(banks, LONG_AGO, np.int64),
        np.zeros((banks, 6), np.int64),
        np.zeros(rules.look_ahead + 1, np.int64),
        np.full(FAW_ACTS, LONG_AGO, np.int64),
        clock,
    )


@compiled
def pre_cycle(state: State, rules: Rules, bank: int, not_before: int) -> int:
    """Earliest precharge of an open bank."""
    legal: int = max(state.act_at[bank] + rules.ras, state.column_at[bank] + rules.recovery)
    return max(not_before, legal)


@compiled
def precharge(state: State, rules: Rules, bank: int, not_before: int) -> None:
    """Close an open bank as early as legal."""
    at = pre_cycle(state, rules, bank, not_before)
    state.pre_at[bank] = at
    state.row[bank] = CLOSED
    state.commands[bank, PRE] += 1
    state.clock[IDLE_AT] = max(state.clock[IDLE_AT], at + rules.rp)


@compiled
def close_all(state: State, rules: Rules, not_before: int) -> None:
    """Close every open bank."""
    for bank in range(state.row.shape[0]):
        if state.row[bank] != CLOSED:
            precharge(state, rules, bank, not_before)


@compiled
def refresh(state: State, rules: Rules) -> None:
    """Close every bank at the deadline or as soon after as legal, and refresh."""
    clock = state.clock
    close_all(state, rules, clock[DEADLINE])
    at = max(clock[DEADLINE], clock[IDLE_AT], clock[READY])
    clock[READY] = at + rules.rfc
    clock[DEADLINE] += rules.refi
    clock[REFRESHES] += 1


@compiled
def gate_of(state: State) -> int:
    """Last column command of the visit look_ahead + 1 visits ago; 0 before there is one."""
    gate: int = state.ends[state.clock[VISITS] % state.ends.shape[0]]
    return gate


@compiled
def act_cycle(state: State, rules: Rules, bank: int) -> int:
    """Earliest activation of another row of a bank, closing its open one first."""
    clock, gate = state.clock, gate_of(state)
    at: int = max(gate, clock[READY], state.pre_at[bank] + rules.rp, clock[LAST_ACT] + rules.rrd)
    at = max(at, state.acts[clock[ACTS] % FAW_ACTS] + rules.faw)
    if state.row[bank] != CLOSED:
        at = max(at, pre_cycle(state, rules, bank, gate) + rules.rp)
    return at


@compiled
def activate(state: State, rules: Rules, bank: int, row: int, at: int) -> None:
    """Open a row in cycle `at`, closing the bank's open one first."""
    if state.row[bank] != CLOSED:
        precharge(state, rules, bank, gate_of(state))
    state.row[bank] = row
    state.act_at[bank] = at
    state.acts[state.clock[ACTS] % FAW_ACTS] = at
    state.clock[LAST_ACT] = at
    state.clock[ACTS] += 1
    state.commands[bank, ACT] += 1


@compiled
def visit_row(state: State, rules: Rules, bank: int, row: int, columns: int) -> None:
    """Issue `columns` consecutive column commands in one row, refreshing where that is due."""
    clock = state.clock
    while columns > 0:
        at = clock[LAST_COLUMN] + rules.ccd
        opens = state.row[bank] != row
        act_at = act_cycle(state, rules, bank) if opens else 0
        if opens:
            at = max(at, act_at + rules.rcd)
        if at >= clock[DEADLINE]:
            refresh(state, rules)
            continue
        if opens:
            activate(state, rules, bank, row, act_at)
        together = min(columns, (clock[DEADLINE] - 1 - at) // rules.ccd + 1)
        columns -= together
        clock[LAST_COLUMN] = at + (together - 1) * rules.ccd
        state.column_at[bank] = clock[LAST_COLUMN]
    state.ends[clock[VISITS] % state.ends.shape[0]] = clock[LAST_COLUMN]
    clock[VISITS] += 1
    if rules.closed:
        precharge(state, rules, bank, 0)


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
def run_phase(table: IntArray, access: Access) -> tuple[IntArray, int, int]:
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
    rules = access.rules
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
                        take_run(state, visit, block, block + run, access)
    if visit[COLUMNS]:
        visit_row(state, rules, visit[BANK], visit[ROW], visit[COLUMNS])
    cycles = 0
    if state.clock[VISITS]:
        close_all(state, rules, 0)
        cycles = max(state.clock[IDLE_AT], state.clock[LAST_COLUMN] + rules.latency)
    return state.commands, cycles, state.clock[REFRESHES]


@compiled
def take_run(state: State, visit: IntArray, block: int, past: int, access: Access) -> None:
    """Add a run's column commands to the visit they continue, issuing each visit that ends.

    `visit` is the pending visit: its bank, its row, and its column commands so far.
    """
    while block < past:
        place, column = divmod(block, access.columns)
        row, bank = divmod(place, access.banks)
        blocks = min(access.columns - column, past - block)
        if bank != visit[BANK] or row != visit[ROW]:
            if visit[COLUMNS]:
                visit_row(state, access.rules, visit[BANK], visit[ROW], visit[COLUMNS])
            visit[BANK], visit[ROW], visit[COLUMNS] = bank, row, 0
        if access.most:
            visit[COLUMNS] += count_reads(state.commands[bank], column, blocks, access)
        else:
            state.commands[bank, WR] += blocks
            visit[COLUMNS] += blocks
        block += blocks
