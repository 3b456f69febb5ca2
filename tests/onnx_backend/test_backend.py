"""Does the backend keep the interface of onnx, and say what it does not compute?"""

from __future__ import annotations

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper
from onnx.backend.base import Backend, BackendRep

import qpim_emu as qe
from qpim_emu import onnx_backend
from qpim_emu.errors import InputError, UnsupportedModelError

ADD = helper.make_node("Add", ["a", "b"], ["c"])
PRODUCT = helper.make_node("MatMulInteger", ["a", "b", "za", "zb"], ["c"])


def product_model() -> ModelProto:
    """A product of two matrices of uint8."""
    values = [
        helper.make_tensor_value_info(name, TensorProto.UINT8, shape)
        for name, shape in (("a", [2, 3]), ("b", [3, 2]), ("za", [1]), ("zb", [1]))
    ]
    output = helper.make_tensor_value_info("c", TensorProto.INT32, [2, 2])
    graph = helper.make_graph([PRODUCT], "product", values, [output])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])


def arrays() -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    """Inputs of the product."""
    a, b = np.arange(6, dtype=np.uint8).reshape(2, 3), np.arange(6, dtype=np.uint8).reshape(3, 2)
    return {"a": a, "b": b, "za": np.array([3], np.uint8), "zb": np.array([1], np.uint8)}


EXPECTED = (np.arange(6).reshape(2, 3) - 3) @ (np.arange(6).reshape(3, 2) - 1)


def test_interface_of_onnx() -> None:
    assert issubclass(onnx_backend.QpimBackend, Backend)
    assert isinstance(onnx_backend.prepare(product_model()), BackendRep)
    assert onnx_backend.supports_device("CPU")
    assert not onnx_backend.supports_device("CUDA")


@pytest.mark.parametrize("machine", [qe.Machine(), qe.Machine(qe.TOY)], ids=["paper", "toy"])
def test_run_model_by_place_and_by_name(machine: qe.Machine) -> None:
    prepared = onnx_backend.prepare(product_model(), machine=machine)
    for inputs in (arrays(), list(arrays().values())):
        (got,) = prepared.run(inputs)
        np.testing.assert_array_equal(got, EXPECTED)
        assert got.dtype == np.int32
    np.testing.assert_array_equal(onnx_backend.run_model(product_model(), arrays())[0], EXPECTED)


def test_run_node() -> None:
    inputs = list(arrays().values())
    (got,) = onnx_backend.run_node(PRODUCT, inputs)
    np.testing.assert_array_equal(got, EXPECTED)
    (got,) = onnx_backend.run_node(PRODUCT, inputs, opset_version=13)
    np.testing.assert_array_equal(got, EXPECTED)


def test_other_operators_are_refused_by_name() -> None:
    ones = np.ones(3, np.float32)
    with pytest.raises(UnsupportedModelError, match="Add 'c': must be one of ConvInteger"):
        onnx_backend.run_node(ADD, [ones, ones])


def test_missing_input_is_named() -> None:
    inputs = arrays()
    del inputs["zb"]
    with pytest.raises(InputError, match="inputs must hold 'zb', got a, b, za"):
        onnx_backend.run_model(product_model(), inputs)


def test_zero_point_per_row_is_refused() -> None:
    inputs = arrays() | {"za": np.array([3, 4], np.uint8)}
    with pytest.raises(UnsupportedModelError, match="zero point of activations must be one number"):
        onnx_backend.run_model(product_model(), inputs)
