"""Counts the events of a vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.hardware.events import Observer

if TYPE_CHECKING:
    from bitarray import bitarray

    from qpim_emu.hardware.counters import Counters

__all__ = ["CountingObserver"]

READ_NAMES = {1: "rd", 2: "rd2", 4: "rd4"}


class CountingObserver(Observer):
    """Adds every event of one vault to the layer's counters.

    Parameters
    ----------
    counters
        Counters of the layer.
    vault
        Number of the vault.
    macs
        (weight bits, activation bits) of the layer's products.
    block_lines
        Lines of a block, W x words per block.
    """

    def __init__(
        self, counters: Counters, *, vault: int, macs: tuple[int, int], block_lines: int
    ) -> None:
        self.counters = counters
        self.vault = vault
        self.macs = macs
        self.block_lines = block_lines

    def count(self, name: str, amount: int = 1) -> None:
        """Add to a counter of the vault."""
        self.counters.vault[name][self.vault] += amount

    def activated(self, *, cycle: int, bank: int, row: int) -> None:  # noqa: ARG002
        """One row opened."""
        self.counters.bank["act"][self.vault, bank] += 1

    def precharged(self, *, cycle: int, bank: int, row: int) -> None:  # noqa: ARG002
        """One bank closed."""
        self.counters.bank["pre"][self.vault, bank] += 1

    def refreshed(self, *, cycle: int) -> None:  # noqa: ARG002
        """One refresh."""
        self.count("ref")

    def read(
        self,
        *,
        cycle: int,  # noqa: ARG002
        bank: int,
        row: int,  # noqa: ARG002
        column: int,  # noqa: ARG002
        blocks: int,
        enabled: int,
        bus: bitarray,  # noqa: ARG002
        driven: bitarray,  # noqa: ARG002
    ) -> None:
        """Blocks offered, lines enabled and gated off."""
        offered = blocks * self.block_lines
        self.counters.bank[READ_NAMES[blocks]][self.vault, bank] += 1
        self.count("offered", offered)
        self.count("enabled", enabled)
        self.count("gated", offered - enabled)
        self.count("tsv_bits", enabled)

    def wrote(
        self,
        *,
        cycle: int,  # noqa: ARG002
        bank: int,
        row: int,  # noqa: ARG002
        column: int,  # noqa: ARG002
        bus: bitarray,
    ) -> None:
        """A whole block written."""
        self.counters.bank["wr"][self.vault, bank] += 1
        self.count("written_bits", len(bus))
        self.count("tsv_bits", len(bus))

    def buffered(self, *, words: int, bits: int) -> None:
        """Operands written to the PE buffer."""
        self.count("buffer_written_bits", words * bits)

    def streamed(self, *, blocks: int) -> None:
        """Blocks streamed."""
        self.count("streamed", blocks)

    def multiplied(self, *, live: int, idle: int, resident_bits: int, updates: int) -> None:
        """Lane slots used and idle."""
        self.counters.macs[self.macs][self.vault] += live
        self.count("idle", idle)
        self.count("buffer_read_bits", resident_bits)
        self.count("updates", updates)

    def accumulated(self, *, accumulator: int, lane: int, value: int, clipped: bool) -> None:  # noqa: ARG002
        """Clipped additions are overflows of a saturating accumulator."""
        if clipped:
            self.count("overflows")

    def drained(self, *, overflowed: bool, requantized: bool, clamped: bool) -> None:
        """Outputs, and those that left their format."""
        self.count("overflows", int(overflowed))
        self.count("requantized", int(requantized))
        self.count("clamped", int(clamped))
