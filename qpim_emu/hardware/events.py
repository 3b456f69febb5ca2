"""Events: what an observer of a vault is told, where the state changes.

Execution never prints or counts by itself; it calls the methods of an `Observer`. The base
class does nothing, so an observer overrides only what it cares about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bitarray import bitarray

    from qpim_emu.arith.window import Window

__all__ = ["Observer"]


class Observer:
    """Receives the events of one vault; every method does nothing unless overridden.

    All cycles count from the start of the layer in this vault.
    """

    def mode(self, *, cycle: int, window: Window) -> None:
        """A window was set."""

    def activated(self, *, cycle: int, bank: int, row: int) -> None:
        """A row was opened."""

    def precharged(self, *, cycle: int, bank: int, row: int) -> None:
        """A row was restored and its bank closed."""

    def refreshed(self, *, cycle: int) -> None:
        """The vault was refreshed."""

    def read(
        self,
        *,
        cycle: int,
        bank: int,
        row: int,
        column: int,
        blocks: int,
        enabled: int,
        bus: bitarray,
        driven: bitarray,
    ) -> None:
        """Blocks were read: `enabled` lines in all, those set in `driven`, carried `bus`."""

    def wrote(self, *, cycle: int, bank: int, row: int, column: int, bus: bitarray) -> None:
        """A block was written: every line carried `bus`."""

    def buffered(self, *, words: int, bits: int) -> None:
        """Operands of `bits` bits each were written to the PE buffer."""

    def streamed(self, *, blocks: int) -> None:
        """Blocks reached the lanes."""

    def multiplied(self, *, live: int, idle: int, resident_bits: int, updates: int) -> None:
        """A streamed block met a resident block: lane slots, buffer bits read, additions."""

    def accumulated(self, *, accumulator: int, lane: int, value: int, clipped: bool) -> None:
        """An accumulator was updated to `value`."""

    def drained(self, *, overflowed: bool, requantized: bool, clamped: bool) -> None:
        """An output left the lanes."""
