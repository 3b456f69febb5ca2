"""Everything a vault holds, as values that can be compared before and after a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from qpim_emu.engine.literal.lanes import Lanes
    from qpim_emu.engine.literal.vault import Vault
    from qpim_emu.errors import IllegalCommandError
    from qpim_emu.hardware.commands import Command

__all__ = ["refused", "snapshot"]


def snapshot(vault: Vault) -> dict[str, Any]:
    """Copy the state of a vault."""
    return {
        "rows": [bank.row for bank in vault.banks],
        "buffers": [bank.buffer.copy() for bank in vault.banks],
        "written": [bank.written.tolist() for bank in vault.banks],
        "last": [dict(bank.last) for bank in vault.banks],
        "recent": {name: list(times) for name, times in vault.recent.items()},
        "words": vault.image.words.tolist(),
        "image": vault.image.written.tolist(),
        "start": vault.start,
        "window_at": vault.window_at,
        "gate": vault.gate,
        "bus": vault.bus,
        "operands": dict(vault.operands),
        "lanes": None if vault.lanes is None else lanes_state(vault.lanes),
    }


def lanes_state(lanes: Lanes) -> dict[str, Any]:
    """Copy the state of the lanes."""
    return {
        "buffer": [list(block) for block in lanes.buffer],
        "zero_point": lanes.streamed_zero_point,
        "filters": dict(lanes.filters),
        "registers": {
            address: [(register.value, register.total) for register in registers]
            for address, registers in lanes.registers.items()
        },
    }


def refused(
    vault: Vault, command: Command, error: type[IllegalCommandError], *, at: int | None = None
) -> str:
    """Expect exactly `error` for a command and an unchanged vault; return the message."""
    before = snapshot(vault)
    with pytest.raises(error) as caught:
        vault.issue(command, at)
    assert caught.type is error
    assert snapshot(vault) == before
    return str(caught.value)
