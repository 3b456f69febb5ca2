"""Replays a trace of one vault and lists what a DRAM would object to.

Written from the rules of section "Time" of the semantics alone: it shares neither the table of
constraints nor any code with the engine, only the machine's figures. Commands are replayed in
the order of a trace: by cycle, then REF < PRE < column < ACT, then bank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qpim_emu.arith.window import Window
    from qpim_emu.hardware import Spec

__all__ = ["BLOCKS_READ", "Entry", "Replay", "find_violations", "in_order"]

BLOCKS_READ = {"RD": 1, "RD2": 2, "RD4": 4}
ORDER = {"MODE": 0, "REF": 0, "PRE": 1, "RD": 2, "RD2": 2, "RD4": 2, "WR": 2, "ACT": 3}
LONG_AGO = -(10**9)
ACTS_IN_WINDOW = 4


class Entry(Protocol):
    """One command of a trace; -1 stands for "has none"."""

    @property
    def cycle(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def bank(self) -> int: ...
    @property
    def row(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def enabled(self) -> int: ...
    @property
    def window(self) -> Window | None: ...


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Sort commands as a trace lists them."""
    return sorted(entries, key=lambda entry: (entry.cycle, ORDER[entry.name], entry.bank))


def find_violations(
    entries: Iterable[Entry], spec: Spec, *, written: Iterable[int] | None = None
) -> list[str]:
    """List the rules a trace breaks, one line each.

    Parameters
    ----------
    entries
        Commands of one vault from the start of a layer, all banks closed and idle.
    spec
        The machine.
    written
        Addresses of the blocks that hold words at the start; reads are checked against them
        and what is written later, unless not given.
    """
    replay = Replay(spec, None if written is None else set(written))
    for entry in in_order(entries):
        replay.step(entry)
    return replay.problems


