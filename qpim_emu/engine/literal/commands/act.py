"""ACT: copy a row into the row buffer of its bank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import IllegalCommandError

if TYPE_CHECKING:
    from qpim_emu.engine.literal.state import VaultState
    from qpim_emu.hardware.commands import Act

__all__ = ["check", "execute"]


def check(vault: VaultState, command: Act) -> None:
    """The bank must be closed and have the row."""
    bank = vault.bank(command.bank)
    if not 0 <= command.row < vault.spec.rows:
        msg = f"ACT row must be in 0..{vault.spec.rows - 1}, got {command.row}"
        raise IllegalCommandError(msg)
    if bank.row is not None:
        msg = f"ACT needs a closed bank, got bank {command.bank} with row {bank.row} open"
        raise IllegalCommandError(msg)


def execute(vault: VaultState, command: Act, at: int) -> None:
    """Open the row."""
    vault.bank(command.bank).open(command.row)
    vault.observer.activated(cycle=at, bank=command.bank, row=command.row)
