"""The real numbers behind the codes of a layer, and where its codes change."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from qpim_emu.frontends.qonnx.quantizer import per_channel

if TYPE_CHECKING:
    from qpim_emu.frontends.qonnx.bounds import Bounds
    from qpim_emu.frontends.qonnx.line import Line

__all__ = ["UnroundedCode"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnroundedCode:
    """What an accumulator of a layer stands for before it is rounded.

    Numbers are in codes; behind ``MultiThreshold``, in the units of its thresholds.

    Attributes
    ----------
    lines
        From the accumulator to the real number that is rounded; one for all filters or one each.
    code_unit
        How many of its units are one code.
    codes
        Its codes, ascending.
    bounds, unit
        From where on there is each code but the lowest, see `Quantizer`.
    """

    lines: tuple[Line, ...]
    code_unit: Fraction = Fraction(1)
    codes: range = range(0)
    bounds: tuple[Bounds, ...] = ()
    unit: Fraction = Fraction(1)

    def __call__(self, accumulator: int, *, filter: int) -> Fraction:  # noqa: A002 - the word
        """Give it exactly; an irrational one as the next lower multiple of 2**-64."""
        value = per_channel(self.lines, filter).at(accumulator).approximate()
        return value / self.code_unit

    def threshold(self, code: int, *, filter: int) -> Fraction | None:  # noqa: A002 - the word
        """Give the number from which on there is `code`; None for the lowest one."""
        place = bisect_right(self.codes, code) - 2
        if not 0 <= place < len(self.codes) - 1:
            return None
        bounds = per_channel(self.bounds, filter)
        return bounds[place][0] * self.unit / 2 / self.code_unit

    def distance(self, accumulator: int, *, filter: int) -> Fraction | None:  # noqa: A002 - the word
        """Measure how far the number is from the nearest one at which the code changes."""
        if not self.bounds:
            return None
        value = self(accumulator, filter=filter)
        halves = 2 * value * self.code_unit / self.unit
        bounds = per_channel(self.bounds, filter)
        past = bisect_right(
            range(len(bounds)), halves, key=lambda place: Fraction(bounds[place][0])
        )
        near = [abs(halves - twice) for twice, _ in bounds.part(max(past - 1, 0), past + 1)]
        return min(near) * self.unit / 2 / self.code_unit
