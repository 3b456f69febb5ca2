"""The number that a stored code stands for when a layer reads it through a window.

Written with division and remainder; the machine's definition uses masks and shifts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Encoding

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.arith.window import Window
    from qpim_emu.typing import IntArray

__all__ = ["code_range", "operand", "operands"]


def code_range(fmt: Format) -> tuple[int, int]:
    """Smallest and largest value of a format, from its width and encoding alone.

    Examples
    --------
    >>> from qpim_emu.arith.formats import BIPOLAR, Int, UInt
    >>> code_range(Int(4)), code_range(UInt(4)), code_range(BIPOLAR)
    ((-8, 7), (0, 15), (-1, 1))
    """
    if fmt.encoding is Encoding.BIPOLAR:
        return -1, 1
    if fmt.encoding is Encoding.SIGNED:
        return -(2 ** (fmt.bits - 1)), 2 ** (fmt.bits - 1) - 1
    return 0, 2**fmt.bits - 1


def operand(code: int, stored: Format, window: Window) -> int:
    """Read one code through `window`, before the zero point is subtracted.

    A negative code is stored in two's complement and a bipolar one as ``(code + 1) / 2``;
    upwards the word continues with the sign, or with zeros.

    Examples
    --------
    >>> from qpim_emu.arith.formats import Int
    >>> from qpim_emu.arith.window import Window
    >>> operand(-75, Int(8), Window(Int(4), shift=4))  # -75 is 1011 0101, its upper half 1011
    -5
    """
    word = (code + 1) // 2 if stored.encoding is Encoding.BIPOLAR else code
    field: int = word // 2**window.shift % 2**window.format.bits
    if window.format.encoding is Encoding.BIPOLAR:
        return 2 * field - 1
    if window.format.encoding is Encoding.SIGNED and field >= 2 ** (window.format.bits - 1):
        field -= 2**window.format.bits
    return field


def operands(codes: IntArray, stored: Format, window: Window) -> IntArray:
    """Read an array of codes through `window`, ``int64`` of the same shape."""
    found: IntArray = operand_table(stored, window)[codes - code_range(stored)[0]]
    return found


@lru_cache(maxsize=64)
def operand_table(stored: Format, window: Window) -> IntArray:
    """List the operands of all codes of `stored`, from the smallest code upwards."""
    low, high = code_range(stored)
    table = np.array([operand(code, stored, window) for code in range(low, high + 1)])
    table.setflags(write=False)
    return table
