"""A file of TensorFlow Lite, operator by operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import InputError, ModelFileError
from qpim_emu.frontends.presets import check_preset
from qpim_emu.frontends.reading import OperatorReading, Reading
from qpim_emu.frontends.tflite.call import Call
from qpim_emu.frontends.tflite.graph import Graph
from qpim_emu.frontends.tflite.operators import READERS
from qpim_emu.frontends.tflite.parsing import parse
from qpim_emu.frontends.tflite.quantizing import FLOAT
from qpim_emu.frontends.tflite.refusal import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from qpim_emu.frontends.tflite.parsing import FileOperator, TfliteFile
    from qpim_emu.workload.network import TensorType

__all__ = ["read"]

KIND = "tflite"
BORDERS = {"QUANTIZE", "DEQUANTIZE"}
"""Operators that have floats on one side."""
WHOLE = "model"
"""Kind of a reading that is about the file as a whole."""


def read(path: Path, *, preset: str = "tflm") -> Reading:
    """Read a model of TensorFlow Lite: int8, 16x8, weights of 8 or 4 bits.

    Parameters
    ----------
    path
        The file.
    preset
        Whose requantization, a key of `qpim_emu.frontends.presets.PRESETS`.

    Returns
    -------
    Reading
        Operators that cannot be computed exactly are refused in it, by name.

    Raises
    ------
    OSError
        If the file cannot be read.
    ModelFileError
        If it is none, or broken.
    MissingExtraError
        If the parser of the schema is not installed.
    """
    check_preset(preset)
    file = parse(path)
    if not file.inputs or not file.operators:
        sizes = f"{len(file.inputs)} and {len(file.operators)}"
        msg = f"{path}: model must have inputs and operators, got {sizes}"
        raise ModelFileError(msg)
    graph = Graph(file, preset)
    whole = whole_refusal(file)
    operators = [] if whole is None else [whole]
    inputs: dict[str, TensorType] = {}
    try:
        inputs = {
            graph.begin(tensor): graph.declared(tensor)
            for tensor in (file.tensors[i] for i in file.inputs)
            if tensor.type != FLOAT
        }
    except Refusal as refusal:
        operators.append(OperatorReading(name=path.stem, kind=WHOLE, refusal=str(refusal)))
    operators += [read_operator(graph, operator) for operator in file.operators]
    operators += missing_outputs(graph)
    begun = [graph.name_of(file.tensors[each.outputs[0]]) for each in begins(graph)]
    inputs |= {name: graph.types[name] for name in begun if name in graph.types}
    return Reading(
        path=path,
        kind=KIND,
        preset=preset,
        name=path.stem,
        operators=tuple(operators),
        inputs=inputs,
        constants=graph.constants,
        outputs=outputs_of(graph),
        tensors=graph.info(),
        notes=tuple(each.note for each in operators if each.note),
    )


def whole_refusal(file: TfliteFile) -> OperatorReading | None:
    """Refuse what no operator is to blame for."""
    if file.subgraphs > 1:
        msg = f"file must hold one subgraph, got {file.subgraphs}; export it without control flow"
        return OperatorReading(name=file.name or "main", kind=WHOLE, refusal=msg)
    return None


def read_operator(graph: Graph, operator: FileOperator) -> OperatorReading:
    """Read one operator, or say why not."""
    call = Call(graph=graph, operator=operator)
    tensors = graph.file.tensors
    name = graph.name_of(tensors[operator.outputs[0]]) if operator.outputs else operator.kind
    refusal = ""
    try:
        check_ends(call)
        reader = READERS.get(operator.kind)
        if reader is None:
            msg = f"operator must be one of {', '.join(READERS)}; replace it before converting"
            raise Refusal(msg)  # noqa: TRY301 - caught like those of the readers
        reader(call)
        check_made(call)
    except (Refusal, InputError) as error:
        refusal = str(error)
        stand_in(graph, operator)
    return OperatorReading(
        name=name,
        kind=operator.kind,
        nodes=() if refusal else tuple(call.nodes),
        note=call.note,
        refusal=refusal,
    )


def check_ends(call: Call) -> None:
    """Refuse an operator whose tensors have no shape, or that computes one of them again."""
    tensors, operator = call.graph.file.tensors, call.operator
    for index in operator.outputs:
        name = call.graph.name_of(tensors[index])
        if name in call.graph.types or tensors[index].is_constant:
            msg = f"output {name!r} must be computed once, and be no constant"
            raise Refusal(msg)
    for index in (*operator.inputs, *operator.outputs):
        if index < 0 or tensors[index].is_constant:
            continue
        if tensors[index].type != FLOAT or operator.kind not in BORDERS:
            call.graph.declared(tensors[index])


def check_made(call: Call) -> None:
    """Refuse an operator whose output is not what the file declares."""
    if not call.nodes:
        return
    declared, made = call.graph.declared(call.output), call.graph.types[call.output_name]
    if declared.shape != made.shape:
        msg = f"output must have shape {list(made.shape)} in the network, got {declared.shape}"
        raise Refusal(msg)
    if not (
        declared.format.contains(made.format.min) and declared.format.contains(made.format.max)
    ):
        msg = f"output must hold codes of {made.format}, got {declared.format}"
        raise Refusal(msg)


def stand_in(graph: Graph, operator: FileOperator) -> None:
    """Take the outputs of a refused operator as computed, so that those behind it are read."""
    for index in operator.outputs:
        tensor = graph.file.tensors[index]
        name = graph.name_of(tensor)
        if name in graph.types and graph.constants.get(name) is None:
            continue
        try:
            graph.types[name] = graph.declared(tensor)
        except Refusal:
            continue


def begins(graph: Graph) -> list[FileOperator]:
    """Operators at which the network begins behind a float input."""
    tensors = graph.file.tensors
    return [
        each
        for each in graph.file.operators
        if each.kind == "QUANTIZE"
        and len(each.outputs) == 1
        and each.inputs
        and each.inputs[0] >= 0
        and tensors[each.inputs[0]].type == FLOAT
    ]


def outputs_of(graph: Graph) -> tuple[str, ...]:
    """Names of the network's outputs."""
    names = [
        graph.ends.get(index, graph.name_of(graph.file.tensors[index]))
        for index in graph.file.outputs
    ]
    return tuple(dict.fromkeys(names))


def missing_outputs(graph: Graph) -> list[OperatorReading]:
    """Refuse outputs of the file that no operator computes."""
    readings = []
    computed = {index for each in graph.file.operators for index in each.outputs}
    for index in graph.file.outputs:
        tensor = graph.file.tensors[index]
        name = graph.name_of(tensor)
        known = name in graph.types and name not in graph.constants
        if not known and index not in graph.ends and index not in computed:
            refusal = "output of the model must be computed by an operator"
            readings.append(OperatorReading(name=name, kind=WHOLE, refusal=refusal))
    return readings
