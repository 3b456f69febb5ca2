"""How the codes of an operand are stored, and what is read of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.arith.formats import BIPOLAR, Format, Int, UInt
from qpim_emu.arith.window import Window

if TYPE_CHECKING:
    from tools.conformance.draws import Draws

__all__ = ["Operands", "draw_operands", "draw_zero", "operand_columns"]

ENCODINGS = ("unsigned", "signed", "bipolar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operands:
    """Stored format and window of one operand."""

    stored: Format
    window: Window

    def codes(self, draws: Draws, count: int) -> list[int]:
        """Draw codes."""
        if self.stored == BIPOLAR:
            return [draws.choice((-1, 1)) for _ in range(count)]
        return [draws.code(self.stored.min, self.stored.max) for _ in range(count)]

    @property
    def magnitude(self) -> int:
        """Bits of an operand."""
        return self.window.precision


def operand_columns(operands: Operands) -> list[int]:
    """Numbers of a question."""
    stored, window = operands.stored, operands.window
    stored_code, code = (ENCODINGS.index(one.encoding.value) for one in (stored, window.format))
    return [stored_code, stored.bits, window.shift, window.precision, code]


def draw_operands(draws: Draws, width: int) -> Operands:
    """Draw codes that are read whole, master words that are read in part, or single bits.

    Half of them have at most a quarter of a word, so that four blocks fit one read.
    """
    kind = draws.between(0, 9)
    if kind == 0:
        return Operands(stored=BIPOLAR, window=Window(BIPOLAR))
    most = draws.choice((width, width // 2, width // 4, width // 4))
    bits = draws.between(1, most)
    if kind <= 5:  # noqa: PLR2004 - half of them
        stored = draws.choice((Int, UInt))(bits)
        return Operands(stored=stored, window=Window(stored))
    lo = draws.between(0, width - bits)
    form = BIPOLAR if bits == 1 and draws.chance(2) else draws.choice((Int, UInt))(bits)
    held = width if draws.chance(8) else lo + bits  # narrow ones keep the oracle's tables small
    return Operands(stored=draws.choice((Int, UInt))(held), window=Window(form, shift=lo))


def draw_zero(draws: Draws, operands: Operands) -> int:
    """Draw a zero point, mostly a value of the window."""
    form = operands.window.format
    if form == BIPOLAR:
        return 0
    return draws.choice((0, draws.between(form.min, form.max)))
