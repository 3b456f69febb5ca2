"""One line of a trace: a command, when and where it was issued, and what it enabled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["PhaseKind", "TraceRecord"]

READS = frozenset({"RD", "RD2", "RD4"})
COLUMNS = READS | {"WR"}


class PhaseKind(StrEnum):
    """What a phase does."""

    LOAD = "LOAD"
    """Fill the PE buffer."""
    STREAM = "STREAM"
    """Bring blocks past the lanes."""
    WRITE = "WRITE"
    """Write blocks."""
    READ = "READ"
    """Read the input of an operation beside the lanes."""
    BARRIER = "BARRIER"
    """Refresh what is due at the end of the layer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRecord:
    """One MODE or DRAM command.

    Attributes
    ----------
    cycle
        Cycle it was issued in, from the start of the layer.
    command
        ``MODE``, ``ACT``, ``RD``, ``RD2``, ``RD4``, ``WR``, ``PRE`` or ``REF``.
    vault
        The vault it was issued to.
    bank, row, column
        Its place, -1 where it has none.
    mask
        Data lines of one word that it enables, as set bits; 0 where no line carries data.
        ``MODE`` shows the mask it sets.
    blocks
        Blocks it moves; for ``MODE`` the most that one read can bring.
    phase
        The phase that issued it.
    """

    cycle: int
    command: str
    vault: int
    bank: int = -1
    row: int = -1
    column: int = -1
    mask: int = 0
    blocks: int = 0
    phase: PhaseKind

    @property
    def is_column(self) -> bool:
        """Whether it is a read or a write."""
        return self.command in COLUMNS

    @property
    def dram_name(self) -> str:
        """Its name where a DRAM is told: a read of several blocks is one RD."""
        return "RD" if self.command in READS else self.command
