"""From packed words to operands: gate, mask, extend, subtract the zero point.

One formula serves every encoding, without shifts, so that it vectorises::

    operand = ((word & mask) ^ flip) * scale + offset

``word & mask`` is the field still in its place. Flipping its sign bit and subtracting that bit's
value (in `offset`) extends a two's complement field; the scale moves it down to its lowest bit
(``2**-shift``), and for bipolar fields makes 2b - 1 of b. Fields have at most 16 bits and zero
points at most 17, so every step is a multiple of ``2**-shift`` with fewer than 24 significant
bits: exact in float32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.hardware.gating import gating_mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.arith.window import Window
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray

__all__ = ["Decoder", "decoder_of", "offsets_of"]


class Decoder(NamedTuple):
    """Constants of the formula, as compiled functions take them."""

    mask: np.uint16
    flip: np.uint16
    scale: np.float32


def decoder_of(window: Window, spec: Spec) -> Decoder:
    """Constants that read operands through `window`.

    A line that is not gated on reads 0; one that only the granularity gates on is dropped.
    """
    mask = gating_mask(window, spec) & window.operand_mask
    sign = 1 << (window.past - 1) if window.format.is_signed else 0
    weight = 2 if window.format.encoding is Encoding.BIPOLAR else 1
    return Decoder(np.uint16(mask), np.uint16(sign), np.float32(weight * 2.0**-window.shift))


def offsets_of(window: Window, zero_points: IntArray) -> NDArray[np.float32]:
    """What to add to the scaled fields, given the zero points: ``float32``, same shape."""
    lowest = window.format.min if window.format.encoding is not Encoding.UNSIGNED else 0
    return (lowest - zero_points).astype(np.float32)
