"""What the engines of TensorFlow Lite have in common: codes in and out by the file's tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from qpim_emu.errors import UnsupportedModelError
from qpim_emu.frontends.tflite.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from qpim_emu.frontends.model import Model, TensorInfo
    from qpim_emu.frontends.tflite.parsing import TfliteFile
    from qpim_emu.typing import FloatArray, IntArray

__all__ = ["Engine", "TfliteOracle", "open_file"]

TYPES = {"INT8": np.int8, "INT16": np.int16}
FLOAT = "FLOAT32"


class Engine(Protocol):
    """An interpreter, opened on a file."""

    def feed(self, position: int, array: NDArray[np.generic]) -> None:
        """Set one of the file's inputs, counted in their order."""
        ...

    def invoke(self) -> None:
        """Compute every tensor."""
        ...

    def tensor(self, index: int) -> NDArray[np.generic] | None:
        """Elements of a tensor, or None if the engine does not show it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """An input of the file, and the tensor of the network that it sets."""

    info: TensorInfo
    shape: tuple[int, ...]
    type: str

    def elements(self, codes: IntArray) -> NDArray[np.generic]:
        """What the engine is given for codes in the network's axes.

        A float input is given the reals that the codes stand for, computed in float32, which the
        engine's own QUANTIZE turns into these codes again.
        """
        held = self.info.to_file(codes)
        if self.type != FLOAT:
            return held.astype(TYPES[self.type])
        scale: FloatArray | float = 1.0 if self.info.scale is None else self.info.scale
        point = 0 if self.info.zero_point is None else self.info.zero_point
        reals: NDArray[np.float32] = (held - point).astype(np.float32) * np.float32(scale)
        return reals


class TfliteOracle:
    """An engine that runs the file itself, as many images at a time as the file says.

    Parameters
    ----------
    name
        What reports call it.
    model
        The model whose tensors are compared.
    file, engine
        Its file, and the engine opened on it.
    """

    def __init__(self, *, name: str, model: Model, file: TfliteFile, engine: Engine) -> None:
        self.name = name
        self.notes: tuple[str, ...] = ()
        self.model = model
        self.engine = engine
        self.feeds = [feed_of(model, file, index) for index in file.inputs]
        self.batch = self.feeds[0].shape[0]

    def run(self, inputs: Mapping[str, IntArray]) -> dict[str, IntArray]:
        """Compute every tensor that the engine shows, see `qpim_emu.crosscheck.oracle.Oracle`.

        Raises
        ------
        UnsupportedModelError
            If the engine gives up on the way.
        """
        images = len(next(iter(inputs.values())))
        parts = [
            self.run_batch(
                {name: codes[start : start + self.batch] for name, codes in inputs.items()}
            )
            for start in range(0, images, self.batch)
        ]
        return {name: np.concatenate([part[name] for part in parts])[:images] for name in parts[0]}

    def run_batch(self, inputs: Mapping[str, IntArray]) -> dict[str, IntArray]:
        """Compute one batch, filled up with its last image."""
        for position, feed in enumerate(self.feeds):
            codes = inputs[feed.info.name]
            missing = self.batch - len(codes)
            filled = np.concatenate([codes, np.repeat(codes[-1:], missing, axis=0)])
            self.engine.feed(position, feed.elements(filled))
        try:
            self.engine.invoke()
        except RuntimeError as error:
            refusal = f"oracle {self.name} does not run the model: {error}"
            raise UnsupportedModelError([refusal]) from error
        shown: dict[str, IntArray] = {}
        for name, info in self.model.tensors.items():
            array = None if info.index is None else self.engine.tensor(info.index)
            if array is not None:
                shown[name] = info.to_network(array)
        return shown


def open_file(model: Model, *, engine: str) -> TfliteFile:
    """Parse the file of a model.

    Raises
    ------
    UnsupportedModelError
        If it is of another kind.
    """
    if model.kind != "tflite":
        refusal = (
            f"oracle {engine} runs models of TensorFlow Lite only, got one of kind {model.kind}"
        )
        raise UnsupportedModelError([refusal])
    return parse(model.path)


def feed_of(model: Model, file: TfliteFile, index: int) -> Feed:
    """What an input of the file sets: itself, or what quantizes it."""
    tensor = file.tensors[index]
    shown = index
    if tensor.type == FLOAT:
        shown = next(each.outputs[0] for each in file.operators if index in each.inputs)
    info = next(each for each in model.tensors.values() if each.index == shown)
    return Feed(info=info, shape=tensor.shape, type=tensor.type)
