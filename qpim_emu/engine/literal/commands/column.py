"""What RD and WR have in common: they address a column of an open row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import IllegalCommandError

if TYPE_CHECKING:
    from qpim_emu.engine.literal.state import VaultState

__all__ = ["require_column", "require_open"]


def require_column(vault: VaultState, name: str, column: int) -> None:
    """Refuse a column the row does not have."""
    if not 0 <= column < vault.spec.columns:
        msg = f"{name} column must be in 0..{vault.spec.columns - 1}, got {column}"
        raise IllegalCommandError(msg)


def require_open(vault: VaultState, name: str, bank: int) -> None:
    """Refuse a bank without an open row."""
    if vault.bank(bank).row is None:
        msg = f"{name} needs an open row, got bank {bank} closed"
        raise IllegalCommandError(msg)
