"""What an operator's reader sees of the graph, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.qonnx.values import Fixed, FixedCodes

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from numpy.typing import NDArray

    from qpim_emu.frontends.onnx.graph import Graph, GraphNode
    from qpim_emu.frontends.qonnx.emit import Emitted
    from qpim_emu.frontends.qonnx.unrounded import UnroundedCode
    from qpim_emu.frontends.qonnx.values import Value
    from qpim_emu.workload.network import Node

    OperatorReader: TypeAlias = Callable[["Context", GraphNode], "Answer"]

__all__ = ["Answer", "Context", "OperatorReader"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an operator is: the value of its first output, and the steps that compute it."""

    value: Value
    nodes: tuple[Node, ...] = ()
    note: str = ""
    real: tuple[str, UnroundedCode] | None = None

    @classmethod
    def of(cls, emitted: Emitted) -> Answer:
        """Answer with a coded tensor and its steps."""
        return cls(value=emitted.value, nodes=emitted.nodes, note=emitted.note, real=emitted.real)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The graph as far as it has been read.

    Attributes
    ----------
    graph
        The graph.
    values
        What every tensor is, by name.
    """

    graph: Graph
    values: dict[str, Value] = field(default_factory=dict)

    def data(self, node: GraphNode, place: int = 0) -> Value:
        """Look up an input.

        Raises
        ------
        RefusedError
            If the operator has none there.
        """
        name = node.input(place)
        if not name:
            msg = f"input {place} must be given, got none"
            raise RefusedError(msg)
        return self.values[name]

    def constant(self, node: GraphNode, place: int, *, field: str) -> NDArray[Any]:
        """Look up an input that is a constant, floats as they are and integers as ``int64``.

        Raises
        ------
        RefusedError
            If it is computed, missing, or of a type that is not read.
        """
        value = self.data(node, place)
        if isinstance(value, Fixed):
            return value.array
        if isinstance(value, FixedCodes):
            msg = f"{field} must be a plain constant, got codes of {value.format}"
        else:
            msg = f"{field} must be a constant, got tensor {node.input(place)!r}, which is computed"
        raise RefusedError(msg)

    def constants(self, node: GraphNode, *fields: str) -> list[NDArray[Any]]:
        """Look up constants from the second input on."""
        return [self.constant(node, place, field=name) for place, name in enumerate(fields, 1)]

    def integers(self, node: GraphNode, place: int, *, field: str) -> tuple[int, ...]:
        """Look up a constant list of integers."""
        array = self.constant(node, place, field=field)
        if array.dtype != np.int64 or array.ndim > 1:
            msg = f"{field} must be a list of integers, got {array.dtype} of {array.ndim} axes"
            raise RefusedError(msg)
        return tuple(int(value) for value in array.reshape(-1))
