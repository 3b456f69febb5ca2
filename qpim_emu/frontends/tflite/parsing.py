"""A file of TensorFlow Lite as plain records: its tensors and operators, bounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qpim_emu.errors import ModelFileError
from qpim_emu.files import read_bounded
from qpim_emu.frontends.extras import missing_extra
from qpim_emu.frontends.tflite.flatbuffer import verify
from qpim_emu.frontends.tflite.schema import MODEL, OPTIONS
from qpim_emu.frontends.tflite.tensors import FileTensor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    from numpy.typing import NDArray

__all__ = ["FileOperator", "TfliteFile", "parse"]

MOST_BYTES = 256 << 20
MOST_OPERATORS = 1 << 15
MOST_TENSORS = 1 << 16
MOST_ENDS = 1 << 10
"""Inputs or outputs of an operator."""
MOST_TOTAL_ENDS = 1 << 19
"""Inputs and outputs of all operators: an array in the file may serve many of them."""
MOST_SHARED = 4
"""How often, on average, operators may read the bytes of a file."""
SLACK = 1 << 20
MOST_AXES = 8
MOST_NAME = 1 << 12
VERSION = 3
EXTRA = "tflite"
IDENTIFIER = slice(4, 8)
NO_TENSOR = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOperator:
    """An operator: what it is called in the schema, numbers of its tensors, its options' table."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TfliteFile:
    """The only subgraph of a file.

    Attributes
    ----------
    name
        Name of the subgraph, or nothing.
    tensors, operators
        By number, and in running order.
    inputs, outputs
        Numbers of tensors.
    subgraphs
        How many there are; only the first one is read.
    """

    name: str
    tensors: tuple[FileTensor, ...]
    operators: tuple[FileOperator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    subgraphs: int


def parse(path: Path) -> TfliteFile:
    """Read a file.

    Raises
    ------
    OSError
        If it cannot be read, or has more than 256 MiB.
    ModelFileError
        If it is no model of TensorFlow Lite, or broken.
    MissingExtraError
        If the parser of the schema is not installed.
    """
    schema = import_schema()
    data = read_bounded(path, most=MOST_BYTES)
    if data[IDENTIFIER] != b"TFL3":
        msg = f"{path}: file identifier must be TFL3, got {data[IDENTIFIER]!r}"
        raise ModelFileError(msg)
    try:
        verify(data, MODEL)
        read = subgraph_of(schema.Model.GetRootAs(data, 0), schema)
        check_sharing(read, most=MOST_SHARED * len(data) + SLACK)
    except ModelFileError as error:
        msg = f"{path}: {error}"
        raise ModelFileError(msg) from error
    return read


def check_sharing(read: TfliteFile, *, most: int) -> None:
    """Refuse a file whose few bytes stand for many: each use of them takes time and memory."""
    uses = sum(len(tensor.name) for tensor in read.tensors)
    for operator in read.operators:
        uses += sum(read.tensors[index].held_bytes for index in operator.inputs if index >= 0)
    at_most(uses, most, "bytes that operators read")


def import_schema() -> ModuleType:
    """Import the parser of the schema, or say how to install it."""
    try:
        import tflite  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise missing_extra(EXTRA, error) from error
    module: ModuleType = tflite
    return module


def subgraph_of(model: Any, schema: ModuleType) -> TfliteFile:  # noqa: ANN401 - has no types
    """Read the first subgraph of a verified file."""
    if model.Version() != VERSION:
        msg = f"schema version must be {VERSION}, got {model.Version()}"
        raise ModelFileError(msg)
    if not model.SubgraphsLength():
        msg = "file must hold a subgraph, got none"
        raise ModelFileError(msg)
    graph = model.Subgraphs(0)
    at_most(graph.TensorsLength(), MOST_TENSORS, "tensors")
    at_most(graph.OperatorsLength(), MOST_OPERATORS, "operators")
    types = names_of(schema.TensorType)
    tensors = tuple(
        tensor_of(graph.Tensors(i), i, model, types) for i in range(graph.TensorsLength())
    )
    kinds = operator_kinds(model, schema)
    operators = [
        operator_of(graph.Operators(i), kinds, schema) for i in range(graph.OperatorsLength())
    ]
    at_most(
        sum(len(each.inputs) + len(each.outputs) for each in operators), MOST_TOTAL_ENDS, "ends"
    )
    read = TfliteFile(
        name=text(graph.Name(), "name of the subgraph"),
        tensors=tensors,
        operators=tuple(operators),
        inputs=integers(graph.InputsLength(), graph.Inputs, MOST_ENDS, "inputs"),
        outputs=integers(graph.OutputsLength(), graph.Outputs, MOST_ENDS, "outputs"),
        subgraphs=model.SubgraphsLength(),
    )
    check_numbers(read)
    return read


def at_most(count: int, most: int, what: str) -> None:
    """Refuse more of something than a model has."""
    if count > most:
        msg = f"{what} must be at most {most}, got {count}"
        raise ModelFileError(msg)


def names_of(enumeration: type) -> dict[int, str]:
    """Names of an enumeration of the schema by number."""
    return {number: name for name, number in vars(enumeration).items() if isinstance(number, int)}


def text(raw: bytes | None, what: str) -> str:
    """Read a name."""
    at_most(len(raw or b""), MOST_NAME, f"bytes of {what}")
    try:
        return (raw or b"").decode()
    except UnicodeDecodeError as error:
        msg = f"{what} must be UTF-8, got {raw!r}"
        raise ModelFileError(msg) from error


def integers(length: int, get: Callable[[int], int], most: int, what: str) -> tuple[int, ...]:
    """Read a short vector."""
    at_most(length, most, what)
    return tuple(int(get(i)) for i in range(length))


def operator_kinds(model: Any, schema: ModuleType) -> list[str]:  # noqa: ANN401 - has no types
    """Names of the operators that a file uses, in the order of its table of them."""
    at_most(model.OperatorCodesLength(), MOST_OPERATORS, "operator codes")
    builtin = names_of(schema.BuiltinOperator)
    kinds = []
    for i in range(model.OperatorCodesLength()):
        code = model.OperatorCodes(i)
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        kind = builtin.get(number, f"operator {number}")
        own = text(code.CustomCode(), "custom operator code")
        kinds.append(f"CUSTOM {own}" if kind == "CUSTOM" else kind)
    return kinds


def operator_of(raw: Any, kinds: list[str], schema: ModuleType) -> FileOperator:  # noqa: ANN401 - has no types
    """Read an operator."""
    if raw.OpcodeIndex() >= len(kinds):
        msg = f"operator code must be below {len(kinds)}, got {raw.OpcodeIndex()}"
        raise ModelFileError(msg)
    kind = kinds[raw.OpcodeIndex()]
    name, _ = OPTIONS.get(kind, ("", None))
    options = None
    if name and raw.BuiltinOptionsType() == getattr(schema.BuiltinOptions, name):
        table = raw.BuiltinOptions()
        if table is not None:
            options = getattr(schema, name)()
            options.Init(table.Bytes, table.Pos)
    return FileOperator(
        kind=kind,
        inputs=integers(raw.InputsLength(), raw.Inputs, MOST_ENDS, "inputs of an operator"),
        outputs=integers(raw.OutputsLength(), raw.Outputs, MOST_ENDS, "outputs of an operator"),
        options=options,
    )


def tensor_of(raw: Any, index: int, model: Any, types: dict[int, str]) -> FileTensor:  # noqa: ANN401 - have no types
    """Read a tensor; its data stay where they are."""
    if raw.Buffer() >= model.BuffersLength():
        msg = f"buffer of tensor {index} must be below {model.BuffersLength()}, got {raw.Buffer()}"
        raise ModelFileError(msg)
    buffer = model.Buffers(raw.Buffer())
    if buffer.Offset() > 1:
        msg = f"data of tensor {index} must lie in its buffer, got an offset in the file"
        raise ModelFileError(msg)
    quantization = raw.Quantization()
    return FileTensor(
        index=index,
        name=text(raw.Name(), f"name of tensor {index}"),
        type=types.get(raw.Type(), f"type {raw.Type()}"),
        shape=integers(raw.ShapeLength(), raw.Shape, MOST_AXES, f"axes of tensor {index}"),
        data=buffer.DataAsNumpy() if buffer.DataLength() else None,
        scales=vector(quantization and quantization.ScaleLength(), quantization, "Scale"),
        zero_points=vector(
            quantization and quantization.ZeroPointLength(), quantization, "ZeroPoint"
        ),
        axis=int(quantization.QuantizedDimension()) if quantization else 0,
        is_sparse=raw.Sparsity() is not None,
        is_variable=bool(raw.IsVariable()),
    )


def vector(length: int | None, table: Any, field: str) -> NDArray[Any] | None:  # noqa: ANN401 - has no types
    """See a vector of numbers in the file, or nothing."""
    return getattr(table, f"{field}AsNumpy")() if length else None


def check_numbers(read: TfliteFile) -> None:
    """Refuse numbers of tensors that do not exist; -1 stands for an input left out."""
    for operator in read.operators:
        for number in operator.inputs:
            check_number(number, read, least=NO_TENSOR)
        for number in operator.outputs:
            check_number(number, read)
    for number in (*read.inputs, *read.outputs):
        check_number(number, read)


def check_number(number: int, read: TfliteFile, *, least: int = 0) -> None:
    """Refuse one of them."""
    if not least <= number < len(read.tensors):
        msg = f"tensor must be in {least}..{len(read.tensors) - 1}, got {number}"
        raise ModelFileError(msg)
