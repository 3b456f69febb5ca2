"""Backend of the onnx package: integer operators run on an emulated machine.

Quantized layers (QLinearConv, QLinearMatMul, ConvInteger, MatMulInteger) are computed by the
machine's lanes from packed memory, in the ``fast`` tier; QuantizeLinear, DequantizeLinear and
DynamicQuantizeLinear in float32, as their standard defines them. Ties follow the standard's
reference evaluator, which adds the zero point before rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qpim_emu.errors import UnsupportedModelError
from qpim_emu.frontends.extras import missing_extra

try:
    from onnx import ModelProto, helper
    from onnx.backend.base import Backend, BackendRep
except ImportError as missing:
    EXTRA = "onnx"
    raise missing_extra(EXTRA, missing) from missing

from qpim_emu.frontends.onnx.graph import read_graph
from qpim_emu.frontends.onnx.parse import parse_model
from qpim_emu.machine import Machine
from qpim_emu.onnx_backend.support import refusals_of
from qpim_emu.onnx_backend.values import array_of, run_graph

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from onnx import NodeProto

    from qpim_emu.frontends.onnx.graph import Graph

__all__ = [
    "QpimBackend",
    "QpimBackendRep",
    "is_compatible",
    "prepare",
    "run_model",
    "run_node",
    "supports_device",
]


class QpimBackendRep(BackendRep):
    """A model, ready to run.

    Parameters
    ----------
    graph
        Its graph, of supported operators only.
    machine
        What runs its layers.
    """

    def __init__(self, graph: Graph, machine: Machine) -> None:
        self.graph = graph
        self.machine = machine

    def run(self, inputs: Any, **kwargs: Any) -> tuple[Any, ...]:  # noqa: ANN401 - as the base
        """Compute the outputs.

        Parameters
        ----------
        inputs
            Arrays by name, or in the order of the graph's inputs.
        kwargs
            Nothing that is read.

        Raises
        ------
        UnsupportedModelError
            If shapes or constants have no exact layer.
        InputError
            If inputs are missing, or of another type.
        """
        del kwargs
        names = [value.name for value in self.graph.inputs]
        given: Mapping[str, NDArray[Any]] = (
            inputs if isinstance(inputs, dict) else dict(zip(names, inputs, strict=False))
        )
        return tuple(run_graph(self.graph, given, self.machine))


class QpimBackend(Backend):
    """What `onnx.backend.base.Backend` asks for; the module's functions are its methods."""

    @classmethod
    def is_compatible(cls, model: ModelProto, device: str = "CPU", **kwargs: Any) -> bool:  # noqa: ANN401
        """Whether the model holds supported operators and types only."""
        del device, kwargs
        return not refusals_of(read(model))

    @classmethod
    def prepare(cls, model: ModelProto, device: str = "CPU", **kwargs: Any) -> QpimBackendRep:  # noqa: ANN401
        """Check a model and make it ready.

        Parameters
        ----------
        model
            The model.
        device
            ``CPU``.
        kwargs
            ``machine``, an emulated `Machine`; the default one if not given.

        Raises
        ------
        ModelFileError
            If it is damaged.
        UnsupportedModelError
            If it holds other operators or types; names all of them.
        """
        super().prepare(model, device)
        graph = read(model)
        refusals = refusals_of(graph)
        if refusals:
            raise UnsupportedModelError(refusals)
        return QpimBackendRep(graph, kwargs.get("machine") or Machine())

    @classmethod
    def run_node(
        cls,
        node: NodeProto,
        inputs: Any,  # noqa: ANN401 - as the base
        device: str = "CPU",
        outputs_info: Sequence[Any] | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> tuple[Any, ...]:
        """Compute one node of the standard's ``opset_version``, the newest if not given."""
        super().run_node(node, inputs, device, outputs_info, **kwargs)
        arrays = [array_of(value) for value in inputs]
        names = [name for name in node.input if name]
        values = [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape
            )
            for name, array in zip(names, arrays, strict=True)
        ]
        outputs = [helper.make_empty_tensor_value_info(name) for name in node.output]
        graph = helper.make_graph([node], "node", values, outputs)
        opset = helper.make_opsetid("", int(kwargs.get("opset_version", newest())))
        model = helper.make_model(graph, opset_imports=[opset])
        return QpimBackendRep(checked(read(model)), kwargs.get("machine") or Machine()).run(arrays)

    @classmethod
    def supports_device(cls, device: str) -> bool:
        """Whether a device is the one there is, ``CPU``."""
        return device == "CPU" or device.startswith("CPU:")


def newest() -> int:
    """Newest version of the standard's operators that the onnx package knows."""
    from onnx.defs import onnx_opset_version  # noqa: PLC0415 - used here only

    return int(onnx_opset_version())


def read(model: ModelProto) -> Graph:
    """Read the graph of a model."""
    return read_graph(parse_model(model.SerializeToString(), source="model"))


def checked(graph: Graph) -> Graph:
    """Give a graph back, refusing it if it holds unsupported operators or types."""
    refusals = refusals_of(graph)
    if refusals:
        raise UnsupportedModelError(refusals)
    return graph


is_compatible = QpimBackend.is_compatible
prepare = QpimBackend.prepare
run_model = QpimBackend.run_model
run_node = QpimBackend.run_node
supports_device = QpimBackend.supports_device
