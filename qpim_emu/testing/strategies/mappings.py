"""Mappings that apply to a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from qpim_emu.mapping.request import Layout, Mapping, Partition
from qpim_emu.workload.layers import Linear

if TYPE_CHECKING:
    from qpim_emu.testing.strategies.operands import Layer

__all__ = ["mappings"]


@st.composite
def mappings(draw: st.DrawFn, *, layer: Layer) -> Mapping:
    """Draw a layout and a partition that `layer` accepts, ``auto`` among them."""
    layouts, partitions = list(Layout), list(Partition)
    if isinstance(layer, Linear):
        layouts.remove(Layout.BLOCKED)
        partitions.remove(Partition.PIXELS)
    elif layer.groups > 1 and layer.weights.shape[1] == 1:
        layouts.remove(Layout.UNFOLDED)
    return Mapping(
        layout=draw(st.sampled_from(layouts)), partition=draw(st.sampled_from(partitions))
    )
