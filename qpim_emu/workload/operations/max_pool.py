"""Maximum over sliding windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.workload.operations.windows import Pooling

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["MaxPool2d"]


@dataclass(frozen=True, slots=True, init=False)
class MaxPool2d(Pooling):
    """Largest code under each window, clamped; parameters as `Pooling`.

    Examples
    --------
    >>> MaxPool2d(kernel=2).compute(np.array([[[[1, 5], [-3, 2]]]])).tolist()
    [[[[5]]]]
    """

    def compute(self, *codes: IntArray) -> IntArray:
        """Take the maximum; padding never wins."""
        (values,) = codes
        lowest = int(np.iinfo(np.int64).min)
        return self.limited(self.windows(values, fill=lowest).max(axis=-1))
