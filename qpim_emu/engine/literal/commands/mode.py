"""MODE: set the gating for an operand window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.arith.window import Window
from qpim_emu.engine.literal.bus import Gate
from qpim_emu.errors import IllegalCommandError, InputError
from qpim_emu.hardware.gating import check_window

if TYPE_CHECKING:
    from qpim_emu.engine.literal.state import VaultState
    from qpim_emu.hardware.commands import Mode

__all__ = ["check", "execute"]


def check(vault: VaultState, command: Mode) -> None:
    """The window must lie in the word."""
    window: object = command.window
    if not isinstance(window, Window):
        msg = f"MODE window must be a Window, got {window!r}"
        raise IllegalCommandError(msg)
    try:
        check_window(command.window, vault.spec, "MODE window")
    except InputError as error:
        raise IllegalCommandError(str(error)) from error


def execute(vault: VaultState, command: Mode, at: int) -> None:
    """Switch the gating; the next read goes through it."""
    vault.gate = Gate(command.window, vault.spec)
    vault.observer.mode(cycle=at, window=command.window)
