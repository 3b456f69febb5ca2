"""Operations beside the lanes, each from its own definition: loops, Python integers, fractions.

`reference_operation` chooses the definition by the operation's class.
"""

from __future__ import annotations

from qpim_emu.oracle.operations.dispatch import reference_operation

__all__ = ["reference_operation"]
