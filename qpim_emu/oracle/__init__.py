"""Independent reference results.

The oracle computes a layer from its codes alone, in another representation than the machine:
loops over Python integers (`naive`), a vectorised form proven equal to them (`vectorised`), and
requantization by exact fractions (`requantize`). It shares no arithmetic with the machine.
"""

from __future__ import annotations

from qpim_emu.oracle.naive import naive_reference
from qpim_emu.oracle.result import Reference
from qpim_emu.oracle.vectorised import partial_sums, reference

__all__ = ["Reference", "naive_reference", "partial_sums", "reference"]
