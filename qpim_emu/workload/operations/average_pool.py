"""Rounded average over sliding windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.windows import Pooling

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["AveragePool2d"]


@dataclass(frozen=True, slots=True, init=False)
class AveragePool2d(Pooling):
    """Average of the codes under each window, rounded half away from zero.

    Padded positions count neither in the sum nor in the divisor. The average of codes is the
    code of the average, whatever the zero point, up to the rounding, which is that of the
    TensorFlow Lite reference kernels. Parameters as `Pooling`.

    Examples
    --------
    >>> AveragePool2d(kernel=2).compute(np.array([[[[1, 2], [-3, -6]]]])).tolist()
    [[[[-2]]]]
    """

    def output_format(self, *formats: Format) -> Format:
        """Same format as the input."""
        (stored,) = formats
        if stored.encoding is Encoding.BIPOLAR:
            msg = f"input of AveragePool2d must not be bipolar, got {stored}"
            raise LayerError(msg)
        return stored

    def compute(self, *codes: IntArray) -> IntArray:
        """Sum exactly, then divide once."""
        (values,) = codes
        total = self.windows(values, fill=0).sum(axis=-1)
        count = self.windows(np.ones_like(values), fill=0).sum(axis=-1)
        away = (np.abs(total) + count // 2) // count
        average: IntArray = np.sign(total) * away
        return average
