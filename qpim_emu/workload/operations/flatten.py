"""Flatten a tensor into vectors."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from qpim_emu.workload.operations.movement import Movement

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations.base import Shape

__all__ = ["Flatten"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flatten(Movement):
    """All axes but the batch become one, in row-major order.

    Examples
    --------
    >>> import numpy as np
    >>> Flatten().compute(np.array([[[1, 2], [3, 4]]]))
    array([[1, 2, 3, 4]])
    """

    def output_shape(self, *shapes: Shape) -> Shape:
        """One axis with every element."""
        (shape,) = shapes
        return (prod(shape),)

    def move(self, *arrays: IntArray, fill: int) -> IntArray:  # noqa: ARG002 - nothing is new
        """Reshape; the order stays as it is."""
        (values,) = arrays
        return values.reshape(values.shape[0], -1)