class Replay:
    """State of a vault as far as legality needs it.

    Parameters
    ----------
    spec
        The machine.
    written
        Block addresses that may be read, or ``None`` to allow all.
    """

    def __init__(self, spec: Spec, written: set[int] | None) -> None:
        self.spec = spec
        self.cycles = spec.timing.cycles
        self.written = written
        self.problems: list[str] = []
        self.open: dict[int, int] = {}
        self.window: Window | None = None
        self.acts: list[int] = []
        self.act_of = dict.fromkeys(range(spec.banks), LONG_AGO)
        self.pre_of = dict.fromkeys(range(spec.banks), LONG_AGO)
        self.read_of = dict.fromkeys(range(spec.banks), LONG_AGO)
        self.write_of = dict.fromkeys(range(spec.banks), LONG_AGO)
        self.column = LONG_AGO
        self.refresh = LONG_AGO

    def object_to(self, entry: Entry, problem: str) -> None:
        """Note a problem."""
        self.problems.append(f"cycle {entry.cycle}: {entry.name} bank {entry.bank}: {problem}")

    def wait(self, entry: Entry, rule: str, earliest: int) -> None:
        """Note a command that comes before `earliest`."""
        if entry.cycle < earliest:
            self.object_to(entry, f"{rule} allows cycle {earliest} at the earliest")

    def step(self, entry: Entry) -> None:
        """Check one command, then let it happen."""
        if entry.name not in {"MODE", "REF"} and entry.bank not in self.act_of:
            self.object_to(entry, "no such bank")
            return
        match entry.name:
            case "MODE":
                self.window = entry.window
            case "ACT":
                self.activate(entry)
            case "PRE":
                self.precharge(entry)
            case "REF":
                self.refresh_all(entry)
            case "WR":
                self.access(entry)
                self.write_of[entry.bank] = entry.cycle
                if self.written is not None:
                    self.written.add(self.address(entry, 0))
            case _:
                self.access(entry)
                self.read(entry)
                self.read_of[entry.bank] = entry.cycle

    def activate(self, entry: Entry) -> None:
        """ACT: bank closed, tRP, tRRD, tFAW, tRFC."""
        if entry.bank in self.open:
            self.object_to(entry, f"row {self.open[entry.bank]} is still open")
        if not 0 <= entry.row < self.spec.rows:
            self.object_to(entry, f"no row {entry.row}")
        self.wait(entry, "tRP", self.pre_of[entry.bank] + self.cycles.rp)
        if self.acts:
            self.wait(entry, "tRRD", self.acts[-1] + self.cycles.rrd)
        if len(self.acts) >= ACTS_IN_WINDOW:
            self.wait(entry, "tFAW", self.acts[-ACTS_IN_WINDOW] + self.cycles.faw)
        self.wait(entry, "tRFC", self.refresh + self.cycles.rfc)
        self.open[entry.bank] = entry.row
        self.act_of[entry.bank] = entry.cycle
        self.acts.append(entry.cycle)

    def precharge(self, entry: Entry) -> None:
        """PRE: bank open with that row, tRAS, tRTP, write recovery."""
        if self.open.pop(entry.bank, None) != entry.row:
            self.object_to(entry, f"row {entry.row} is not open")
        recovery = self.cycles.cl + self.cycles.ccd + self.cycles.wr
        self.wait(entry, "tRAS", self.act_of[entry.bank] + self.cycles.ras)
        self.wait(entry, "tRTP", self.read_of[entry.bank] + self.cycles.rtp)
        self.wait(entry, "write recovery", self.write_of[entry.bank] + recovery)
        self.pre_of[entry.bank] = entry.cycle

    def refresh_all(self, entry: Entry) -> None:
        """REF: every bank closed and precharged for tRP, the last REF over."""
        if self.open:
            self.object_to(entry, f"banks {sorted(self.open)} are open")
        self.wait(entry, "tRP", max(self.pre_of.values()) + self.cycles.rp)
        self.wait(entry, "tRFC", self.refresh + self.cycles.rfc)
        self.refresh = entry.cycle

    def access(self, entry: Entry) -> None:
        """Every column command: row open, tRCD, tCCD and so one per cycle."""
        if self.open.get(entry.bank) != entry.row:
            self.object_to(entry, f"row {entry.row} is not open")
        if not 0 <= entry.column < self.spec.columns:
            self.object_to(entry, f"no column {entry.column}")
        self.wait(entry, "tRCD", self.act_of[entry.bank] + self.cycles.rcd)
        self.wait(entry, "tCCD", self.column + max(1, self.cycles.ccd))
        self.column = entry.cycle

    def read(self, entry: Entry) -> None:
        """RDk: the blocks lie in one row, may be partners, fit the bus, and were written."""
        blocks = BLOCKS_READ[entry.name]
        if entry.column + blocks > self.spec.columns:
            self.object_to(entry, f"{blocks} blocks at column {entry.column} leave the row")
        if self.spec.partner_rule == "aligned" and entry.column % blocks:
            self.object_to(entry, f"column {entry.column} is no multiple of {blocks}")
        if blocks > self.spec.max_blocks_per_read:
            self.object_to(entry, f"{blocks} blocks in one read")
        lines = self.lines()
        if blocks * lines > self.spec.word_bits:
            self.object_to(entry, f"{blocks} times {lines} lines share {self.spec.word_bits}")
        if entry.enabled != blocks * lines * self.spec.words_per_block:
            self.object_to(entry, f"{entry.enabled} lines enabled, {lines} per word")
        for step in range(blocks if self.written is not None else 0):
            if self.address(entry, step) not in (self.written or ()):
                self.object_to(entry, f"column {entry.column + step} was never written")

    def lines(self) -> int:
        """Lines of a word that the window enables: every group it has a bit in."""
        if self.window is None:
            return 0
        group = self.spec.gate_granularity
        bits = range(self.window.shift, self.window.shift + self.window.precision)
        return group * len({bit // group for bit in bits})

    def address(self, entry: Entry, step: int) -> int:
        """Block address: column fastest, then bank, then row."""
        stripe = entry.row * self.spec.banks + entry.bank
        return stripe * self.spec.columns + entry.column + step
