"""Rounded average over whole images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.workload.operations.average_pool import divide_half_away
from qpim_emu.workload.operations.base import Operation, Shape, require_axes
from qpim_emu.workload.operations.limits import require_integer_format

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["GlobalAveragePool2d"]

IMAGE_AXES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalAveragePool2d(Operation):
    """Average of the codes of each channel, rounded half away from zero, as one pixel.

    Equal to `AveragePool2d` with a kernel of the whole image.

    Examples
    --------
    >>> import numpy as np
    >>> GlobalAveragePool2d().compute(np.array([[[[1, 2], [-3, -6]]]])).tolist()
    [[[[-2]]]]
    """

    def output_shape(self, *shapes: Shape) -> Shape:
        """Channels, one row and one column."""
        (shape,) = shapes
        require_axes(shape, IMAGE_AXES, name="GlobalAveragePool2d")
        return shape[0], 1, 1

    def output_format(self, *formats: Format) -> Format:
        """Same format as the input."""
        return require_integer_format(formats[0], self)

    def compute(self, *codes: IntArray) -> IntArray:
        """Sum exactly, then divide once."""
        (values,) = codes
        total = values.sum(axis=(2, 3), keepdims=True)
        return divide_half_away(total, values.shape[2] * values.shape[3])
