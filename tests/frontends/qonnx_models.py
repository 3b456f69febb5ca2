"""QONNX models made for tests: one operator after the other, with constants drawn at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["DOMAIN", "MODES", "Builder", "scale_of"]

DOMAIN = "qonnx.custom_op.general"
MODES = ("ROUND", "HALF_EVEN", "CEIL", "FLOOR", "UP", "DOWN", "HALF_UP", "HALF_DOWN")


class Builder:
    """A model that grows by one operator at a time; methods return the name of a tensor."""

    def __init__(self, shape: tuple[int, ...], *, opset: int = 13, version: int = 1) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.inputs = [helper.make_tensor_value_info("in", TensorProto.FLOAT, [1, *shape])]
        self.opsets = [helper.make_opsetid("", opset), helper.make_opsetid(DOMAIN, version)]
        self.annotations: list[Any] = []

    def constant(self, values: object, dtype: Any = np.float32) -> str:  # noqa: ANN401 - any dtype
        """Add a constant."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def node(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:  # noqa: ANN401
        """Add an operator."""
        name = f"t{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(
                kind, inputs, [name], domain=domain, name=f"n{len(self.nodes)}", **attributes
            )
        )
        return name

    def quant(
        self,
        source: str,
        scale: object,
        bits: int,
        *,
        zero: float = 0,
        signed: int = 1,
        narrow: int = 0,
        mode: str = "ROUND",
        kind: str = "Quant",
    ) -> str:
        """Add a Quant or an IntQuant."""
        constants = [self.constant(value) for value in (scale, zero, bits)]
        return self.node(
            kind,
            source,
            *constants,
            domain=DOMAIN,
            signed=signed,
            narrow=narrow,
            rounding_mode=mode,
        )

    def bipolar(self, source: str, scale: object) -> str:
        """Add a BipolarQuant."""
        return self.node("BipolarQuant", source, self.constant(scale), domain=DOMAIN)

    def batch_norm(self, source: str, rng: np.random.Generator, channels: int) -> str:
        """Add a normalization whose factors are of both signs, and rarely 0."""
        gain = rng.normal(1, 1, channels) * (rng.random(channels) > 0.05)
        values = (
            gain,
            rng.normal(0, 1, channels),
            rng.normal(0, 1, channels),
            rng.uniform(0.01, 4, channels),
        )
        names = [self.constant(value) for value in values]
        return self.node("BatchNormalization", source, *names, epsilon=1e-5)

    def annotate(self, tensor: str, data_type: str) -> None:
        """Note a tensor's type as FINN does."""
        self.annotations.append((tensor, data_type))

    def model(self, *outputs: str) -> ModelProto:
        """Finish the model."""
        named = outputs or (self.nodes[-1].output[0],)
        graph = helper.make_graph(
            self.nodes,
            "synthesised",
            self.inputs,
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in named],
            initializer=self.constants,
        )
        for tensor, data_type in self.annotations:
            note = graph.quantization_annotation.add()
            note.tensor_name = tensor
            entry = note.quant_parameter_tensor_names.add()
            entry.key, entry.value = "finn_datatype", data_type
        return helper.make_model(graph, opset_imports=self.opsets, ir_version=8)

    def save(self, path: Path, *outputs: str) -> Path:
        """Write the model."""
        path.write_bytes(self.model(*outputs).SerializeToString())
        return path


def scale_of(rng: np.random.Generator, *, exact: bool, shape: tuple[int, ...] = ()) -> NDArray[Any]:
    """Draw scales: powers of two, with which float32 is exact, or any."""
    exponents = rng.integers(-6, 1, shape)
    if exact:
        return np.exp2(exponents).astype(np.float32)
    return (np.exp2(exponents) * rng.uniform(0.5, 1, shape)).astype(np.float32)
