"""Commands of a vault as data: what a controller can ask of the banks and the lanes.

`Act`, `Rd`, `Wr`, `Pre` and `Ref` are DRAM commands and take cycles; `Mode`, `Mac` and `Drain`
act in the logic die and take neither cycles nor bus.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from qpim_emu.arith.window import Window

__all__ = ["Act", "Command", "Drain", "Mac", "Mode", "Pre", "Rd", "Ref", "Wr"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """MODE: set the operand window that the following reads are gated by."""

    window: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """ACT: copy a row into the row buffer of its bank."""

    bank: int
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rd:
    """RD, RD2, RD4: bring the enabled lines of `blocks` neighbouring blocks over the bus."""

    bank: int
    column: int
    blocks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wr:
    """WR: overwrite one whole block of the open row."""

    bank: int
    column: int
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pre:
    """PRE: restore the row buffer of a bank and close it."""

    bank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """REF: refresh the vault; every bank must be precharged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mac:
    """MAC: multiply one block of the last read with one resident block and accumulate.

    Parameters
    ----------
    part
        Which block of the last bus image, 0 for the first.
    resident
        Address of the resident block in the PE buffer.
    accumulator
        Address of the accumulator (per-lane: of the lane accumulators).
    live
        Words of the block that carry operands; products of the others are discarded.
    """

    part: int
    resident: int
    accumulator: int
    live: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """DRAIN: requantize an accumulator and emit its output codes."""

    accumulator: int


Command: TypeAlias = Mode | Act | Rd | Wr | Pre | Ref | Mac | Drain
