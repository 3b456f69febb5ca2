"""Codes to data words and back: right-justified, extended to the word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Encoding

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.arith.window import Window
    from qpim_emu.typing import BoolArray, IntArray, WordArray

__all__ = ["lost_codes", "pad_word", "to_words"]


def to_words(codes: IntArray, stored: Format, word_bits: int) -> WordArray:
    """Pack codes into data words, right-justified and extended to `word_bits` bits.

    Signed codes are sign-extended, unsigned codes zero-extended, bipolar codes stored as
    ``(code + 1) / 2``.

    Parameters
    ----------
    codes
        Codes of the format `stored`, any shape.
    stored
        Format of the codes.
    word_bits
        Width W of a data word, at most 16.

    Returns
    -------
    WordArray
        Words, ``uint16``, same shape.
    """
    fields = stored.to_field(codes) if stored.encoding is Encoding.BIPOLAR else codes
    words: WordArray = fields.astype(np.uint16)
    words &= np.uint16((1 << word_bits) - 1)
    return words


def pad_word(zero_point: int, window: Window, word_bits: int) -> int:
    """Word that pads a block or a border: the zero point's code seen through `window`.

    Bipolar operands have no code for zero; their pad word is 0.
    """
    if window.format.encoding is Encoding.BIPOLAR:
        return 0
    return (zero_point << window.shift) & ((1 << word_bits) - 1)


def lost_codes(codes: IntArray, stored: Format, window: Window) -> BoolArray:
    """Mark the codes that `window` does not read back as they are.

    A code survives when its operand, moved back to the window's position, is the code itself.

    Examples
    --------
    >>> import numpy as np
    >>> from qpim_emu.arith.formats import Int
    >>> from qpim_emu.arith.window import Window
    >>> lost_codes(np.array([16, 17, -32, 127]), Int(8), Window(Int(4), shift=4))
    array([False,  True, False,  True])
    """
    words = stored.to_field(codes) if stored.encoding is Encoding.BIPOLAR else codes
    lost: BoolArray = (window.operand(words) << window.shift) != codes
    return lost
