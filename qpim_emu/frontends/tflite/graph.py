"""The network that a file becomes, while its operators are read one after the other.

The network is channels first, the file channels last: a tensor of four axes is ``[n, c, h, w]``
here and ``[n, h, w, c]`` there; any other keeps the order of its axes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.frontends.model import TensorInfo
from qpim_emu.frontends.tflite.refusal import Refusal
from qpim_emu.frontends.tflite.tensors import FORMATS, doubles
from qpim_emu.workload.constant import Constant
from qpim_emu.workload.network import Network, Node, TensorType

if TYPE_CHECKING:
    from qpim_emu.frontends.tflite.parsing import TfliteFile
    from qpim_emu.frontends.tflite.tensors import FileTensor

__all__ = ["Graph", "axes_of", "network_shape"]

CHANNELS_FIRST = (0, 3, 1, 2)
LARGEST = (1 << 31) - 1


def axes_of(rank: int) -> tuple[int, ...]:
    """The network's axes, batch first, as axes of the file's."""
    return CHANNELS_FIRST if rank == len(CHANNELS_FIRST) else tuple(range(rank))


def network_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape in the network, without the batch, of a shape in the file."""
    return tuple(shape[axis] for axis in axes_of(len(shape)))[1:]


class Graph:
    """Tensors of the network by their name, as far as it has been read.

    Parameters
    ----------
    file
        What is read.
    preset
        Whose requantization, a key of `qpim_emu.frontends.presets.PRESETS`.

    Attributes
    ----------
    types
        Types of the tensors there are.
    constants
        Those that no input changes.
    readers
        How often operators read each tensor, by its number.
    ends
        Names of the tensors behind which only floats follow, by number of the float output.
    """

    def __init__(self, file: TfliteFile, preset: str) -> None:
        self.file = file
        self.preset = preset
        self.types: dict[str, TensorType] = {}
        self.constants: dict[str, Constant] = {}
        self.ends: dict[int, str] = {}
        self.batch = next(
            (file.tensors[i].shape[0] for i in file.inputs if file.tensors[i].shape), 1
        )
        self.readers = Counter(index for one in file.operators for index in one.inputs)
        self.repeated = {
            name for name, count in Counter(t.name for t in file.tensors).items() if count > 1
        } | {""}

    def name_of(self, tensor: FileTensor) -> str:
        """Name of a tensor, with its number where the file has that name twice."""
        if tensor.name in self.repeated:
            return f"{tensor.name}#{tensor.index}"
        return tensor.name

    def declared(self, tensor: FileTensor) -> TensorType:
        """Type of a tensor as the file declares it, in the network's axes.

        Raises
        ------
        Refusal
            If it is no tensor of codes with the batch in front.
        """
        if tensor.is_variable:
            msg = f"{tensor.title} must not be a state of the model; export it without variables"
            raise Refusal(msg)
        if not tensor.shape or not all(0 < size <= LARGEST for size in tensor.shape):
            msg = f"{tensor.title} must have a fixed shape, got {list(tensor.shape)}"
            raise Refusal(msg)
        if tensor.scales is not None and len(tensor.scales) > 1:
            msg = f"{tensor.title} must have one scale, got {len(tensor.scales)}"
            raise Refusal(msg)
        if tensor.shape[0] != self.batch:
            msg = (
                f"first axis of {tensor.title} must stay the batch of {self.batch}, "
                f"got shape {list(tensor.shape)}"
            )
            raise Refusal(msg)
        return TensorType(shape=network_shape(tensor.shape), format=tensor.format)

    def begin(self, tensor: FileTensor) -> str:
        """Make a tensor an input of the network, and return its name."""
        name = self.name_of(tensor)
        self.types[name] = self.declared(tensor)
        return name

    def hold(self, tensor: FileTensor, *, rank: int) -> str:
        """Make a constant of the file one of the network, of as many axes, and return its name."""
        shape = (1,) * (rank - len(tensor.shape)) + tensor.shape
        codes = tensor.constant().reshape(shape).transpose(axes_of(rank))
        if codes.shape[0] != 1:
            msg = f"{tensor.title} must be the same for the whole batch, got {list(tensor.shape)}"
            raise Refusal(msg)
        name = self.name_of(tensor)
        self.constants[name] = Constant(codes=codes[0], format=tensor.format)
        self.types[name] = TensorType(shape=codes.shape[1:], format=tensor.format)
        return name

    def add(self, node: Node) -> TensorType:
        """Append a node, and return the type of its output.

        Raises
        ------
        InputError
            If it does not fit its inputs.
        """
        inputs = {name: self.types[name] for name in node.inputs}
        self.types[node.name] = Network(name="", inputs=inputs, nodes=[node]).tensors[node.name]
        return self.types[node.name]

    def info(self) -> dict[str, TensorInfo]:
        """What the file says of the tensors it has in common with the network."""
        infos = {}
        for tensor in self.file.tensors:
            name = self.name_of(tensor)
            if name in self.types and name not in self.constants and tensor.type in FORMATS:
                infos[name] = info_of(tensor, name)
        return infos


def info_of(tensor: FileTensor, name: str) -> TensorInfo:
    """What the file says of one tensor."""
    scales, points = tensor.scales, tensor.zero_points
    return TensorInfo(
        name=name,
        index=tensor.index,
        format=FORMATS[tensor.type],
        scale=None if scales is None else doubles(scales).squeeze(),
        zero_point=None if points is None else np.asarray(points, np.int64).squeeze(),
        axes=axes_of(len(tensor.shape)),
    )
