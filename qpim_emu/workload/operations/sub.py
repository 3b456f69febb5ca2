"""Difference of two quantized tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from qpim_emu.arith.scales import ScaleRule
from qpim_emu.workload.operations.scaled_sum import ScaledSum

__all__ = ["Sub"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sub(ScaledSum):
    """First minus second code, each with its own scale; parameters as `ScaledSum`.

    Source: ``SubElementwise`` of TFLite Micro's reference kernels for int8 and int16 (sub.h), and
    ``CalculateOpDataSub`` (sub_common.cc of commit 90b983c2), which computes the constants in
    float32. TFLite Micro's build 0.dev20261023182759 and LiteRT 2.3 were measured to compute them
    in double: ``rule="double"``.

    Examples
    --------
    >>> import numpy as np
    >>> sub = Sub.from_scales(scales=(0.5, 0.25), zero_points=(0, 3), output_scale=1.0,
    ...                       output_zero_point=-1, low=-128, high=127)
    >>> sub.compute(np.array([[10, -9]]), np.array([[7, 3]]))
    array([[ 3, -6]])
    """

    sign: ClassVar[int] = -1
    scale_rule: ClassVar[ScaleRule] = ScaleRule.F32
