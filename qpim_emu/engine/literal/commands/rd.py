"""RD, RD2, RD4: bring the enabled lines of one or more blocks over the bus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.literal.commands.column import require_column, require_open
from qpim_emu.errors import IllegalCommandError, UnwrittenReadError
from qpim_emu.hardware.gating import blocks_of_read

if TYPE_CHECKING:
    from qpim_emu.engine.literal.bus import BusImage
    from qpim_emu.engine.literal.state import VaultState
    from qpim_emu.hardware.commands import Rd

__all__ = ["check", "execute"]


def check(vault: VaultState, command: Rd) -> None:
    """The gating must be set, the row open, the blocks in it, written, and readable together."""
    if vault.gate is None:
        msg = "RD needs a window, got none; issue MODE first"
        raise IllegalCommandError(msg)
    require_column(vault, "RD", command.column)
    require_open(vault, "RD", command.bank)
    # within its row, a read may bring exactly the counts that a long enough run would
    together = blocks_of_read(
        command.column, command.column + command.blocks, vault.gate.window, vault.spec
    )
    if together != command.blocks:
        msg = (
            f"RD blocks must be readable together through {vault.gate.window} at column "
            f"{command.column}, got {command.blocks}"
        )
        raise IllegalCommandError(msg)
    bank = vault.bank(command.bank)
    for column in range(command.column, command.column + command.blocks):
        if not bank.written[column]:
            msg = (
                f"RD must touch written words only, got bank {bank.index}, row {bank.row}, "
                f"column {column}"
            )
            raise UnwrittenReadError(msg)


def execute(vault: VaultState, command: Rd, at: int) -> BusImage:
    """Drive the bus: a disabled line reads 0 and carries no event."""
    assert vault.gate is not None  # noqa: S101 - checked above
    bank = vault.bank(command.bank)
    columns = range(command.column, command.column + command.blocks)
    blocks = [bank.block(column) for column in columns]
    bus = vault.gate.one(blocks[0]) if command.blocks == 1 else vault.gate.several(blocks)
    vault.bus = bus
    vault.operands.clear()
    vault.observer.read(
        cycle=at,
        bank=command.bank,
        row=bank.row if bank.row is not None else -1,
        column=command.column,
        blocks=command.blocks,
        enabled=vault.gate.lines * vault.spec.words_per_block * command.blocks,
        bus=bus.bits,
        driven=bus.driven,
    )
    return bus
