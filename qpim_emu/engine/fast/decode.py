"""How an operand is read from its words: gate, mask, extend, subtract the zero point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.arith.formats import Encoding
from qpim_emu.engine.fast.kernels.unfold import Decoder
from qpim_emu.hardware.gating import gating_mask

if TYPE_CHECKING:
    from qpim_emu.arith.window import Window
    from qpim_emu.hardware.spec import Spec

__all__ = ["decoder_of"]


def decoder_of(window: Window, spec: Spec, *, minus: int = 0) -> Decoder:
    """Constants that read operands through `window` (`qpim_emu.engine.fast.kernels.unfold`).

    A line that is not gated on reads 0; one that only the granularity gates on is dropped.

    Parameters
    ----------
    minus
        What to subtract: a zero point, and what else the kernel wants its operands less by.
    """
    encoding = window.format.encoding
    return Decoder(
        mask=gating_mask(window, spec) & window.operand_mask,
        flip=1 << (window.past - 1) if encoding is Encoding.SIGNED else 0,
        shift=window.shift,
        up=1 if encoding is Encoding.BIPOLAR else 0,
        add=(0 if encoding is Encoding.UNSIGNED else window.format.min) - minus,
    )
