"""REF: refresh the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import IllegalCommandError

if TYPE_CHECKING:
    from qpim_emu.engine.literal.state import VaultState
    from qpim_emu.hardware.commands import Ref

__all__ = ["check", "execute"]


def check(vault: VaultState, command: Ref) -> None:  # noqa: ARG001 - every command has this form
    """Every bank must be closed."""
    for bank in vault.banks:
        if bank.row is not None:
            msg = f"REF needs every bank closed, got bank {bank.index} with row {bank.row} open"
            raise IllegalCommandError(msg)


def execute(vault: VaultState, command: Ref, at: int) -> None:  # noqa: ARG001 - see check
    """Refresh; the cells keep what they hold."""
    vault.observer.refreshed(cycle=at)
