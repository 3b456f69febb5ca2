"""WR: overwrite one whole block of the open row."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from bitarray import bitarray
from bitarray.util import int2ba

from qpim_emu.arith.integers import is_integer
from qpim_emu.engine.literal.commands.column import require_column, require_open
from qpim_emu.errors import IllegalCommandError

if TYPE_CHECKING:
    from qpim_emu.engine.literal.state import VaultState
    from qpim_emu.hardware.commands import Wr

__all__ = ["check", "execute"]


def check(vault: VaultState, command: Wr) -> None:
    """The row must be open and the words must fill a block exactly."""
    require_column(vault, "WR", command.column)
    require_open(vault, "WR", command.bank)
    words: object = command.words
    if not isinstance(words, Collection):
        msg = f"WR words must be a tuple of integers, got {words!r}"
        raise IllegalCommandError(msg)
    if len(command.words) != vault.spec.words_per_block:
        msg = f"WR must carry {vault.spec.words_per_block} words, got {len(command.words)}"
        raise IllegalCommandError(msg)
    for word in command.words:
        if not (type(word) is int or is_integer(word)) or not 0 <= word <= vault.spec.word_mask:
            msg = f"WR words must be in 0..{vault.spec.word_mask}, got {word!r}"
            raise IllegalCommandError(msg)


def execute(vault: VaultState, command: Wr, at: int) -> None:
    """Put the words into the row buffer."""
    bank = vault.bank(command.bank)
    bus = bitarray(endian="little")
    for word in command.words:
        bus += int2ba(word, vault.spec.word_bits, endian="little")
    bank.overwrite(command.column, bus)
    vault.observer.wrote(
        cycle=at,
        bank=command.bank,
        row=bank.row if bank.row is not None else -1,
        column=command.column,
        bus=bus,
    )
