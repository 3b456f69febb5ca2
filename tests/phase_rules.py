"""Checks that the commands of a phase come exactly when the semantics define.

`tests.legality` says that a trace is not too early; this says that it is not too late either:
every command is compared with the earliest cycle that the section "Time" defines for it. Of the
engine it sees the trace alone; of the mapping, how many blocks each phase moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.legality import BLOCKS_READ, LONG_AGO, Entry, Replay, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qpim_emu.hardware import Spec

__all__ = ["PhaseCheck", "check_layer"]


def check_layer(
    entries: Iterable[Entry], spec: Spec, blocks: Iterable[int], *, cycles: int
) -> list[str]:
    """List the commands of a vault's layer that do not come when they should.

    Parameters
    ----------
    entries
        The whole trace of the vault.
    spec
        The machine.
    blocks
        Blocks that each phase reads or writes, in order.
    cycles
        Busy time that the vault claims.
    """
    rest = [entry for entry in in_order(entries) if entry.name != "MODE"]
    times = spec.timing.cycles
    start = refreshes = 0
    problems: list[str] = []
    for count in blocks:
        length = phase_length(rest, count)
        phase = PhaseCheck(rest[:length], spec, start)
        problems += phase.check()
        refreshes += phase.refreshes
        start, rest = phase.end, rest[length:]
    due = max(0, start - refreshes * times.refi) // (times.refi - times.rfc)
    expected = [start + index * times.rfc for index in range(due)]
    if [entry.cycle for entry in rest] != expected or any(e.name != "REF" for e in rest):
        problems.append(f"the barrier must refresh at {expected}, got {rest}")
    if cycles != start + due * times.rfc:
        problems.append(f"cycles must be {start} + {due} * {times.rfc}, got {cycles}")
    return problems


def phase_length(entries: list[Entry], blocks: int) -> int:
    """Commands until `blocks` blocks have moved and every bank is closed again."""
    opened: set[int] = set()
    for index, entry in enumerate(entries):
        if entry.name == "ACT":
            opened.add(entry.bank)
        elif entry.name == "PRE":
            opened.discard(entry.bank)
        else:
            blocks -= 1 if entry.name == "WR" else BLOCKS_READ.get(entry.name, 0)
        if blocks <= 0 and not opened:
            return index + 1
    return len(entries)


class PhaseCheck:
    """One phase, with every command compared with the cycle it must have.

    Parameters
    ----------
    entries
        DRAM commands of the phase in order.
    spec
        The machine.
    start
        Cycle the phase starts in.
    """

    def __init__(self, entries: list[Entry], spec: Spec, start: int) -> None:
        self.entries = entries
        self.spec = spec
        self.start = start
        self.times = spec.timing.cycles
        self.columns = [e for e in entries if e.name == "WR" or e.name in BLOCKS_READ]
        self.refreshes = sum(entry.name == "REF" for entry in entries)
        self.visits = number_visits(self.columns)
        self.state = Replay(spec, None)
        self.state.refresh = LONG_AGO
        self.seen_refreshes = 0
        self.seen_columns = 0
        self.open_rows: dict[int, int] = {}
        self.problems: list[str] = []

    @property
    def end(self) -> int:
        """Last data arrived, every bank precharged for tRP."""
        closed = [e.cycle + self.times.rp for e in self.entries if e.name == "PRE"]
        data = [e.cycle + self.times.cl + self.times.ccd for e in self.columns]
        return max([self.start, *closed, *data])

    def deadline(self, number: int) -> int:
        """The refresh deadline with that number, from 0."""
        return self.start + (number + 1) * self.times.refi

    def gate(self, visit: int) -> int:
        """Last column command of visit i - L - 1."""
        ended = visit - self.spec.look_ahead - 1
        cycles = [c.cycle for c, v in zip(self.columns, self.visits, strict=True) if v == ended]
        return max(cycles, default=self.start)

    def check(self) -> list[str]:
        """Replay the phase; return what is not as early as defined."""
        for index, entry in enumerate(self.entries):
            match entry.name:
                case "ACT":
                    self.expect(entry, self.act_cycle(entry, index))
                case "PRE":
                    self.expect(entry, self.pre_cycle(entry, index))
                case "REF":
                    self.check_refresh(entry)
                case _:
                    self.expect(entry, self.column_cycle(entry.bank))
                    if entry.cycle >= self.deadline(self.seen_refreshes):
                        self.problems.append(f"{entry} misses the refresh deadline")
                    self.seen_columns += 1
            self.state.step(entry)
            if entry in self.columns:
                self.open_rows = dict(self.state.open)
        return self.problems

    def expect(self, entry: Entry, cycle: int) -> None:
        """Note a command that is not in the cycle it must be in."""
        if entry.cycle != cycle:
            self.problems.append(f"phase at {self.start}: {entry} must be in cycle {cycle}")

    def column_cycle(self, bank: int) -> int:
        """When the row has reached the sense amplifiers and the bus is free."""
        activated = self.state.act_of[bank] + self.times.rcd
        return max(activated, self.state.column + self.times.ccd)

    def act_cycle(self, entry: Entry, index: int) -> int:
        """As early as the gate of the visit it is for and the other commands allow."""
        following = [later for later in self.entries[index + 1 :] if later.bank == entry.bank]
        if not following or following[0] not in self.columns:
            self.problems.append(f"{entry} opens a row that nothing uses")
            return entry.cycle
        visit = self.visits[self.columns.index(following[0])]
        return self.earliest_act(self.gate(visit), self.state.pre_of[entry.bank])

    def earliest_act(self, gate: int, precharged: int) -> int:
        """ACT of a bank that was precharged at `precharged`."""
        acts = self.state.acts
        return max(
            gate,
            precharged + self.times.rp,
            (acts[-1] if acts else LONG_AGO) + self.times.rrd,
            (acts[-4] if len(acts) >= 4 else LONG_AGO) + self.times.faw,
            self.state.refresh + self.times.rfc,
        )

    def legal_pre(self, bank: int) -> int:
        """When the bank may be closed at the earliest."""
        recovery = self.times.cl + self.times.ccd + self.times.wr
        return max(
            self.state.act_of[bank] + self.times.ras,
            self.state.read_of[bank] + self.times.rtp,
            self.state.write_of[bank] + recovery,
        )

    def pre_cycle(self, entry: Entry, index: int) -> int:
        """As early as legal, but not before the reason for it arises."""
        legal = self.legal_pre(entry.bank)
        if self.spec.row_policy == "closed" and not self.is_cut(entry):
            return legal
        for later in self.entries[index + 1 :]:
            if later.name == "REF":
                return max(legal, self.deadline(self.seen_refreshes))
            if later.name == "ACT" and later.bank == entry.bank:
                following = next(
                    c for c in self.columns if c.bank == later.bank and c.cycle > later.cycle
                )
                return max(legal, self.gate(self.visits[self.columns.index(following)]))
        return legal

    def is_cut(self, entry: Entry) -> bool:
        """Whether the next column command would still have used the row that is closed."""
        if self.seen_columns in {0, len(self.columns)}:
            return False
        last, following = self.columns[self.seen_columns - 1 : self.seen_columns + 1]
        same_visit = self.visits[self.seen_columns - 1] == self.visits[self.seen_columns]
        return same_visit and (last.bank, following.bank) == (entry.bank, entry.bank)

    def check_refresh(self, entry: Entry) -> None:
        """REF: after the deadline, tRP behind the last PRE, and only when it is needed."""
        precharged = max(self.state.pre_of.values()) + self.times.rp
        deadline = self.deadline(self.seen_refreshes)
        again = self.state.refresh + self.times.rfc
        self.expect(entry, max(deadline, precharged, again))
        if self.seen_columns == len(self.columns):
            self.problems.append(f"{entry} comes before no column command")
        elif self.without_refresh() < deadline:
            self.problems.append(f"{entry} is not needed yet")
        self.open_rows = {}
        self.seen_refreshes += 1

    def without_refresh(self) -> int:
        """When the next column command could come if the refresh were put off."""
        following = self.columns[self.seen_columns]
        bank = following.bank
        if self.open_rows.get(bank) == following.row and not self.is_closed_between():
            return self.column_cycle(bank)
        gate = self.gate(self.visits[self.seen_columns])
        precharged = self.state.pre_of[bank]
        if bank in self.open_rows and self.spec.row_policy == "open":
            precharged = max(gate, self.legal_pre(bank))
        activated = self.earliest_act(gate, precharged)
        return max(activated + self.times.rcd, self.state.column + self.times.ccd)

    def is_closed_between(self) -> bool:
        """Whether the row policy closes the row of the last column command behind it."""
        last = self.visits[self.seen_columns - 1]
        return self.spec.row_policy == "closed" and last != self.visits[self.seen_columns]


def number_visits(columns: list[Entry]) -> list[int]:
    """Number of the row visit of every column command."""
    numbers: list[int] = []
    last: tuple[int, int] | None = None
    for entry in columns:
        here = (entry.bank, entry.row)
        numbers.append((numbers[-1] if numbers else -1) + (here != last))
        last = here
    return numbers
