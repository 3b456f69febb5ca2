"""Whether integer kernels add up large products, where some processors saturate in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.errors import OracleUnsoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray
    from onnx import ModelProto

    Run = Callable[[ModelProto, Mapping[str, NDArray[Any]]], NDArray[Any]]

__all__ = ["check_sums"]

CHANNELS = 68
ROWS = 3
EXTREMES = {
    ("uint8", "int8"): [(255, 127), (255, -128)],
    ("int8", "int8"): [(127, 127), (-128, -128), (-128, 127), (127, -128)],
    ("uint8", "uint8"): [(255, 255)],
}
"""Codes of activations and weights whose products do not fit 16 bits twice."""

OPSET = 10


def check_sums(run: Run, *, engine: str) -> None:
    """Compare sums of the largest products with what they are.

    Before VNNI, x86 adds pairs of u8 x s8 products in 16 bits that saturate: 255 * 127 twice is
    64770, and 32767 comes out.

    Parameters
    ----------
    run
        Runs a model with one output.
    engine
        Name of the engine, for the message.

    Raises
    ------
    OracleUnsoundError
        Naming the codes, the sum and what came out.
    """
    for (left, right), pairs in EXTREMES.items():
        for first, second in pairs:
            rows = np.full((ROWS, CHANNELS), first, left)
            columns = np.full((CHANNELS, ROWS), second, right)
            got = run(product(left, right), {"a": rows, "b": columns})
            expected = first * second * CHANNELS
            if np.any(got != expected):
                msg = (
                    f"{engine} is unsound on this CPU: {CHANNELS} products of {left} {first} and "
                    f"{right} {second} must add up to {expected}, got {int(np.ravel(got)[0])}"
                )
                raise OracleUnsoundError(msg)


def product(left: str, right: str) -> ModelProto:
    """Make a model of one MatMulInteger."""
    from onnx import TensorProto, helper  # noqa: PLC0415 - optional

    types = TensorProto.DataType
    sides = [("a", left, [ROWS, CHANNELS]), ("b", right, [CHANNELS, ROWS])]
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b"], ["sum"])],
        "probe",
        [
            helper.make_tensor_value_info(name, types.Value(kind.upper()), shape)
            for name, kind, shape in sides
        ],
        [helper.make_tensor_value_info("sum", TensorProto.INT32, [ROWS, ROWS])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
