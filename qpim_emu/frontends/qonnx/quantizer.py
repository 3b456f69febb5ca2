"""A quantizer of QONNX: which real numbers become which codes, and what the codes stand for."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from qpim_emu.arith.formats import BIPOLAR
from qpim_emu.frontends.qonnx.bounds import Bounds
from qpim_emu.frontends.qonnx.quadratic import rational

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.arith.formats import Format
    from qpim_emu.frontends.qonnx.line import Line


T = TypeVar("T")

__all__ = ["Quantizer", "per_channel", "sign_quantizer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantizer:
    """Codes `low` to `high`, each from its own bound on.

    A real number x of channel c is read as ``x / divisor[c] + addend``; its code is `low` plus
    the number of bounds of the channel that this reaches (two codes -1 and +1 for ``bipolar``).

    Attributes
    ----------
    format, low, high
        Format of the codes as the file declares it, and the codes that occur.
    divisor, addend
        See above; one divisor or one per channel.
    bounds
        Per channel or for all; ascending halves of `unit`, see `Bounds`.
    unit
        What they are multiples of the half of.
    scale, zero
        ``scale * (code - zero)`` is the real number a code stands for.
    code_unit
        How much of what is read is one code, for distances to a tie.
    """

    format: Format
    low: int
    high: int
    divisor: tuple[Fraction, ...]
    addend: int
    bounds: tuple[Bounds, ...]
    unit: Fraction = Fraction(1)
    scale: tuple[Fraction, ...]
    zero: int
    code_unit: Fraction = Fraction(1)

    @property
    def bipolar(self) -> bool:
        """Whether there are only the codes -1 and +1."""
        return self.format == BIPOLAR

    @property
    def codes(self) -> range:
        """All codes, ascending."""
        return range(self.low, self.high + 1, 2 if self.bipolar else 1)

    @property
    def channels(self) -> int:
        """How many channels it tells apart; 1 for none."""
        return max(len(self.divisor), len(self.bounds), len(self.scale))

    def read(self, lines: tuple[Line, ...]) -> Iterator[tuple[Line, Bounds]]:
        """Pair the line to what is read with the bounds, for each of the channels there are."""
        for c in range(max(len(lines), len(self.divisor), len(self.bounds))):
            line = per_channel(lines, c).scaled(rational(1 / per_channel(self.divisor, c)))
            yield line.shifted(rational(self.addend)), per_channel(self.bounds, c)


def per_channel(values: tuple[T, ...], channel: int) -> T:
    """Choose a channel's value among one for all, or one each."""
    return values[channel if len(values) > 1 else 0]


def sign_quantizer(scale: tuple[Fraction, ...]) -> Quantizer:
    """Map what is 0 or more to +1, everything else to -1."""
    return Quantizer(
        format=BIPOLAR,
        low=-1,
        high=1,
        divisor=scale,
        addend=0,
        bounds=(Bounds.of([(0, True)]),),
        scale=scale,
        zero=0,
    )
