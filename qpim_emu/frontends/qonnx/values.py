"""What a tensor of a QONNX graph is, as far as the reader has got."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.frontends.qonnx.draft import Draft
    from qpim_emu.frontends.qonnx.line import Line
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import Operation

__all__ = ["Coded", "Fixed", "FixedCodes", "Floats", "Real", "Shape", "Unread", "Value"]

Shape: TypeAlias = tuple[int, ...]
"""Sizes without the batch axis; the first one counts channels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A constant, as the file holds it."""

    array: NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedCodes:
    """A constant that a quantizer has made codes of: ``scale * (codes - zero)``.

    Scales and zero points are one for all, or one per place along `axis`.
    """

    codes: IntArray
    format: Format
    scale: tuple[Fraction, ...] = (Fraction(1),)
    zero: tuple[int, ...] = (0,)
    axis: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A tensor of the network: ``scale * (code - zero)``, one scale or one per channel."""

    name: str
    shape: Shape
    format: Format
    scale: tuple[Fraction, ...] = (Fraction(1),)
    zero: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """Real numbers that have still to be rounded to codes.

    Attributes
    ----------
    name
        The file's name of the sums that the lines read, for accumulators given out as they are.
    draft
        What sums up codes to accumulators.
    lines
        The real number of an accumulator; one for all filters or one each.
    sums
        The lines as they were at `name`.
    after
        What is done to the codes once they are rounded: it does not matter to a maximum or a
        movement whether its elements are rounded before or after.
    shape
        Sizes after that.
    """

    name: str
    draft: Draft
    lines: tuple[Line, ...]
    sums: tuple[Line, ...]
    after: tuple[Operation, ...] = ()
    shape: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Floats:
    """Numbers in front of the first quantizer, or behind the last one: left to the engine.

    `shape` is None where nobody knows it; `before` tells the two apart.
    """

    shape: Shape | None
    before: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """What a refused operator would have made."""


Value: TypeAlias = Fixed | FixedCodes | Coded | Real | Floats | Unread
