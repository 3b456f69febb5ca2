"""Which operators and types the backend computes, and why not the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.frontends.onnx.tensors import FORMATS
from qpim_emu.onnx_backend.operators import OPERATORS

if TYPE_CHECKING:
    from qpim_emu.frontends.onnx.graph import Graph

__all__ = ["TYPES", "refusals_of"]

TYPES = {*FORMATS, "int32", "float", "float16"}
"""Element types of tensors."""


def refusals_of(graph: Graph) -> list[str]:
    """Say why a graph is not supported: its operators, and the types of its tensors.

    Returns
    -------
    list
        One line each; nothing if it is.
    """
    refusals = [
        f"{node.kind} {node.name!r}: must be one of {', '.join(OPERATORS)}"
        for node in graph.nodes
        if node.kind not in OPERATORS
    ]
    types = {value.name: value.type for value in (*graph.inputs, *graph.values.values())}
    types |= {name: tensor.type for name, tensor in graph.constants.items()}
    refusals += [
        f"tensor {name!r}: must be of {', '.join(sorted(TYPES))}, got {kind}"
        for name, kind in types.items()
        if kind not in TYPES | {"undefined"}
    ]
    return refusals
