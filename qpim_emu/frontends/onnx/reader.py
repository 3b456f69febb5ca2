"""From the graph of an ONNX model to what the framework of frontends reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.errors import InputError
from qpim_emu.frontends.onnx.context import Context, NotReachedError
from qpim_emu.frontends.onnx.ending import outputs_of, renamed
from qpim_emu.frontends.onnx.handlers import HANDLERS
from qpim_emu.frontends.onnx.products import outside
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.onnx.tensors import FORMATS
from qpim_emu.frontends.onnx.values import Known, Outside
from qpim_emu.frontends.reading import OperatorReading, Reading
from qpim_emu.workload.network import TensorType

if TYPE_CHECKING:
    from pathlib import Path

    from qpim_emu.frontends.onnx.graph import Graph, GraphNode, GraphValue

__all__ = ["read_operators"]

CONSTANTS = {"value_float": "float", "value_floats": "float"}
CONSTANTS |= {"value_int": "int64", "value_ints": "int64"}
"""Attributes of a Constant beside ``value``, and their element types."""

UNKNOWN = "has no exact integer definition here; quantize around it, or replace it"
OF_CODES = tuple(
    f"com.microsoft.{name}"
    for name in (
        "DynamicQuantize",
        "MatMulInteger",
        "MatMulNBits",
        "QAttention",
        "QEmbed",
        "QLinear",
    )
)
"""How operators of codes begin, which are never left out as floats."""


def read_operators(graph: Graph, *, path: Path, preset: str) -> Reading:
    """Read every operator of a graph; what cannot be computed exactly is refused by name."""
    context = Context(graph=graph, preset=preset, file_names=names_of(graph))
    for name, tensor in graph.constants.items():
        context.values[name] = Known(type=tensor.type, tensor=tensor)
    for value in graph.inputs:
        read_input(context, value)
    for place, node in enumerate(graph.nodes):
        context.place = place
        read_node(context, node)
    context.place = len(graph.nodes)
    outputs, notes = outputs_of(context)
    operators = [
        OperatorReading(
            name=node.name,
            kind=node.kind,
            nodes=tuple(renamed(context, entry) for entry in context.nodes.get(place, ())),
            note=context.notes.get(place, ""),
            refusal=context.refusals.get(place, ""),
        )
        for place, node in enumerate(graph.nodes)
    ]
    if not context.refusals and not any(one.nodes for one in operators):
        refusal = "holds no integer operator; quantize it first"
        operators.append(OperatorReading(name=graph.name, kind="model", refusal=refusal))
    return Reading(
        path=path,
        kind="onnx",
        preset=preset,
        name=graph.name,
        operators=tuple(operators),
        inputs=context.inputs,
        constants=context.constants,
        outputs=outputs,
        tensors={name: info for name, info in context.infos.items() if name not in context.names},
        notes=notes,
    )


def names_of(graph: Graph) -> frozenset[str]:
    """Names of all tensors of a graph."""
    made = {name for node in graph.nodes for name in node.outputs}
    return frozenset(made | {value.name for value in graph.inputs} | set(graph.constants))


def read_input(context: Context, value: GraphValue) -> None:
    """Read an input of the graph: codes, or reals that some operator quantizes."""
    sizes = value.shape
    if value.type not in FORMATS:
        reason = f"input {value.name!r} is no codes but {value.type}; quantize it"
        context.values[value.name] = Outside(reason=reason, source=-1)
        return
    shape = tuple(size for size in sizes[1:] if size is not None) if sizes else ()
    if not sizes or len(shape) != len(sizes) - 1:
        reason = f"shape of input {value.name!r} must be known but for the batch, got {sizes}"
        context.values[value.name] = Outside(reason=reason, source=-1)
        return
    context.set_batch(sizes[0])
    try:
        kind = TensorType(shape=shape, format=FORMATS[value.type])
    except InputError as error:
        context.values[value.name] = Outside(reason=str(error), source=-1)
        return
    context.values[value.name] = context.add_input(value.name, kind, None)


def read_node(context: Context, node: GraphNode) -> None:
    """Read an operator, and say why it is refused if it is."""
    if node.kind == "Constant":
        read_constant(context, node)
        return
    try:
        handler = HANDLERS.get(node.kind)
        if handler is not None:
            handler(context, node)
        elif node.kind.startswith(OF_CODES):
            raise RefusedError(UNKNOWN)  # noqa: TRY301 - collected like those of the handlers
        else:
            outside(context, node, UNKNOWN)
    except NotReachedError:
        context.note("depends on an operator that is refused")
        lose(context, node)
    except (RefusedError, InputError) as error:
        context.refusals.setdefault(context.place, str(error))
        lose(context, node)


def lose(context: Context, node: GraphNode) -> None:
    """Let what depends on a refused operator say nothing more."""
    lost = Outside(reason="", source=context.place, sources=frozenset({""}))
    for name in node.outputs:
        if name:
            context.values[name] = lost
    context.refusals.setdefault(context.place, "")


def read_constant(context: Context, node: GraphNode) -> None:
    """Read a Constant that is given as numbers; tensors are known already."""
    (name,) = node.outputs[:1] or ("",)
    for attribute, kind in CONSTANTS.items():
        number = isinstance(node.attributes.get(attribute), int | float | tuple)
        if number and name:
            dtype = np.float32 if kind == "float" else np.int64
            computed = np.array(node.attributes[attribute], dtype)
            context.values.setdefault(name, Known(type=kind, computed=computed))
    if name not in context.values:
        reason = "constant must be given as a tensor or as numbers"
        context.values[name] = Outside(reason=reason, source=context.place)
