"""Walk over the graph of a QONNX model: every operator once, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Format, parse_format
from qpim_emu.errors import InputError
from qpim_emu.frontends.model import TensorInfo
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.qonnx.context import Answer, Context
from qpim_emu.frontends.qonnx.emit import accumulators
from qpim_emu.frontends.qonnx.operators.registry import INTEGER_KINDS, OPERATORS, base_kind
from qpim_emu.frontends.qonnx.unrounded import UnroundedCode
from qpim_emu.frontends.qonnx.values import Coded, Fixed, FixedCodes, Floats, Real, Unread
from qpim_emu.frontends.reading import OperatorReading, Reading
from qpim_emu.workload.network import TensorType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qpim_emu.frontends.model import RealValue
    from qpim_emu.frontends.onnx.graph import Graph, GraphNode, GraphValue

__all__ = ["read_operators"]

LARGEST_SIZE = (1 << 31) - 1


@dataclass(slots=True, kw_only=True)
class Walk:
    """What has been read so far."""

    context: Context
    integers_follow: set[str]
    readings: list[OperatorReading] = field(default_factory=list)
    inputs: dict[str, TensorType] = field(default_factory=dict)
    tensors: dict[str, TensorInfo] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    real: dict[str, RealValue] = field(default_factory=dict)
    ends: dict[str, None] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)


def read_operators(graph: Graph, annotations: Mapping[str, str], path: Path) -> Reading:
    """Read every operator of a graph, refused ones too.

    Parameters
    ----------
    graph
        The graph.
    annotations
        Data types that FINN noted for tensors, by name.
    path
        Where it was read.
    """
    context = Context(graph=graph)
    walk = Walk(context=context, integers_follow=before_integers(graph))
    for name, tensor in graph.constants.items():
        context.values[name] = Fixed(array=tensor.array())
    for given in graph.inputs:
        read_input(walk, given, annotations.get(given.name, ""))
    for node in graph.nodes:
        read_node(walk, node)
    outputs = read_outputs(walk)
    if not outputs and not any(one.refusal for one in walk.readings):
        refusal = "must have quantized layers or operations: found no codes to compute with"
        walk.readings.append(OperatorReading(name=graph.name, kind="model", refusal=refusal))
    return Reading(
        path=path,
        kind="qonnx",
        name=graph.name,
        operators=tuple(walk.readings),
        inputs=walk.inputs,
        outputs=outputs,
        tensors=walk.tensors,
        notes=tuple(walk.notes),
        real=walk.real,
    )


def before_integers(graph: Graph) -> set[str]:
    """Tensors that quantizers or layers read, directly or through other operators."""
    found: set[str] = set()
    for node in reversed(graph.nodes):
        if base_kind(node.kind) in INTEGER_KINDS or found.intersection(node.outputs):
            found.update(node.inputs)
    return found


def read_input(walk: Walk, given: GraphValue, annotation: str) -> None:
    """Start with an input: floats, or codes where FINN noted an integer type."""
    shape = None if given.shape is None else fixed_sizes(given.shape)
    stored = integer_type(annotation)
    if stored is None or shape is None:
        walk.context.values[given.name] = Floats(shape=shape, before=True)
        return
    coded = Coded(name=given.name, shape=shape, format=stored)
    walk.context.values[given.name] = coded
    start_with(walk, coded)


def integer_type(annotation: str) -> Format | None:
    """Format that an annotation names, if it is one that a word can hold."""
    try:
        stored = parse_format(annotation)
    except InputError:
        return None
    return stored if stored.bits <= 16 else None  # noqa: PLR2004 - the widest word


def start_with(walk: Walk, coded: Coded) -> None:
    """Make codes an input of the network."""
    walk.inputs[coded.name] = TensorType(shape=coded.shape, format=coded.format)
    note_tensor(walk, coded)


def note_tensor(walk: Walk, coded: Coded) -> None:
    """Remember how the file holds the codes of a tensor of the network."""
    walk.made.add(coded.name)
    walk.tensors[coded.name] = TensorInfo(
        name=coded.name,
        format=coded.format,
        scale=np.array([float(scale) for scale in coded.scale]).squeeze(),
        zero_point=np.array(coded.zero),
        axes=tuple(range(1 + len(coded.shape))),
    )


def read_node(walk: Walk, node: GraphNode) -> None:
    """Read one operator, and what its outputs are."""
    values = [walk.context.values.get(name, Unread()) for name in node.inputs if name]
    if node.kind == "Constant" and node.outputs and node.outputs[0] in walk.context.values:
        answer = Answer(value=walk.context.values[node.outputs[0]])
    elif any(isinstance(value, Unread) for value in values):
        answer = Answer(value=Unread(), note="reads what a refused operator would have made")
    else:
        answer = read_known(walk, node)
    for place, name in enumerate(node.outputs):
        walk.context.values[name] = answer.value if place == 0 else Unread()
    if not any(one.name == node.name and one.refusal for one in walk.readings[-1:]):
        note = answer.note or folded_note(answer)
        walk.readings.append(
            OperatorReading(name=node.name, kind=node.kind, nodes=answer.nodes, note=note)
        )
    if answer.note and (answer.nodes or isinstance(answer.value, FixedCodes)):
        walk.notes.append(f"{node.kind} {node.name!r}: {answer.note}")


def folded_note(answer: Answer) -> str:
    """Say what became of an operator that made no node."""
    if answer.nodes:
        return ""
    if isinstance(answer.value, Real):
        return "folded into the quantizer that follows"
    if isinstance(answer.value, FixedCodes):
        return f"codes of {answer.value.format}, computed at once"
    return "changes what codes stand for" if isinstance(answer.value, Coded) else ""


def read_known(walk: Walk, node: GraphNode) -> Answer:
    """Read an operator whose inputs are all known."""
    kind = base_kind(node.kind)
    try:
        answer = OPERATORS.get(kind, unknown)(walk.context, node)
    except (RefusedError, InputError, TypeError) as error:
        return refused(walk, node, kind, str(error))
    if isinstance(answer.value, Floats):
        return left_out(walk, node, answer.value)
    if isinstance(answer.value, Coded):
        if not answer.nodes and answer.value.name not in walk.made:
            start_with(walk, answer.value)
        elif answer.nodes:
            note_tensor(walk, answer.value)
    if answer.real is not None:
        walk.real[answer.real[0]] = answer.real[1]
    return answer


def unknown(context: Context, node: GraphNode) -> Answer:
    """Refuse an operator that nobody here knows."""
    del context, node
    msg = "is not one that is computed exactly here: quantize without it"
    raise RefusedError(msg)


def refused(walk: Walk, node: GraphNode, kind: str, reason: str) -> Answer:
    """Refuse an operator, or leave it to the engine where no layer and no quantizer follows."""
    values = [walk.context.values[name] for name in node.inputs if name]
    head = any(isinstance(value, Floats) and value.before for value in values) and all(
        isinstance(value, Floats | Fixed) for value in values
    )
    if head and kind not in INTEGER_KINDS:
        return left_out(walk, node, Floats(shape=declared_shape(walk, node), before=True))
    tail = kind not in INTEGER_KINDS and not walk.integers_follow.intersection(node.outputs)
    if tail:
        for name in node.inputs:
            end_with(walk, name)
        return left_out(walk, node, Floats(shape=None, before=False))
    walk.readings.append(OperatorReading(name=node.name, kind=node.kind, refusal=reason))
    return Answer(value=Unread())


def declared_shape(walk: Walk, node: GraphNode) -> tuple[int, ...] | None:
    """Shape that the file gives the output of an operator, without the batch."""
    told = walk.context.graph.values.get(node.outputs[0])
    if told is None or told.shape is None:
        return None
    return fixed_sizes(told.shape)


def fixed_sizes(shape: tuple[int | None, ...]) -> tuple[int, ...] | None:
    """Sizes behind the batch, if all of them are known."""
    sizes = tuple(size for size in shape[1:] if size is not None and 0 < size <= LARGEST_SIZE)
    return sizes if len(sizes) == len(shape[1:]) else None


def left_out(walk: Walk, node: GraphNode, value: Floats) -> Answer:
    """Leave an operator in front of the network, or behind it, to the engine."""
    where = "in front of the first quantizer" if value.before else "behind the last one"
    walk.notes.append(f"{node.kind} {node.name!r}: floats, left out {where}")
    return Answer(value=value, note=f"floats, left out {where}")


def end_with(walk: Walk, name: str) -> None:
    """Give a tensor out: codes, or accumulators that nothing rounds."""
    value = walk.context.values.get(name)
    if isinstance(value, Real):
        try:
            made = accumulators(value)
        except InputError as error:
            refusal = OperatorReading(name=name, kind="accumulators", refusal=str(error))
            walk.readings.append(refusal)
            return
        for node in made:
            if node.name not in walk.made:
                walk.made.add(node.name)
                walk.real[node.name] = UnroundedCode(lines=value.sums)
                walk.readings.append(
                    OperatorReading(name=node.name, kind="accumulators", nodes=(node,))
                )
                walk.notes.append(
                    f"{value.name!r}: nothing rounds these sums, so the network gives them out as "
                    f"integers, as {node.name!r}"
                )
            walk.ends[node.name] = None
        if not made and isinstance(value.draft, Coded):
            walk.ends[value.draft.name] = None
    elif isinstance(value, Coded):
        walk.ends[value.name] = None


def read_outputs(walk: Walk) -> tuple[str, ...]:
    """Name the network's outputs: the file's, and what operators behind the network read."""
    for name in walk.context.graph.outputs:
        end_with(walk, name)
    return tuple(name for name in walk.ends if name not in walk.inputs)
