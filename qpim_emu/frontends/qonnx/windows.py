"""Windows of an operator over an input of known sizes, and how many of them there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.frontends.onnx.geometry import Geometry, read_geometry
from qpim_emu.frontends.onnx.refusal import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.frontends.onnx.graph import GraphNode

__all__ = ["windows_of"]


def windows_of(
    node: GraphNode, extents: Sequence[int], kernel: Sequence[int]
) -> tuple[Geometry, tuple[int, ...]]:
    """Read how windows lie, and count them along every dimension.

    Raises
    ------
    RefusedError
        As `read_geometry`, or if no window fits.
    """
    geometry = read_geometry(node.attributes, kernel=tuple(kernel), sizes=tuple(extents))
    outputs = tuple(
        (extent + sum(sides) - (size - 1) * dilation - 1) // step + 1
        for extent, sides, size, dilation, step in zip(
            extents, geometry.padding, kernel, geometry.dilations, geometry.strides, strict=True
        )
    )
    if min(outputs) < 1:
        msg = f"window must fit the input {list(extents)}, got {list(kernel)}"
        raise RefusedError(msg)
    return geometry, outputs
