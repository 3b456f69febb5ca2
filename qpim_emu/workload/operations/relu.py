"""ReLU on codes: nothing below the code of zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.elementwise import Elementwise
from qpim_emu.workload.operations.limits import (
    CODES,
    hold_integers,
    integer_in,
    require_integer_format,
)

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["Relu"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relu(Elementwise):
    """``max(code, zero_point)``.

    Parameters
    ----------
    zero_point
        Code that stands for zero.

    Raises
    ------
    LayerError
        If the zero point is no integer of 17 bits.

    Examples
    --------
    >>> Relu(zero_point=3).compute(np.array([[1, 3, 9]]))
    array([[3, 3, 9]])
    """

    zero_point: int = 0

    def __post_init__(self) -> None:
        hold_integers(self)
        integer_in(self.zero_point, CODES, field="zero_point")

    def output_format(self, *formats: Format) -> Format:
        """Same format as the input, which must hold the zero point if it can be reached."""
        stored = require_integer_format(formats[0], self)
        if self.zero_point > stored.max:
            msg = f"zero_point must be at most {stored.max} ({stored}), got {self.zero_point}"
            raise LayerError(msg)
        return stored

    def compute(self, *codes: IntArray) -> IntArray:
        """Raise what is below the zero point to it."""
        (values,) = codes
        return np.maximum(values, self.zero_point)
