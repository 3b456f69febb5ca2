"""MAC: multiply one block of the last read with one resident block and accumulate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import IllegalCommandError
from qpim_emu.mapping.plane import Reduce

if TYPE_CHECKING:
    from qpim_emu.engine.literal.state import VaultState
    from qpim_emu.hardware.commands import Mac

__all__ = ["check", "execute"]


def check(vault: VaultState, command: Mac) -> None:
    """There must be a block on the bus, a resident block and a started accumulator."""
    lanes = vault.require_lanes("MAC")
    if vault.bus is None or not 0 <= command.part < vault.bus.blocks:
        msg = f"MAC part must be a block of the last read, got {command.part}"
        raise IllegalCommandError(msg)
    if not 0 <= command.resident < len(lanes.buffer):
        msg = f"MAC resident must be in 0..{len(lanes.buffer) - 1}, got {command.resident}"
        raise IllegalCommandError(msg)
    if command.accumulator not in lanes.registers:
        msg = f"MAC accumulator must be a started one, got {command.accumulator}"
        raise IllegalCommandError(msg)
    words = vault.spec.words_per_block
    if not 1 <= command.live <= words:
        msg = f"MAC live must be in 1..{words}, got {command.live}"
        raise IllegalCommandError(msg)
    if lanes.reduce is Reduce.PER_LANE and command.live != len(
        lanes.registers[command.accumulator]
    ):
        msg = f"MAC live must be the number of lane accumulators, got {command.live}"
        raise IllegalCommandError(msg)


def execute(vault: VaultState, command: Mac, at: int) -> None:  # noqa: ARG001 - takes no cycles
    """Accumulate, exactly within the block and by the layer's policy between blocks."""
    lanes = vault.require_lanes("MAC")
    results = lanes.multiply(
        vault.streamed_operands(command.part),
        resident=command.resident,
        address=command.accumulator,
        live=command.live,
    )
    words = vault.spec.words_per_block
    vault.observer.multiplied(
        live=command.live,
        idle=words - command.live,
        resident_bits=words * lanes.resident_bits,
        updates=1 if lanes.reduce is Reduce.DOT else words,
    )
    for lane, value, clipped in results:
        vault.observer.accumulated(
            accumulator=command.accumulator, lane=lane, value=value, clipped=clipped
        )
