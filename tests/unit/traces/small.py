"""A trace worked by hand, and machines for the tests of formats.

Two filters of three weights run on `TOY`, one per vault. LOAD reads the activations (4 bits,
block 0: bank 0, row 0), STREAM the weights (the next stripe: row 1), WRITE the outputs: 48-bit
accumulators take three blocks of row 2. tRCD 3, tRAS 6, tRP 2: a row opened at 0 is read at 3,
closed at 6, and the next phase starts at 8. The last WR at 21 is recovered 21 + 3 + 1 + 2 = 27.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import qpim_emu as qe
from qpim_emu.traces import FORMATS, trace_step

if TYPE_CHECKING:
    from qpim_emu.hardware import Spec
    from qpim_emu.traces import Trace

__all__ = ["paired", "text_of", "tiny"]


def tiny(*, vault: int | None = None) -> Trace:
    """The trace above."""
    layer = qe.Linear(weights=[[1, -2, 3], [4, 5, 6]], weight_type="int4", activation_type="uint4")
    return trace_step(layer, (1, 3), spec=qe.TOY, vault=vault)


def paired(*, spec: Spec = qe.TOY, channels: int = 300) -> Trace:
    """A trace with reads of two blocks, several rows and banks, and refreshes inside a phase."""
    layer = qe.Linear(
        weights=[[1] * channels] * 8,
        weight_type="int8",
        activation_type="uint8",
        activation_window=qe.Window(qe.UInt(4), shift=2),
    )
    return trace_step(layer, (1, channels), spec=spec)


def text_of(trace: Trace, name: str) -> str:
    """What a format writes."""
    file = StringIO()
    FORMATS[name](trace, file)
    return file.getvalue()
