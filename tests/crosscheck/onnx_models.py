"""Small ONNX models built for tests, and what this project makes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from qpim_emu.frontends.onnx import read
from qpim_emu.oracle.network import reference_network

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qpim_emu.crosscheck.oracle import Oracle
    from qpim_emu.frontends.model import Model
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network

__all__ = ["Builder", "differences", "model_of", "random_inputs"]

Array = NDArray[Any]
NARROW = {"int4": TensorProto.INT4, "uint4": TensorProto.UINT4}
NARROW |= {"int2": TensorProto.INT2, "uint2": TensorProto.UINT2}


def type_number(kind: str) -> int:
    """Number of an element type."""
    return int(TensorProto.DataType.Value(kind.upper()))


@dataclass(slots=True)
class Builder:
    """A model that grows node by node."""

    opset: int = 25
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)
    inputs: list[onnx.ValueInfoProto] = field(default_factory=list)
    outputs: list[onnx.ValueInfoProto] = field(default_factory=list)
    values: list[onnx.ValueInfoProto] = field(default_factory=list)

    def constant(self, values: Any, kind: str) -> str:  # noqa: ANN401 - an array or a number
        """Add a constant; return its name."""
        name = f"c{len(self.constants)}"
        array = np.asarray(values)
        if kind in NARROW:
            tensor = helper.make_tensor(name, NARROW[kind], array.shape, array.reshape(-1))
        else:
            dtype = {"float": "float32"}.get(kind, kind)
            tensor = numpy_helper.from_array(array.astype(dtype), name)
        self.constants.append(tensor)
        return name

    def input(self, name: str, kind: str, shape: tuple[int | str, ...]) -> str:
        """Add an input of the graph."""
        self.inputs.append(helper.make_tensor_value_info(name, type_number(kind), shape))
        return name

    def output(self, name: str, kind: str) -> None:
        """Add an output of the graph."""
        self.outputs.append(helper.make_tensor_value_info(name, type_number(kind), None))

    def describe(self, name: str, kind: str, shape: tuple[int | str, ...]) -> None:
        """Say what a tensor inside the graph is."""
        self.values.append(helper.make_tensor_value_info(name, type_number(kind), shape))

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:  # noqa: ANN401
        """Add a node; return the name of its output."""
        domain, _, operator = kind.rpartition(".")
        self.nodes.append(
            helper.make_node(
                operator, inputs, [output], name=f"n_{output}", domain=domain, **attributes
            )
        )
        return output

    def quantization(self, scale: Any, point: Any, kind: str) -> list[str]:  # noqa: ANN401
        """Add a scale and a zero point."""
        return [self.constant(scale, "float"), self.constant(point, kind)]

    def dequantize(self, name: str, scale: Any, point: Any, kind: str, **axis: int) -> str:  # noqa: ANN401
        """Add a DequantizeLinear."""
        by = self.quantization(scale, point, kind)
        return self.node("DequantizeLinear", [name, *by], f"{name}_real", **axis)

    def quantize(self, name: str, scale: Any, point: Any, kind: str, output: str) -> str:  # noqa: ANN401
        """Add a QuantizeLinear."""
        by = self.quantization(scale, point, kind)
        return self.node("QuantizeLinear", [name, *by], output)

    def model(self) -> onnx.ModelProto:
        """Make the model."""
        graph = helper.make_graph(
            self.nodes,
            "built",
            self.inputs,
            self.outputs,
            initializer=self.constants,
            value_info=self.values,
        )
        opsets = [helper.make_opsetid("", self.opset), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=11)


def model_of(built: onnx.ModelProto, folder: Path, *, preset: str = "onnxruntime") -> Model:
    """Read a built model from a file."""
    path = folder / "model.onnx"
    path.write_bytes(built.SerializeToString())
    return read(path, preset=preset).model()


def random_inputs(
    network: Network, rng: np.random.Generator, *, batch: int = 3
) -> dict[str, IntArray]:
    """Codes for every input: one image of random codes, one of extremes, one of one extreme."""
    found = {}
    for name, kind in network.inputs.items():
        shape = (batch, *kind.shape)
        codes = rng.integers(kind.format.min, kind.format.max, shape, endpoint=True)
        ends = rng.choice([kind.format.min, kind.format.max], shape)
        codes[1::3] = ends[1::3]
        codes[2::3] = rng.choice([kind.format.min, kind.format.max])
        found[name] = codes
    return found


def differences(
    model: Model, oracle: Oracle, inputs: Mapping[str, IntArray]
) -> dict[str, tuple[int, int]]:
    """Compare every tensor that an engine shows, each node fed the engine's own inputs.

    Returns
    -------
    dict
        Elements compared, and how many of them differ, by tensor.
    """
    shown = oracle.run(inputs)
    free = reference_network(model.network, inputs)
    return {
        name: (array.size, int((free[name] != array).sum()))
        for name, array in shown.items()
        if name not in inputs
    }
