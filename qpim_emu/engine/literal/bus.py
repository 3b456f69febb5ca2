"""The bus image of a read: what the data lines carry, and how the lane side unpacks it.

::

    RD    word:   [ gated | enabled lines, in place | gated ]
    RD2   word:   [ block 1's enabled lines at W/2 ... | block 0's enabled lines at 0 ... ]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bitarray import bitarray
from bitarray.util import ba2int

from qpim_emu.hardware.gating import block_gating_mask, first_bus_line, gating_lines

if TYPE_CHECKING:
    from qpim_emu.arith.window import Window
    from qpim_emu.hardware.spec import Spec

__all__ = ["BusImage", "Gate"]


class Gate:
    """The I/O gating of a vault, set for one operand window.

    Parameters
    ----------
    window
        The operand window.
    spec
        The machine.
    """

    def __init__(self, window: Window, spec: Spec) -> None:
        self.window = window
        self.spec = spec
        self.first, self.past = gating_lines(window, spec)
        self.lines = self.past - self.first
        mask = block_gating_mask(window, spec).to_bytes(-(-spec.block_lines // 8), "little")
        self.mask = bitarray(endian="little")
        self.mask.frombytes(mask)
        del self.mask[spec.block_lines :]
        self.driven_lines = {1: self.mask}

    def one(self, block: bitarray) -> BusImage:
        """Drive one block: its enabled lines stay in place, the others are 0."""
        return BusImage(block & self.mask, blocks=1, gate=self)

    def driven(self, blocks: int) -> bitarray:
        """Lines of the bus that a read of so many blocks drives; the others carry no event."""
        if blocks not in self.driven_lines:
            self.driven_lines[blocks] = self.several([self.mask] * blocks).bits
        return self.driven_lines[blocks]

    def several(self, blocks: list[bitarray]) -> BusImage:
        """Drive several blocks at once: block j's enabled lines start at ``j * (W // k)``."""
        width = self.spec.word_bits
        bus = bitarray(self.spec.block_lines, endian="little")
        bus.setall(0)
        for index, block in enumerate(blocks):
            start = first_bus_line(index, len(blocks), self.spec)
            for word in range(0, self.spec.block_lines, width):
                lines = block[word + self.first : word + self.past]
                bus[word + start : word + start + self.lines] = lines
        return BusImage(bus, blocks=len(blocks), gate=self)


@dataclass(frozen=True, slots=True)
class BusImage:
    """Data lines of a vault during one read.

    Attributes
    ----------
    bits
        One bit per line, word 0 first, each word's line 0 first.
    blocks
        Blocks the lines carry.
    gate
        The gating they went through.
    """

    bits: bitarray
    blocks: int
    gate: Gate

    @property
    def driven(self) -> bitarray:
        """Lines that carry something, enabled by the gate."""
        return self.gate.driven(self.blocks)

    @property
    def words(self) -> tuple[int, ...]:
        """The lines as one integer per word."""
        width = self.gate.spec.word_bits
        return tuple(ba2int(self.bits[at : at + width]) for at in range(0, len(self.bits), width))

    def operands(self, part: int) -> list[int]:
        """Unpack block `part` as the lane side does: one operand per word, extended."""
        gate, window = self.gate, self.gate.window
        line = window.shift
        if self.blocks > 1:
            line += first_bus_line(part, self.blocks, gate.spec) - gate.first
        lines, mask, extend = ba2int(self.bits), window.field_mask, window.format.from_field
        width, past = gate.spec.word_bits, len(self.bits)
        return [extend(lines >> at & mask) for at in range(line, past, width)]
