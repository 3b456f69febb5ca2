"""Commands and bus images of one vault, written as the literal tier issues them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bitarray.util import ba2int

from qpim_emu.arith.formats import Encoding
from qpim_emu.golden.columns import numbered, word_digits
from qpim_emu.hardware.events import Observer
from qpim_emu.hardware.gating import gating_mask, max_blocks
from qpim_emu.traces import PhaseKind

if TYPE_CHECKING:
    from bitarray import bitarray

    from qpim_emu.arith.window import Window
    from qpim_emu.golden.columns import Column, Table
    from qpim_emu.hardware.spec import Spec

__all__ = ["CODES", "OPS", "PHASES", "CommandRecorder", "bus_columns", "command_columns"]

OPS = ("MODE", "ACT", "RD", "WR", "PRE", "REF")
PHASES = (
    PhaseKind.LOAD, PhaseKind.STREAM, PhaseKind.WRITE, PhaseKind.READ, PhaseKind.BARRIER
)  # fmt: skip
CODES = {Encoding.UNSIGNED: 0, Encoding.SIGNED: 1, Encoding.BIPOLAR: 2}
NO_WINDOW = (0, 0, 0)
MODE, ACT, RD, WR, PRE, REF = range(6)


def command_columns(spec: Spec) -> tuple[Column, ...]:
    """Columns of ``commands.txt``."""
    return (
        *(("cycle", 8), ("op", 1), ("phase", 1), ("bank", 2), ("row", 6), ("column", 3)),
        *(("blocks", 1), ("mask", word_digits(spec.word_bits))),
        *(("lo", 2), ("bits", 2), ("code", 1)),
    )


def bus_columns(spec: Spec) -> tuple[Column, ...]:
    """Columns of ``bus.txt``."""
    words = numbered("word", word_digits(spec.word_bits), spec.words_per_block)
    return (("command", 8), *words)


def describe_window(window: Window) -> tuple[int, int, int]:
    """Shift, precision and encoding of a window as columns."""
    return window.shift, window.precision, CODES[window.format.encoding]


class CommandRecorder(Observer):
    """Writes ``commands.txt`` and ``bus.txt``.

    Parameters
    ----------
    commands, bus
        The tables.
    spec
        The machine.

    Attributes
    ----------
    phase
        What is being executed; whoever executes it keeps it right.
    command
        Record of the last read or write.
    """

    def __init__(self, commands: Table, bus: Table, spec: Spec) -> None:
        self.commands = commands
        self.bus = bus
        self.spec = spec
        self.phase = PHASES.index(PhaseKind.LOAD)
        self.command = 0
        self.mask = 0
        self.window = NO_WINDOW

    def enter(self, phase: PhaseKind) -> None:
        """Go on with a phase."""
        self.phase = PHASES.index(phase)

    def mode(self, *, cycle: int, window: Window) -> None:
        """MODE."""
        self.mask = gating_mask(window, self.spec)
        self.window = describe_window(window)
        most = max_blocks(window, self.spec)
        self.commands.write(cycle, MODE, self.phase, 0, 0, 0, most, self.mask, *self.window)

    def activated(self, *, cycle: int, bank: int, row: int) -> None:
        """ACT."""
        self.commands.write(cycle, ACT, self.phase, bank, row, 0, 0, 0, *NO_WINDOW)

    def precharged(self, *, cycle: int, bank: int, row: int) -> None:
        """PRE."""
        self.commands.write(cycle, PRE, self.phase, bank, row, 0, 0, 0, *NO_WINDOW)

    def refreshed(self, *, cycle: int) -> None:
        """REF."""
        self.commands.write(cycle, REF, self.phase, 0, 0, 0, 0, 0, *NO_WINDOW)

    def read(
        self,
        *,
        cycle: int,
        bank: int,
        row: int,
        column: int,
        blocks: int,
        enabled: int,  # noqa: ARG002 - follows from mask and blocks
        bus: bitarray,
        driven: bitarray,  # noqa: ARG002 - likewise
    ) -> None:
        """RD, RD2, RD4 with the bus image."""
        self.command = self.commands.records
        self.commands.write(
            cycle, RD, self.phase, bank, row, column, blocks, self.mask, *self.window
        )
        self.write_bus(bus)

    def wrote(self, *, cycle: int, bank: int, row: int, column: int, bus: bitarray) -> None:
        """WR with the block."""
        self.command = self.commands.records
        mask = self.spec.word_mask
        self.commands.write(cycle, WR, self.phase, bank, row, column, 1, mask, *NO_WINDOW)
        self.write_bus(bus)

    def write_bus(self, bus: bitarray) -> None:
        """Write the lines of the bus, word by word."""
        width = self.spec.word_bits
        words = (ba2int(bus[at : at + width]) for at in range(0, len(bus), width))
        self.bus.write(self.command, *words)
