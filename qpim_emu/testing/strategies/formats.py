"""Formats of codes, and operand windows in a data word."""

from __future__ import annotations

from hypothesis import strategies as st

from qpim_emu.arith.formats import BIPOLAR, Encoding, Format
from qpim_emu.arith.window import Window

__all__ = ["formats", "windows"]


@st.composite
def formats(
    draw: st.DrawFn,
    *,
    max_bits: int = 16,
    bipolar: bool = True,
) -> Format:
    """Formats of 1..`max_bits` bits, mostly narrow enough for two or four blocks in a read.

    Parameters
    ----------
    max_bits
        Widest format.
    bipolar
        Whether the bipolar format may be drawn.
    """
    encodings = [Encoding.SIGNED, Encoding.UNSIGNED]
    if bipolar and draw(st.integers(0, 7)) == 7:  # noqa: PLR2004 - one in eight
        return BIPOLAR
    quarter, half = (st.integers(1, max(1, max_bits // parts)) for parts in (4, 2))
    bits = draw(quarter | half | st.integers(1, max_bits))
    return Format(bits, draw(st.sampled_from(encodings)))


@st.composite
def windows(
    draw: st.DrawFn,
    *,
    stored: Format | None = None,
    word_bits: int = 16,
    bipolar: bool = True,
) -> Window:
    """Windows that lie inside a word.

    Parameters
    ----------
    stored
        Format of the codes in the word; half of the windows then read exactly the code.
    word_bits
        Width of the word.
    bipolar
        Whether a window may read its bit as -1 or +1.
    """
    whole = stored is not None and (bipolar or stored != BIPOLAR)
    if stored is not None and whole and draw(st.booleans()):
        return Window(stored)
    seen = draw(formats(max_bits=word_bits, bipolar=bipolar))
    return Window(seen, shift=draw(st.integers(0, word_bits - seen.bits)))
