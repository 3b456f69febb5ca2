"""The graph of an ONNX model: nodes in running order, constants, and who makes what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from qpim_emu.errors import ModelFileError
from qpim_emu.frontends.onnx.attributes import read_attributes
from qpim_emu.frontends.onnx.tensors import GraphTensor, element_type, read_tensor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from onnx import GraphProto, ModelProto, NodeProto, ValueInfoProto

__all__ = ["Graph", "GraphNode", "GraphValue", "read_graph"]

Attribute = TypeVar("Attribute", int, float, str, tuple[int, ...])

STANDARD_DOMAINS = {"", "ai.onnx"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    """A node.

    Attributes
    ----------
    name
        Its name, or that of its first output where it has none.
    kind
        Its operator, with its domain unless that is the standard's: ``Conv``,
        ``com.microsoft.QLinearAdd``.
    inputs, outputs
        Names of tensors, empty where an optional one is left out.
    attributes
        Numbers, strings, tuples of them, and `GraphTensor`; None for a subgraph.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def input(self, place: int) -> str:
        """Name of an input, empty where it is left out."""
        return self.inputs[place] if place < len(self.inputs) else ""

    def attribute(self, name: str, default: Attribute) -> Attribute:
        """Value of an attribute of the default's type: a number, text, or a tuple of integers.

        Raises
        ------
        ModelFileError
            If it is of another type.
        """
        value = self.attributes.get(name, default)
        if isinstance(default, float) and isinstance(value, int):
            return type(default)(value)
        fits = isinstance(value, type(default))
        if isinstance(default, tuple):
            fits = fits and all(isinstance(each, int) for each in value)
        if not fits:
            kind = {int: "an integer", float: "a number", str: "text", tuple: "integers"}
            msg = f"{name} must be {kind[type(default)]}, got {value!r}"
            raise ModelFileError(msg)
        found: Attribute = value
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphValue:
    """What the file says of a tensor: element type, and sizes, None where it leaves them open."""

    name: str
    type: str
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A graph, checked: names are unique, and everything is made before it is used.

    Attributes
    ----------
    name
        Its name.
    opsets
        Version of the operators by domain (the standard's is ``""``).
    inputs
        Inputs that are no constants.
    outputs
        Names of the outputs.
    constants
        Initializers and outputs of ``Constant`` nodes.
    nodes
        All nodes, in an order in which they can run.
    values
        What the file says of other tensors than inputs.
    """

    name: str
    opsets: Mapping[str, int]
    inputs: tuple[GraphValue, ...]
    outputs: tuple[str, ...]
    constants: Mapping[str, GraphTensor]
    nodes: tuple[GraphNode, ...]
    values: Mapping[str, GraphValue]

    def makers(self) -> dict[str, GraphNode]:
        """Node that makes a tensor, by the tensor's name."""
        return {name: node for node in self.nodes for name in node.outputs if name}

    def users(self) -> dict[str, list[GraphNode]]:
        """Nodes that use a tensor, by the tensor's name."""
        found: dict[str, list[GraphNode]] = defaultdict(list)
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                found[name].append(node)
        return dict(found)


def read_graph(model: ModelProto) -> Graph:
    """Read and check the graph of a model.

    Raises
    ------
    ModelFileError
        If names clash, a tensor is used before it is made (as in every cycle), or constants
        are damaged.
    """
    graph = model.graph
    if graph.sparse_initializer:
        msg = f"initializers must be dense, got sparse {len(graph.sparse_initializer)} of them"
        raise ModelFileError(msg)
    constants = unique((tensor.name, read_tensor(tensor)) for tensor in graph.initializer)
    initializers = set(constants)
    nodes = tuple(read_node(node, place) for place, node in enumerate(graph.node))
    constants |= {
        node.outputs[0]: tensor
        for node in nodes
        if node.kind == "Constant"
        and node.outputs
        and isinstance(tensor := node.attributes.get("value"), GraphTensor)
    }
    read = Graph(
        name=graph.name or "model",
        opsets={domain_of(entry.domain): int(entry.version) for entry in model.opset_import},
        inputs=tuple(read_value(value) for value in graph.input if value.name not in initializers),
        outputs=tuple(value.name for value in graph.output),
        constants=constants,
        nodes=nodes,
        values={value.name: read_value(value) for value in (*graph.value_info, *graph.output)},
    )
    check_order(read, graph)
    return read


def unique(pairs: Iterable[tuple[str, GraphTensor]]) -> dict[str, GraphTensor]:
    """Collect named tensors, refusing a name that occurs twice."""
    found: dict[str, GraphTensor] = {}
    for name, tensor in pairs:
        if name in found:
            msg = f"name of an initializer must be new, got {name!r} again"
            raise ModelFileError(msg)
        found[name] = tensor
    return found


def domain_of(domain: str) -> str:
    """Domain of operators, the standard's as the empty name."""
    return "" if domain in STANDARD_DOMAINS else domain


def read_node(node: NodeProto, place: int) -> GraphNode:
    """Read one node."""
    if not node.output:
        msg = f"{node.op_type} {node.name!r} must have an output, got none"
        raise ModelFileError(msg)
    domain = domain_of(node.domain)
    names = [name for name in (node.name, *node.output) if name]
    return GraphNode(
        name=names[0] if names else f"node {place}",
        kind=f"{domain}.{node.op_type}" if domain else node.op_type,
        inputs=tuple(node.input),
        outputs=tuple(node.output),
        attributes=read_attributes(node),
    )


def read_value(value: ValueInfoProto) -> GraphValue:
    """Read what is said of a tensor."""
    tensor = value.type.tensor_type
    shape = None
    if tensor.HasField("shape"):
        shape = tuple(
            int(axis.dim_value) if axis.HasField("dim_value") else None for axis in tensor.shape.dim
        )
    return GraphValue(name=value.name, type=element_type(tensor.elem_type), shape=shape)


def check_order(graph: Graph, source: GraphProto) -> None:
    """Refuse names made twice, and tensors used before they are made."""
    made = {value.name for value in source.input} | {tensor.name for tensor in source.initializer}
    for node in graph.nodes:
        for name in node.inputs:
            if name and name not in made:
                msg = (
                    f"inputs of {node.kind} {node.name!r} must be made by earlier nodes, "
                    f"got {name!r}"
                )
                raise ModelFileError(msg)
        for name in node.outputs:
            if name and name in made:
                msg = f"name of a tensor must be new, got {name!r} again from {node.name!r}"
                raise ModelFileError(msg)
            made.add(name)
    for name in graph.outputs:
        if name not in made:
            msg = f"outputs must name tensors of the graph, got {name!r}"
            raise ModelFileError(msg)
