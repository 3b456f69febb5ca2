"""Arrays of the backend, in the types of the onnx package, and running a graph on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.errors import InputError, UnsupportedModelError
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.onnx_backend.operators import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from qpim_emu.frontends.onnx.graph import Graph
    from qpim_emu.machine import Machine

__all__ = ["array_of", "run_graph"]


def array_of(value: Any) -> NDArray[Any]:  # noqa: ANN401 - what users give a backend
    """See what a user gives as an array: arrays, numbers, and tensors of the onnx package."""
    from onnx import TensorProto, numpy_helper  # noqa: PLC0415 - optional

    if isinstance(value, TensorProto):
        return numpy_helper.to_array(value)
    return np.asarray(value)


def run_graph(
    graph: Graph, inputs: Mapping[str, NDArray[Any]], machine: Machine
) -> list[NDArray[Any]]:
    """Compute the outputs of a graph, node by node.

    Raises
    ------
    InputError
        If an input is missing, or of another type.
    UnsupportedModelError
        If an operator does not apply to its inputs.
    """
    from onnx import numpy_helper  # noqa: PLC0415 - optional

    tensors: dict[str, NDArray[Any]] = {
        name: numpy_helper.to_array(tensor.source) for name, tensor in graph.constants.items()
    }
    for value in graph.inputs:
        if value.name not in inputs:
            msg = f"inputs must hold {value.name!r}, got {', '.join(inputs) or 'none'}"
            raise InputError(msg)
        tensors[value.name] = array_of(inputs[value.name])
    for node in graph.nodes:
        arrays = [tensors[name] if name else None for name in node.inputs]
        try:
            outputs = OPERATORS[node.kind](node, arrays, machine)
        except (RefusedError, InputError) as error:
            raise UnsupportedModelError([f"{node.kind} {node.name!r}: {error}"]) from error
        tensors |= dict(zip(node.outputs, outputs, strict=False))
    return [tensors[name] for name in graph.outputs]
