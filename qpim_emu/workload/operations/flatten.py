"""Flatten a tensor into vectors."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar

from qpim_emu.workload.operations.base import Operation, Shape

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["Flatten"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flatten(Operation):
    """All axes but the batch become one, in row-major order."""

    moves_only: ClassVar[bool] = True

    def output_shape(self, *shapes: Shape) -> Shape:
        """One axis with every element."""
        (shape,) = shapes
        return (prod(shape),)

    def output_format(self, *formats: Format) -> Format:
        """Same format as the input."""
        (stored,) = formats
        return stored

    def compute(self, *codes: IntArray) -> IntArray:
        """Reshape; the codes stay as they are."""
        (values,) = codes
        return values.reshape(values.shape[0], -1)
