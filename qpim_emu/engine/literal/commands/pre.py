"""PRE: restore the row buffer of a bank into its cells and close the bank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import IllegalCommandError

if TYPE_CHECKING:
    from qpim_emu.engine.literal.state import VaultState
    from qpim_emu.hardware.commands import Pre

__all__ = ["check", "execute"]


def check(vault: VaultState, command: Pre) -> None:
    """The bank must be open."""
    if vault.bank(command.bank).row is None:
        msg = f"PRE needs an open bank, got bank {command.bank} closed"
        raise IllegalCommandError(msg)


def execute(vault: VaultState, command: Pre, at: int) -> None:
    """Close the bank."""
    bank = vault.bank(command.bank)
    row = bank.row if bank.row is not None else -1
    bank.close()
    vault.observer.precharged(cycle=at, bank=command.bank, row=row)
