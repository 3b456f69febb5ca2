"""ReLU on codes: nothing below the code of zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.workload.operations.base import Operation, Shape

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["Relu"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relu(Operation):
    """``max(code, zero_point)``.

    Parameters
    ----------
    zero_point
        Code that stands for zero.

    Examples
    --------
    >>> Relu(zero_point=3).compute(np.array([[1, 3, 9]]))
    array([[3, 3, 9]])
    """

    zero_point: int = 0

    def output_shape(self, *shapes: Shape) -> Shape:
        """Same shape as the input."""
        (shape,) = shapes
        return shape

    def output_format(self, *formats: Format) -> Format:
        """Same format as the input."""
        (stored,) = formats
        return stored

    def compute(self, *codes: IntArray) -> IntArray:
        """Raise what is below the zero point to it."""
        (values,) = codes
        return np.maximum(values, self.zero_point)
