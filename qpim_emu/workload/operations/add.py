"""Sum of two quantized tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from qpim_emu.arith.scales import ScaleRule
from qpim_emu.workload.operations.scaled_sum import ScaledSum

__all__ = ["Add"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(ScaledSum):
    """First plus second code, each with its own scale; parameters as `ScaledSum`.

    Source: ``AddElementwise`` of TFLite's reference kernels for int8 and int16 (add.h, without
    the special case of power-of-two scales), constants as in TFLite and TFLite Micro.

    Examples
    --------
    >>> import numpy as np
    >>> add = Add.from_scales(scales=(0.5, 0.25), zero_points=(0, 3), output_scale=1.0,
    ...                       output_zero_point=-1, low=-128, high=127)
    >>> add.compute(np.array([[10, -9]]), np.array([[5, 3]]))
    array([[ 5, -6]])
    """

    sign: ClassVar[int] = 1
    scale_rule: ClassVar[ScaleRule] = ScaleRule.DOUBLE
