"""One operator while it is read: its tensors, its options, and the nodes it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qpim_emu.frontends.tflite.graph import axes_of, network_shape
from qpim_emu.frontends.tflite.refusal import Refusal
from qpim_emu.workload.network import Node
from qpim_emu.workload.operations import (
    Activation,
    Reshape,
    Transpose,
    activation_limits,
)

if TYPE_CHECKING:
    from qpim_emu.frontends.tflite.graph import Graph
    from qpim_emu.frontends.tflite.parsing import FileOperator
    from qpim_emu.frontends.tflite.tensors import FileTensor
    from qpim_emu.workload.network import Step

__all__ = ["Call"]

NO_TENSOR = -1
ACTIVATIONS = {
    0: Activation.NONE,
    1: Activation.RELU,
    2: Activation.RELU_N1_TO_1,
    3: Activation.RELU6,
}
"""ActivationFunctionType of the schema, as far as it limits codes."""


@dataclass(slots=True, kw_only=True)
class Call:
    """An operator and the graph it belongs to."""

    graph: Graph
    operator: FileOperator
    nodes: list[Node] = field(default_factory=list)
    note: str = ""

    @property
    def options(self) -> Any:  # noqa: ANN401 - the parser has no types
        """Table of the operator's options."""
        if self.operator.options is None:
            msg = "its options must be in the file"
            raise Refusal(msg)
        return self.operator.options

    @property
    def output(self) -> FileTensor:
        """Its only output."""
        if len(self.operator.outputs) != 1:
            msg = f"it must have one output, got {len(self.operator.outputs)}"
            raise Refusal(msg)
        return self.graph.file.tensors[self.operator.outputs[0]]

    @property
    def output_name(self) -> str:
        """Name of its only output."""
        return self.graph.name_of(self.output)

    def optional(self, position: int) -> FileTensor | None:
        """An input, if it is there."""
        inputs = self.operator.inputs
        if position >= len(inputs) or inputs[position] == NO_TENSOR:
            return None
        return self.graph.file.tensors[inputs[position]]

    def tensor(self, position: int = 0) -> FileTensor:
        """An input that must be there."""
        tensor = self.optional(position)
        if tensor is None:
            msg = f"it must have an input {position}"
            raise Refusal(msg)
        return tensor

    def source(self, position: int = 0) -> str:
        """Name of an input that the network computes, or that the file holds."""
        tensor = self.tensor(position)
        name = self.graph.name_of(tensor)
        if name not in self.graph.types:
            if not tensor.is_constant:
                _ = tensor.format  # floats are named as such
                msg = f"{tensor.title} must be computed in integers, got nothing that does"
                raise Refusal(msg)
            if not tensor.shape:
                msg = f"{tensor.title} must have a batch axis, got a single element"
                raise Refusal(msg)
            return self.graph.hold(tensor, rank=len(tensor.shape))
        return name

    def add(self, step: Step, *inputs: str, part: str = "") -> str:
        """Append a node; without a `part` it computes the operator's output."""
        name = f"{self.output_name}/{part}" if part else self.output_name
        node = Node(name=name, step=step, inputs=inputs)
        self.graph.add(node)
        self.nodes.append(node)
        return name

    def limits(self, activation: int) -> tuple[int, int]:
        """Smallest and largest code of the output under a fused activation."""
        output = self.output
        if activation not in ACTIVATIONS:
            msg = f"fused activation must be one of {', '.join(ACTIVATIONS.values())}, got number "
            msg += f"{activation}; make it an operator of its own"
            raise Refusal(msg)
        return activation_limits(
            ACTIVATIONS[activation],
            scale=output.scale(),
            zero_point=output.zero_point(),
            output_type=output.format,
        )

    def in_file_order(self, name: str, shape: tuple[int, ...]) -> str:
        """Name of a tensor of `shape` in the file with its axes in the order of the file."""
        order = axes_of(len(shape))
        if keeps_order(tuple(shape[axis] for axis in order), inverse(order)):
            return name
        return self.add(Transpose(axes=behind_batch(inverse(order))), name, part="nhwc")

    def add_in_file_order(self, name: str, held: tuple[int, ...]) -> None:
        """Give the output the codes of a tensor of shape `held` in the order of the file."""
        shape = self.output.shape
        order = axes_of(len(shape))
        if keeps_order(shape, order):
            self.add(Reshape(shape=network_shape(shape)), name)
            return
        if held != shape[1:]:
            name = self.add(Reshape(shape=shape[1:]), name, part="reshaped")
        self.add(Transpose(axes=behind_batch(order)), name)

    def same_scale(self, position: int = 0) -> None:
        """Refuse an input whose scale or zero point is not the output's."""
        first, second = self.tensor(position), self.output
        if (first.scale(), first.zero_point()) != (second.scale(), second.zero_point()):
            msg = (
                f"{first.title} must have the output's scale and zero point, got "
                f"{first.scale()}, {first.zero_point()} and {second.scale()}, {second.zero_point()}"
            )
            raise Refusal(msg)

    def same_type(self, *positions: int) -> None:
        """Refuse inputs whose codes are of another type than the output's."""
        for position in positions or (0,):
            tensor = self.tensor(position)
            if tensor.type != self.output.type:
                msg = f"{tensor.title} must be {self.output.type} as the output, got {tensor.type}"
                raise Refusal(msg)


def inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    """Axes that undo an order of axes."""
    return tuple(order.index(axis) for axis in range(len(order)))


def behind_batch(order: tuple[int, ...]) -> tuple[int, ...]:
    """An order of axes that starts with the batch, without it."""
    return tuple(axis - 1 for axis in order[1:])


def keeps_order(shape: tuple[int, ...], order: tuple[int, ...]) -> bool:
    """Whether putting axes into another order leaves the codes of `shape` in theirs."""
    moved = [axis for axis in order if shape[axis] > 1]
    return moved == sorted(moved)
