"""Which command must wait how long for which, as a table.

"Before" is an earlier command of the same bank or of the same vault; the delay is a name of
`Cycles`, counted from the issue of that command. ``RD`` stands for every read (RD, RD2, RD4).
The table holds delays only; what state a command needs (a row that is open, all banks
precharged for REF) is the bank's business. Switching between reads and writes costs no more
than tCCD: phases are read-only or write-only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qpim_emu.hardware.timing import Cycles

__all__ = ["CONSTRAINTS", "Constraint", "Scope"]


class Scope(StrEnum):
    """Which earlier commands a constraint looks at."""

    BANK = "bank"
    VAULT = "vault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A minimal distance between two commands.

    Parameters
    ----------
    before, after
        ``ACT``, ``PRE``, ``RD``, ``WR`` or ``REF``: the earlier command and the one that waits.
    scope
        Whether both belong to one bank, or only to one vault.
    delay
        Name of the `Cycles` attribute that gives the distance.
    window
        1 for the last such command, 4 for the fourth last.
    reason, source
        Why the distance is kept, and where that is defined.
    """

    before: str
    after: str
    scope: Scope
    delay: str
    window: int = 1
    reason: str
    source: str

    def distance(self, cycles: Cycles) -> int:
        """Least number of clock cycles between the two commands."""
        return int(getattr(cycles, self.delay))


JEDEC = "JEDEC DDR and HBM command timing, as modelled by gem5 and DRAMsim3"


def pair(before: str, after: str, scope: Scope, delay: str, reason: str) -> Constraint:
    """Build a row of the table that looks at the last command only."""
    return Constraint(
        before=before, after=after, scope=scope, delay=delay, reason=reason, source=JEDEC
    )


BANK, VAULT = Scope.BANK, Scope.VAULT

CONSTRAINTS = (
    pair("ACT", "RD", BANK, "rcd", "the row must reach the sense amplifiers"),
    pair("ACT", "WR", BANK, "rcd", "the row must reach the sense amplifiers"),
    pair("ACT", "PRE", BANK, "ras", "the cells must be restored"),
    pair("PRE", "ACT", BANK, "rp", "the bit lines must be precharged"),
    pair("RD", "PRE", BANK, "rtp", "the read must have left the sense amplifiers"),
    pair("WR", "PRE", BANK, "write_recovery", "the data must have come in and reached the cells"),
    pair("ACT", "ACT", VAULT, "rrd", "activations draw current"),
    Constraint(
        before="ACT",
        after="ACT",
        scope=VAULT,
        delay="faw",
        window=4,
        reason="no more than four activations draw current at once",
        source=JEDEC,
    ),
    pair("RD", "RD", VAULT, "ccd", "a burst occupies the data bus of the vault"),
    pair("RD", "WR", VAULT, "ccd", "a burst occupies the data bus of the vault"),
    pair("WR", "RD", VAULT, "ccd", "a burst occupies the data bus of the vault"),
    pair("WR", "WR", VAULT, "ccd", "a burst occupies the data bus of the vault"),
    pair("PRE", "REF", VAULT, "rp", "a refresh needs precharged banks"),
    pair("REF", "ACT", VAULT, "rfc", "a refresh occupies every bank of the vault"),
    pair("REF", "REF", VAULT, "rfc", "a refresh occupies every bank of the vault"),
)
"""All distances between commands of one vault."""
