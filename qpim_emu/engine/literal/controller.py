"""The controller of a vault: when each command of a phase is issued.

Column commands come in program order. Consecutive ones in one row of one bank form a row visit;
up to `look_ahead` visits are opened in advance. Refreshes are due every tREFI of a phase.
Time left over at the end of a layer is refreshed at its barrier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from qpim_emu.hardware.commands import Act, Pre, Rd, Ref, Wr
from qpim_emu.hardware.spec import RowPolicy

if TYPE_CHECKING:
    from qpim_emu.engine.literal.bus import BusImage
    from qpim_emu.engine.literal.vault import Vault

__all__ = ["Controller"]


class Controller:
    """Issues the commands of one vault, phase after phase.

    Parameters
    ----------
    vault
        The vault.

    Attributes
    ----------
    now
        Cycle in which the current phase starts.
    """

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self.cycles = vault.spec.timing.cycles
        self.now = 0
        self.refreshes = 0
        self.begin_phase()

    def begin_phase(self) -> None:
        """Start a phase: all banks are precharged and idle."""
        self.vault.start = self.now
        self.deadline = self.now + self.cycles.refi
        self.visit: tuple[int, int] | None = None
        self.visit_ends: list[int] = []
        self.last_column: int | None = None
        self.idle_at = self.now

    @overload
    def column(self, command: Rd, row: int) -> BusImage: ...
    @overload
    def column(self, command: Wr, row: int) -> None: ...
    def column(self, command: Rd | Wr, row: int) -> BusImage | None:
        """Open `row` if it is not, refreshing first where that is due, and issue `command`."""
        self.enter_visit(command.bank, row)
        at = self.column_cycle(command, row)
        while at >= self.deadline:
            self.refresh()
            at = self.column_cycle(command, row)
        if self.vault.bank(command.bank).row != row:
            if self.vault.bank(command.bank).row is not None:
                self.precharge(command.bank, not_before=self.gate)
            activate = Act(bank=command.bank, row=row)
            self.vault.issue(activate, max(self.gate, self.vault.earliest(activate)))
        self.last_column = at
        return self.vault.issue(command, at)

    def enter_visit(self, bank: int, row: int) -> None:
        """Note that the next column command is in `row` of `bank`."""
        if self.visit == (bank, row):
            return
        if self.visit is not None and self.last_column is not None:
            self.visit_ends.append(self.last_column)
            del self.visit_ends[: -self.vault.spec.look_ahead - 1]  # no gate lies further back
            if self.vault.spec.row_policy is RowPolicy.CLOSED:
                self.precharge(self.visit[0])
        self.visit = (bank, row)

    @property
    def gate(self) -> int:
        """Cycle before which the current visit's row may not be opened.

        That is the last column command of the visit `look_ahead` + 1 visits ago.
        """
        index = len(self.visit_ends) - self.vault.spec.look_ahead - 1
        return self.visit_ends[index] if index >= 0 else self.now

    def column_cycle(self, command: Rd | Wr, row: int) -> int:
        """Cycle in which `command` could be issued if its row were opened as early as legal."""
        bank = self.vault.bank(command.bank)
        cycle = self.vault.earliest(command)
        if bank.row == row:
            return cycle
        activate = max(self.gate, self.vault.earliest(Act(bank=command.bank, row=row)))
        if bank.row is not None:
            precharge = max(self.gate, self.vault.earliest(Pre(bank=command.bank)))
            activate = max(activate, precharge + self.cycles.rp)
        return max(cycle, activate + self.cycles.rcd)

    def precharge(self, bank: int, *, not_before: int = 0) -> None:
        """Close a bank as early as legal."""
        command = Pre(bank=bank)
        at = max(not_before, self.vault.earliest(command))
        self.vault.issue(command, at)
        self.idle_at = max(self.idle_at, at + self.cycles.rp)

    def refresh(self) -> None:
        """Close every bank at the deadline or as soon after as legal, and refresh."""
        self.close_all(not_before=self.deadline)
        self.vault.issue(Ref(), max(self.deadline, self.vault.earliest(Ref())))
        self.deadline += self.cycles.refi
        self.refreshes += 1

    def close_all(self, *, not_before: int = 0) -> None:
        """Close every open bank."""
        for bank in self.vault.banks:
            if bank.row is not None:
                self.precharge(bank.index, not_before=not_before)

    def end_phase(self) -> None:
        """Wait for the last data and for every bank to be precharged and idle."""
        if self.last_column is not None:
            self.close_all()
            self.now = max(self.idle_at, self.last_column + self.cycles.read_latency)
        self.begin_phase()

    def barrier(self) -> int:
        """Refresh what is due for the busy time at the end of a layer.

        Returns
        -------
        int
            Cycles the vault was busy, these refreshes included.
        """
        left_over = self.now - self.refreshes * self.cycles.refi
        for _ in range(max(0, left_over) // (self.cycles.refi - self.cycles.rfc)):
            self.vault.issue(Ref(), self.now)
            self.now += self.cycles.rfc
        self.begin_phase()
        return self.now
