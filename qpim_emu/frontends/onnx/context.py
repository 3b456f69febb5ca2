"""What the handlers of operators share: the graph, the values so far, the network that grows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.errors import InputError
from qpim_emu.frontends.model import TensorInfo
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.onnx.tensors import FORMATS
from qpim_emu.frontends.onnx.values import Codes, Dequantized, Known, Outside, Pending
from qpim_emu.workload.constant import Constant
from qpim_emu.workload.network import Node, TensorType
from qpim_emu.workload.operations import Lookup, Operation, PairLookup

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.frontends.onnx.graph import Graph, GraphNode
    from qpim_emu.frontends.onnx.quantization import Quantization
    from qpim_emu.frontends.onnx.values import Value
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Step

__all__ = ["Context", "NotReachedError", "format_of"]

MOST_ENTRIES = 1 << 25


@dataclass(slots=True, kw_only=True)
class Context:
    """State of reading one graph.

    Attributes
    ----------
    graph, preset
        What is read, and whose requantization it gets.
    batch
        Size of the batch axis, None where the file leaves it open.
    place
        Place of the operator that is being read.
    values
        What every tensor so far is, by the file's name.
    inputs, constants, infos
        Of the network.
    nodes
        What became of each operator, by its place.
    notes, refusals
        What is said of each operator, by its place.
    file_names
        Names of the tensors of the file.
    entries
        How many entries the tables of the network have.
    names
        Names that provisional tensors got in the end.
    """

    graph: Graph
    preset: str
    batch: int | None = None
    place: int = -1
    values: dict[str, Value] = field(default_factory=dict)
    inputs: dict[str, TensorType] = field(default_factory=dict)
    constants: dict[str, Constant] = field(default_factory=dict)
    infos: dict[str, TensorInfo] = field(default_factory=dict)
    nodes: dict[int, list[Node]] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    refusals: dict[int, str] = field(default_factory=dict)
    file_names: frozenset[str] = frozenset()
    entries: int = 0
    names: dict[str, str] = field(default_factory=dict)

    def note(self, text: str, *, place: int | None = None) -> None:
        """Say something of an operator, of the one being read if none is named."""
        where = self.place if place is None else place
        said = self.notes.get(where)
        self.notes[where] = text if said is None else f"{said}; {text}"

    # What is known of tensors

    def value(self, name: str) -> Value:
        """What a tensor is."""
        if not name:
            msg = "an input that it needs is left out"
            raise RefusedError(msg)
        return self.values[name]

    def known(self, name: str, what: str) -> NDArray[Any]:
        """Elements of a constant.

        Raises
        ------
        RefusedError
            If the tensor is no constant.
        """
        value = self.value(name)
        if isinstance(value, Known):
            return value.array()
        msg = f"{what} must be a constant of the file, got {name!r}"
        raise RefusedError(msg)

    def optional(self, name: str, what: str) -> NDArray[Any] | None:
        """Elements of a constant, None where the input is left out."""
        return self.known(name, what) if name else None

    def codes(self, name: str) -> Codes:
        """Codes that an integer operator reads.

        Raises
        ------
        RefusedError
            If they are no activations of the network.
        """
        value = self.value(name)
        if isinstance(value, Codes):
            return value
        if isinstance(value, Outside):
            self.blame(value)
        if isinstance(value, Known):
            msg = f"input must be an activation, got the constant {name!r}; fold it first"
            raise RefusedError(msg)
        msg = f"input must be codes, got the reals {name!r}; put QuantizeLinear before it"
        raise RefusedError(msg)

    def blame(self, value: Outside) -> None:
        """Refuse the operators that made a value on which codes depend.

        Raises
        ------
        NotReachedError
            Always: what depends on it cannot be read.
        """
        if value.source >= 0:
            pending = [value]
            while pending:
                refused = pending.pop()
                self.refusals.setdefault(refused.source, refused.reason)
                pending += refused.earlier
            raise NotReachedError
        raise RefusedError(value.reason)

    # The network

    def add_input(self, name: str, kind: TensorType, quantization: Quantization | None) -> Codes:
        """Let the network take a tensor in."""
        self.inputs[name] = kind
        codes = Codes(name=name, type=kind, stored=kind.format, quantization=quantization)
        self.describe(codes)
        return codes

    def add_constant(self, name: str, codes: IntArray, stored: Format) -> Codes:
        """Let the network hold codes, ``[1, ...]`` with the batch axis of the file.

        Raises
        ------
        RefusedError
            If there is another batch axis than one of size 1.
        """
        if codes.ndim < 1 or codes.shape[0] != 1:
            msg = f"constant {name!r} must have a batch axis of size 1, got {list(codes.shape)}"
            raise RefusedError(msg)
        constant = Constant(codes=codes[0], format=stored)
        self.constants[name] = constant
        kind = TensorType(shape=constant.codes.shape, format=stored)
        return Codes(name=name, type=kind, stored=stored)

    def add(
        self,
        name: str,
        step: Step,
        *inputs: Codes,
        stored: Format | None = None,
        quantization: Quantization | None = None,
        place: int | None = None,
    ) -> Codes:
        """Add a node that computes a tensor, with codes of the first input's format by default.

        A tensor of the file, whose name is not provisional, is entered among those.

        Raises
        ------
        RefusedError
            If the step does not apply to its inputs.
        """
        shapes = [codes.type.shape for codes in inputs]
        self.entries += len(step.table) if isinstance(step, Lookup | PairLookup) else 0
        if self.entries > MOST_ENTRIES:
            msg = f"tables must have at most {MOST_ENTRIES} entries together"
            raise RefusedError(msg)
        try:
            if isinstance(step, Operation):
                tight = step.output_format(*(codes.type.format for codes in inputs))
                kind = TensorType(shape=step.output_shape(*shapes), format=tight)
            else:
                shape = step.output_shape((1, *shapes[0]))[1:]
                kind = TensorType(shape=shape, format=step.output_format)
        except InputError as error:
            raise RefusedError(str(error)) from error
        node = Node(name=name, step=step, inputs=tuple(codes.name for codes in inputs))
        self.nodes.setdefault(self.place if place is None else place, []).append(node)
        stored = inputs[0].stored if stored is None else stored
        codes = Codes(name=name, type=kind, stored=stored, quantization=quantization)
        if name in self.file_names:
            self.describe(codes)
        return codes

    def describe(self, codes: Codes) -> None:
        """Enter a tensor of the network among those of the file."""
        by = codes.quantization
        self.infos[codes.name] = TensorInfo(
            name=codes.name,
            format=codes.stored,
            scale=None if by is None else by.scale.astype(np.float64),
            zero_point=None if by is None else by.zero_point,
            axes=tuple(range(len(codes.type.shape) + 1)),
        )

    def learn(self, codes: Codes, by: Quantization) -> Codes:
        """Learn what codes mean where the file says it later than it makes them."""
        if by.format != codes.stored:
            msg = f"zero point must be of the type of the codes, {codes.stored}, got {by.format}"
            raise RefusedError(msg)
        if codes.quantization is not None:
            return replace(codes, quantization=by)
        learnt = replace(codes, quantization=by)
        if codes.name in self.infos:
            self.describe(learnt)
        return learnt

    def set_batch(self, size: int | None) -> None:
        """Learn the size of the batch axis from an input of the network."""
        self.batch = size if self.batch is None else self.batch

    # Names

    def provisional_name(self, node: GraphNode, output: int = 0) -> str:
        """Name for codes whose reals alone have one in the file."""
        return f"{node.outputs[output]}/codes"

    def rename(self, codes: Codes, name: str) -> Codes:
        """Give a provisional tensor its name in the file."""
        self.names[codes.name] = name
        named = replace(codes, name=name)
        self.describe(named)
        return named

    def is_provisional(self, codes: Codes) -> bool:
        """Whether codes have no name of their own in the file yet."""
        return codes.name not in self.file_names and codes.name not in self.names

    def sources(self, *names: str) -> frozenset[str]:
        """Tensors of the network that values depend on."""
        found: set[str] = set()
        for value in (self.values[name] for name in names if name):
            match value:
                case Codes():
                    found.add(value.name)
                case Dequantized():
                    found.add(value.codes.name)
                case Pending() | Outside():
                    found |= value.sources
                case _:
                    pass
        return frozenset(found)


class NotReachedError(Exception):
    """An operator depends on a refused one."""


def format_of(kind: str, what: str) -> Format:
    """Format of an element type.

    Raises
    ------
    RefusedError
        If codes cannot have that type.
    """
    if kind not in FORMATS:
        msg = f"{what} must be of {', '.join(FORMATS)}, got {kind}"
        raise RefusedError(msg)
    return FORMATS[kind]
