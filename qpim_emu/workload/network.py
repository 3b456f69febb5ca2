"""Networks: layers and operations chained by the names of their tensors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from qpim_emu.arith.formats import Format, parse_format
from qpim_emu.errors import InputError, LayerError
from qpim_emu.workload.checks import check_codes, check_type, integers, positive
from qpim_emu.workload.constant import Constant
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear, MacLayer
from qpim_emu.workload.operations import Operation

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from qpim_emu.arith.formats import FormatLike
    from qpim_emu.typing import IntArray

__all__ = ["Network", "Node", "Step", "TensorType"]

Step: TypeAlias = Conv1d | Conv2d | Linear | Operation
"""What a node computes: a MAC layer, or an operation beside the lanes."""


@dataclass(frozen=True, slots=True, init=False)
class TensorType:
    """Shape (without the batch axis) and format of a tensor's codes."""

    shape: tuple[int, ...]
    format: Format

    def __init__(self, *, shape: Iterable[int], format: FormatLike) -> None:  # noqa: A002 - the word
        given: object = shape
        if not isinstance(given, Sequence | np.ndarray) or isinstance(given, str):
            msg = f"shape must be a tuple of sizes, got {given!r}"
            raise LayerError(msg)
        sizes = tuple(positive(size, field="shape") for size in shape)
        object.__setattr__(self, "shape", sizes)
        object.__setattr__(self, "format", parse_format(format, field="format"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One step of a network; its output tensor bears its name.

    Parameters
    ----------
    name
        Name of the node and of its output tensor.
    step
        Layer or operation.
    inputs
        Names of its input tensors.
    """

    name: str
    step: Step
    inputs: tuple[str, ...]


class Network:
    """A network of layers and operations, in the order they run.

    Parameters
    ----------
    name
        What reports call it.
    inputs
        Input tensors by name.
    nodes
        Steps; each reads inputs, constants or outputs of earlier steps.
    outputs
        Names of the output tensors; the last node's if not given.
    constants
        Tensors that the network holds, by name; every image of a batch reads the same codes.
    metadata
        Anything else worth keeping, of types that JSON has: scales, names of labels,
        provenance, licence. It changes no result.

    Attributes
    ----------
    tensors
        Type of every tensor by name.

    Raises
    ------
    LayerError
        If names clash or are unknown, or shapes and formats do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from qpim_emu import Linear
    >>> from qpim_emu.workload.operations import Relu
    >>> layer = Linear(weights=np.eye(3, dtype=int), weight_type="int2", activation_type="int4")
    >>> network = Network.chain("two steps", TensorType(shape=(3,), format="int4"),
    ...                         {"dense": layer, "relu": Relu()})
    >>> network.tensors["relu"].shape, network.outputs
    ((3,), ('relu',))
    """

    def __init__(
        self,
        *,
        name: str,
        inputs: Mapping[str, TensorType],
        nodes: Iterable[Node],
        outputs: Iterable[str] | None = None,
        constants: Mapping[str, Constant] | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> None:
        for field, value, kind in (
            ("name", name, str),
            ("inputs", inputs, Mapping),
            ("nodes", nodes, Iterable),
            ("outputs", () if outputs is None else outputs, Iterable),
            ("constants", {} if constants is None else constants, Mapping),
            ("metadata", {} if metadata is None else metadata, Mapping),
        ):
            check_type(value, kind, field=field)
        self.name = name
        self.metadata = dict(metadata or {})
        self.inputs = dict(inputs)
        for key, tensor in self.inputs.items():
            check_type(key, str, field="name of an input")
            check_type(tensor, TensorType, field=f"input {key!r}")
        self.constants = dict(constants or {})
        for key, constant in self.constants.items():
            check_constant(key, constant, self.inputs)
        self.nodes = tuple(nodes)
        for node in self.nodes:
            check_node(node)
        if not self.inputs or not self.nodes:
            msg = (
                f"network must have inputs and nodes, got {len(self.inputs)} and {len(self.nodes)}"
            )
            raise LayerError(msg)
        self.tensors = self.inputs | {
            key: TensorType(shape=constant.codes.shape, format=constant.format)
            for key, constant in self.constants.items()
        }
        for node in self.nodes:
            if node.name in self.tensors:
                msg = f"node name must be new, got {node.name!r} again"
                raise LayerError(msg)
            self.tensors[node.name] = self.output_type(node)
        self.outputs = (self.nodes[-1].name,) if outputs is None else tuple(outputs)
        for output in self.outputs:
            self.tensor_type(output, field="output")

    @classmethod
    def chain(
        cls,
        name: str,
        input_type: TensorType,
        steps: Mapping[str, Step],
        *,
        metadata: Mapping[str, object] | None = None,
    ) -> Network:
        """Build a network in which each step reads the one before it.

        Parameters
        ----------
        name
            Name of the network; its input tensor is called ``"input"``.
        input_type
            Type of the input.
        steps
            Steps by name, in order.
        metadata
            As of the network.
        """
        check_type(steps, Mapping, field="steps")
        names = ["input", *steps]
        nodes = [
            Node(name=node, step=step, inputs=(source,))
            for source, (node, step) in zip(names, steps.items(), strict=False)
        ]
        return cls(name=name, inputs={"input": input_type}, nodes=nodes, metadata=metadata)

    @property
    def layers(self) -> dict[str, MacLayer]:
        """MAC layers by name, in order."""
        return {node.name: node.step for node in self.nodes if isinstance(node.step, MacLayer)}

    def with_nodes(self, nodes: Iterable[Node]) -> Network:
        """Make the same network of other nodes, as many and of the same names."""
        return Network(
            name=self.name,
            inputs=self.inputs,
            constants=self.constants,
            nodes=nodes,
            outputs=self.outputs,
            metadata=self.metadata,
        )

    def tensor_type(self, name: str, *, field: str) -> TensorType:
        """Look a tensor up by name, or say that `field` names none."""
        if name not in self.tensors:
            msg = f"{field} must name one of {', '.join(self.tensors)}, got {name!r}"
            raise LayerError(msg)
        return self.tensors[name]

    def output_type(self, node: Node) -> TensorType:
        """Type of a node's output, once its inputs fit."""
        types = [self.tensor_type(name, field=f"input of {node.name}") for name in node.inputs]
        count = node.step.inputs if isinstance(node.step, Operation) else 1
        if len(types) != count:
            msg = f"inputs of {node.name} must be {count}, got {len(types)}"
            raise LayerError(msg)
        try:
            if isinstance(node.step, Operation):
                shape = node.step.output_shape(*(kind.shape for kind in types))
                return TensorType(
                    shape=shape, format=node.step.output_format(*(kind.format for kind in types))
                )
            check_stored(types[0].format, node.step.activation_type)
            shape = node.step.output_shape((1, *types[0].shape))[1:]
        except InputError as error:
            msg = f"node {node.name!r}: {error}"
            raise LayerError(msg) from error
        return TensorType(shape=shape, format=node.step.output_format)

    def read_inputs(self, inputs: Mapping[str, ArrayLike]) -> dict[str, IntArray]:
        """Check input codes against the network's inputs.

        Returns
        -------
        dict
            ``int64[batch, ...]`` by name, one batch size for all.

        Raises
        ------
        CodeError
            If a tensor has the wrong shape, or codes outside its format.
        LayerError
            If names are missing or unknown, or batch sizes differ.
        """
        if set(inputs) != set(self.inputs):
            msg = f"inputs must be {sorted(self.inputs)}, got {sorted(inputs, key=str)}"
            raise LayerError(msg)
        arrays = {name: integers(codes, field=name) for name, codes in inputs.items()}
        for name, array in arrays.items():
            wanted = self.inputs[name]
            if array.ndim == 0 or array.shape[1:] != wanted.shape or array.shape[0] == 0:
                msg = (
                    f"{name} must have shape [batch, {', '.join(map(str, wanted.shape))}], "
                    f"got {list(array.shape)}"
                )
                raise LayerError(msg)
            check_codes(array, wanted.format, field=name)
        if len({array.shape[0] for array in arrays.values()}) > 1:
            sizes = {name: array.shape[0] for name, array in arrays.items()}
            msg = f"inputs must have one batch size, got {sizes}"
            raise LayerError(msg)
        return arrays

    def start(self, inputs: Mapping[str, ArrayLike]) -> dict[str, IntArray]:
        """Check input codes as `read_inputs`, and repeat the constants for every image.

        Returns
        -------
        dict
            ``int64[batch, ...]`` of everything that nodes may read before any of them runs.
        """
        tensors = self.read_inputs(inputs)
        batch = len(next(iter(tensors.values())))
        return tensors | {name: held.of_batch(batch) for name, held in self.constants.items()}


def check_constant(name: object, constant: object, inputs: Mapping[str, TensorType]) -> None:
    """Refuse what is no constant, or bears the name of an input."""
    check_type(name, str, field="name of a constant")
    check_type(constant, Constant, field=f"constant {name!r}")
    if name in inputs:
        msg = f"name of a constant must be new, got {name!r} again"
        raise LayerError(msg)


def check_node(node: object) -> None:
    """Refuse what is no node, or holds something else where a name or a step belongs."""
    if not isinstance(node, Node):
        msg = f"nodes must be of Node, got {node!r}"
        raise LayerError(msg)
    check_type(node.name, str, field="name of a node")
    step: object = node.step
    if not isinstance(step, Conv1d | Conv2d | Linear | Operation):
        msg = f"step of {node.name} must be a layer or an operation, got {step!r}"
        raise LayerError(msg)
    inputs: object = node.inputs
    if not isinstance(inputs, tuple | list):
        msg = f"inputs of {node.name} must be a tuple of names, got {inputs!r}"
        raise LayerError(msg)


def check_stored(produced: Format, wanted: Format) -> None:
    """Refuse to feed codes of one format into a layer that stores another, unless they fit."""
    if not (wanted.contains(produced.min) and wanted.contains(produced.max)):
        msg = f"activation_type must hold every code of its input ({produced}), got {wanted}"
        raise LayerError(msg)
