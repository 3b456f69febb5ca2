"""Which input codes an output of a layer is made of, and with which weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.oracle.operands import operands
from qpim_emu.workload.geometry import ConvGeometry

if TYPE_CHECKING:
    from qpim_emu.mapping.outputs import OutputIndex
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray

__all__ = ["Contributions", "contributions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributions:
    """An output as ``bias + sum(weights * (codes[places] - zero point))``.

    Attributes
    ----------
    places
        ``int64[terms, axes]``: index of each code in one image of the input.
    weights
        ``int64[terms]``, zero points subtracted.
    bias
        The filter's.
    """

    places: IntArray
    weights: IntArray
    bias: int


def contributions(plan: Plan, output: OutputIndex) -> Contributions:
    """Find what an output is made of; border taps contribute nothing and are left out.

    Parameters
    ----------
    plan
        The mapped layer.
    output
        The output; its image does not matter.
    """
    layer, m = plan.layer, output.filter
    held = operands(layer.weights[m], layer.weight_type, layer.weight_window)
    held = held - int(layer.weight_zero_point[m])
    geometry = plan.geometry
    bias = int(layer.bias[m])
    if not isinstance(geometry, ConvGeometry):
        places = np.arange(len(held))[:, None]
        return Contributions(places=places, weights=held, bias=bias)
    per_group = geometry.filters // geometry.groups
    first = m // per_group * geometry.group_channels
    c, ky, kx = (axis.reshape(-1) for axis in np.indices(held.shape))
    y, x = divmod(output.pixel, geometry.out_width)
    rows = y * geometry.stride[0] + ky * geometry.dilation[0] - geometry.padding[0][0]
    columns = x * geometry.stride[1] + kx * geometry.dilation[1] - geometry.padding[1][0]
    inside = (rows >= 0) & (rows < geometry.height) & (columns >= 0) & (columns < geometry.width)
    places = np.stack([first + c, rows, columns], axis=1)[inside]
    return Contributions(places=places, weights=held.reshape(-1)[inside], bias=bias)
