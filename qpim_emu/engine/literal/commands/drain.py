"""DRAIN: requantize an accumulator and emit its output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.arith.requantize import Mode
from qpim_emu.errors import IllegalCommandError

if TYPE_CHECKING:
    from qpim_emu.engine.literal.lanes import Drained
    from qpim_emu.engine.literal.state import VaultState
    from qpim_emu.hardware.commands import Drain

__all__ = ["check", "execute"]


def check(vault: VaultState, command: Drain) -> None:
    """The accumulator must have been started."""
    if command.accumulator not in vault.require_lanes("DRAIN").registers:
        msg = f"DRAIN accumulator must be a started one, got {command.accumulator}"
        raise IllegalCommandError(msg)


def execute(vault: VaultState, command: Drain, at: int) -> list[Drained]:  # noqa: ARG001 - no cycles
    """Emit one output, or one per lane."""
    lanes = vault.require_lanes("DRAIN")
    drained = lanes.drain(command.accumulator)
    for output in drained:
        vault.observer.drained(
            overflowed=output.overflowed,
            requantized=lanes.requantize.mode is not Mode.NONE,
            clamped=output.clamped,
        )
    return drained
