"""What the oracle says about one layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

__all__ = ["Reference"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """Expected results of one layer at one input.

    Every array has the shape of the layer's outputs: ``[images, filters, height, width]``
    (`Conv2d`), ``[images, filters, length]`` (`Conv1d`), ``[batch, filters]`` (`Linear`).

    Attributes
    ----------
    accumulators
        ``int64``, after the last addition, under the layer's overflow policy.
    outputs
        ``int64`` codes; the accumulators where nothing is requantized.
    totals
        Exact sums including the bias, Python integers (``object``), before any policy.
    overflows
        Under ``wrap`` the outputs whose exact total lies outside the accumulator, under
        ``saturate`` the additions that were clipped, under ``trap`` 0.
    clamped
        Outputs that the final clamp to ``low..high`` changed.
    """

    accumulators: IntArray
    outputs: IntArray
    totals: NDArray[np.object_]
    overflows: int
    clamped: int
