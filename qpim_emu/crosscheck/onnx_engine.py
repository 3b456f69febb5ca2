"""What the engines of ONNX have in common: the model cut to the network, and codes in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from qpim_emu.crosscheck.onnx_cut import cut
from qpim_emu.errors import UnsupportedModelError
from qpim_emu.frontends.onnx.parse import read_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from onnx import ModelProto

    from qpim_emu.frontends.model import Model
    from qpim_emu.typing import IntArray

__all__ = ["OnnxEngine", "OnnxOracle", "cut_to_network"]


class OnnxEngine(Protocol):
    """An engine, opened on a model of codes."""

    def run(self, inputs: Mapping[str, IntArray]) -> dict[str, NDArray[Any]]:
        """Compute every output of the model from codes, one batch of the size it takes."""
        ...


class OnnxOracle:
    """An engine that runs the file itself, cut at the network's inputs.

    Parameters
    ----------
    name
        What reports call it.
    model
        The model whose tensors are compared.
    engine
        Opened on what `cut_to_network` makes of the file.
    batch
        Images it takes at a time, None for any number.
    notes
        What a user should know.
    """

    def __init__(
        self,
        *,
        name: str,
        model: Model,
        engine: OnnxEngine,
        batch: int | None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.notes = notes
        self.model = model
        self.engine = engine
        self.batch = batch

    def run(self, inputs: Mapping[str, IntArray]) -> dict[str, IntArray]:
        """Compute every tensor that the engine shows, see `qpim_emu.crosscheck.oracle.Oracle`."""
        images = len(next(iter(inputs.values())))
        size = self.batch or images
        parts = [
            self.run_batch({name: codes[start : start + size] for name, codes in inputs.items()})
            for start in range(0, images, size)
        ]
        shown = {name: np.concatenate([part[name] for part in parts])[:images] for name in parts[0]}
        return dict(inputs) | shown

    def run_batch(self, inputs: Mapping[str, IntArray]) -> dict[str, IntArray]:
        """Compute one batch, filled up with its last image."""
        count = len(next(iter(inputs.values())))
        missing = (self.batch or count) - count
        filled = {
            name: np.concatenate([codes, np.repeat(codes[-1:], missing, axis=0)])
            for name, codes in inputs.items()
        }
        return {name: array.astype(np.int64) for name, array in self.engine.run(filled).items()}


def fixed_batch(source: ModelProto) -> int | None:
    """Size of the batch that the file fixes, None where it leaves it open."""
    constants = {tensor.name for tensor in source.graph.initializer}
    for value in source.graph.input:
        sizes = value.type.tensor_type.shape.dim
        if value.name not in constants and sizes:
            return int(sizes[0].dim_value) or None
    return None


def cut_to_network(model: Model, *, engine: str) -> tuple[ModelProto, int | None]:
    """Read the file of a model and cut it to the network.

    Returns
    -------
    part
        A model that takes the network's inputs and gives every other tensor it shares with it.
    batch
        As of `OnnxOracle`.

    Raises
    ------
    UnsupportedModelError
        If the model is of another kind.
    """
    if model.kind != "onnx":
        refusal = f"oracle {engine} runs ONNX models only, got one of kind {model.kind}"
        raise UnsupportedModelError([refusal])
    source = read_model(model.path)
    batch = fixed_batch(source)
    network = model.network
    inputs = {name: (kind.format, (batch, *kind.shape)) for name, kind in network.inputs.items()}
    outputs = {
        node.name: model.tensors[node.name].format
        for node in network.nodes
        if node.name in model.tensors
    }
    return cut(source, inputs=inputs, outputs=outputs), batch
