"""Limit codes to a range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.workload.operations.elementwise import Elementwise
from qpim_emu.workload.operations.limits import (
    check_limits,
    check_meets,
    hold_integers,
    require_integer_format,
)

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["Clamp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clamp(Elementwise):
    """``min(max(code, low), high)``; `activation_limits` derives the limits of ReLU6 and others.

    Parameters
    ----------
    low, high
        Smallest and largest code of the output.

    Raises
    ------
    LayerError
        If `low` exceeds `high`, or they are no integers of 17 bits.

    Examples
    --------
    >>> Clamp(low=-1, high=5).compute(np.array([[-4, 3, 9]]))
    array([[-1,  3,  5]])
    """

    low: int
    high: int

    def __post_init__(self) -> None:
        hold_integers(self)
        check_limits(self.low, self.high)

    def output_format(self, *formats: Format) -> Format:
        """Same format as the input, some of whose codes must lie within the limits."""
        stored = require_integer_format(formats[0], self)
        check_meets(stored, self.low, self.high)
        return stored

    def compute(self, *codes: IntArray) -> IntArray:
        """Limit the codes."""
        (values,) = codes
        return np.clip(values, self.low, self.high)
