"""Rounded average over sliding windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.limits import CODES, integer_in, require_integer_format
from qpim_emu.workload.operations.windows import Pooling

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["AveragePool2d", "divide_half_away"]


@dataclass(frozen=True, slots=True, init=False)
class AveragePool2d(Pooling):
    """Average of the codes under each window, rounded half away from zero, then clamped.

    The average of codes is the code of the average, whatever the zero point, up to the rounding,
    which is that of TFLite's reference kernels (integer_ops/pooling.h).

    Parameters
    ----------
    kernel, stride, padding, low, high
        As `Pooling`.
    padding_code
        Code of padded positions, usually the zero point, if they count in the sum and in the
        divisor (``count_include_pad`` of other tools); None if they do not.

    Raises
    ------
    LayerError
        As `Pooling`, or if the code is no integer of 17 bits.

    Examples
    --------
    >>> AveragePool2d(kernel=2).compute(np.array([[[[1, 2], [-3, -6]]]])).tolist()
    [[[[-2]]]]
    """

    padding_code: int | None

    def __init__(
        self,
        *,
        kernel: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        padding: int | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]] = 0,
        low: int | None = None,
        high: int | None = None,
        padding_code: int | None = None,
    ) -> None:
        Pooling.__init__(self, kernel=kernel, stride=stride, padding=padding, low=low, high=high)
        if padding_code is not None:
            integer_in(padding_code, CODES, field="padding_code")
        object.__setattr__(self, "padding_code", padding_code)

    def output_format(self, *formats: Format) -> Format:
        """Same format as the input, which must hold the padding code too."""
        stored = Pooling.output_format(self, require_integer_format(formats[0], self))
        if self.padding_code is not None and not stored.contains(self.padding_code):
            msg = f"padding_code must be one of {stored}, got {self.padding_code}"
            raise LayerError(msg)
        return stored

    def compute(self, *codes: IntArray) -> IntArray:
        """Sum exactly, then divide once."""
        (values,) = codes
        counted = self.padding_code is not None
        total = self.windows(values, fill=self.padding_code or 0).sum(axis=-1)
        count = self.windows(np.ones_like(values), fill=int(counted)).sum(axis=-1)
        return self.limited(divide_half_away(total, count))


def divide_half_away(total: IntArray, count: IntArray | int) -> IntArray:
    """Divide by a positive count and round to nearest, ties away from zero."""
    magnitude = np.floor_divide(np.abs(total) + count // 2, count)
    return np.sign(total) * magnitude
