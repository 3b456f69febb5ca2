"""Counts of a command stream, and the share of its time in which every bank is closed.

Counters of a run do not tell when rows were open, a trace does: DRAM simulators charge less for
the time in which no bank has an open row (IDD2N) than for the rest (IDD3N).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from qpim_emu.cost.totals import PRICED, Totals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qpim_emu.hardware.spec import Spec

__all__ = ["Command", "CommandCount", "count_commands"]

BLOCKS = {"RD": 1, "RD2": 2, "RD4": 4}


class Command(Protocol):
    """What is asked of a command; a `TraceRecord` answers."""

    @property
    def cycle(self) -> int:
        """Cycle it was issued in."""

    @property
    def command(self) -> str:
        """``ACT``, ``RD``, ``RD2``, ``RD4``, ``WR``, ``PRE`` or ``REF``; others cost nothing."""

    @property
    def mask(self) -> int:
        """Data lines of one word that it enables, as set bits, for each of its blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCount:
    """What a command stream of one vault adds up to.

    Attributes
    ----------
    totals
        Counts; what commands do not show (PE buffer, MACs, moved bits) is 0.
    cycles
        From cycle 0 until the last data have arrived and the last bank is told to close.
    closed_cycles
        Those of them in which every bank was closed.
    """

    totals: Totals
    cycles: int
    closed_cycles: int

    @property
    def closed_share(self) -> float:
        """Share of the time in which every bank was closed, 0..1 (1 of nothing)."""
        return self.closed_cycles / self.cycles if self.cycles else 1.0


def count_commands(commands: Iterable[Command], *, spec: Spec) -> CommandCount:
    """Count the commands of one vault, in the order of their cycles, each looked at once.

    Parameters
    ----------
    commands
        The stream.
    spec
        The machine, for its blocks and for how long data take.
    """
    counts = dict.fromkeys(PRICED, 0)
    latency, words = spec.timing.cycles.read_latency, spec.words_per_block
    rows = since = end = opened = 0
    for command in commands:
        name, cycle = command.command, command.cycle
        if name in {"ACT", "PRE"}:
            opened += cycle - since if rows else 0
            rows, since, end = rows + (1 if name == "ACT" else -1), cycle, max(end, cycle)
            counts["act"] += name == "ACT"
        elif name in BLOCKS:
            end = max(end, cycle + latency)
            counts["offered"] += BLOCKS[name] * spec.block_lines
            counts["enabled"] += BLOCKS[name] * command.mask.bit_count() * words
        elif name == "WR":
            end = max(end, cycle + latency)
            counts["written_bits"] += spec.block_lines
        elif name == "REF":
            counts["ref"] += 1
    opened += end - since if rows else 0
    counts["tsv_bits"] = counts["enabled"] + counts["written_bits"]
    return CommandCount(totals=Totals(counts=counts), cycles=end, closed_cycles=end - opened)
