"""Does the backend pass the onnx package's own tests of every integer operator, exactly?"""

from __future__ import annotations

import unittest
import warnings
from importlib import import_module
from io import StringIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from onnx.backend.test.case import node
from onnx.backend.test.loader import load_model_tests
from onnx.backend.test.runner import Runner as BackendTest

from qpim_emu import onnx_backend
from qpim_emu.errors import UnsupportedModelError
from qpim_emu.onnx_backend.values import array_of

if TYPE_CHECKING:
    from onnx import ModelProto
    from onnx.backend.test.case.test_case import TestCase

OPERATORS = (
    "qlinearconv",
    "qlinearmatmul",
    "convinteger",
    "matmulinteger",
    "quantizelinear",
    "dequantizelinear",
    "dynamicquantizelinear",
)
UNSUPPORTED = {
    f"{operator}_{kind}"
    for operator in ("quantizelinear", "dequantizelinear")
    for kind in ("e4m3fn", "e5m2", "float4e2m1")
} | {"dequantizelinear_e4m3fn_float16", "dequantizelinear_e4m3fn_zero_point"}
"""Cases whose codes are floats."""


def load_cases() -> dict[str, TestCase]:
    """Every case of the operators by its name, but for those of their function bodies."""
    for operator in OPERATORS:
        import_module(f"onnx.backend.test.case.node.{operator}")
    return of_operators(node._NodeTestCases)  # noqa: SLF001 - where the package collects them


def of_operators(cases: list[TestCase]) -> dict[str, TestCase]:
    """Those of the operators, by name."""
    named = {case.name.removeprefix("test_"): case for case in cases}
    return {
        name: case
        for name, case in named.items()
        if name.startswith(OPERATORS) and not name.endswith("_expanded")
    }


def model_of(name: str) -> ModelProto:
    """Model of a case."""
    model = CASES[name].model
    assert model is not None
    return model


CASES = load_cases()
SUPPORTED = sorted(set(CASES) - UNSUPPORTED)


@pytest.mark.extended
def test_other_modules_of_the_package_have_no_more_cases() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it computes all expected values on import
        assert set(of_operators(load_model_tests(kind="node"))) == set(CASES)


@pytest.mark.extended
def test_runner_of_the_package() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runner = BackendTest(onnx_backend.QpimBackend, __name__)
        for name in SUPPORTED:
            runner.include(f"^test_{name}_cpu$")
        result = unittest.TextTestRunner(stream=StringIO()).run(runner.test_suite)
    assert result.wasSuccessful(), result.failures + result.errors
    assert result.testsRun - len(result.skipped) >= len(SUPPORTED)


def test_no_case_is_lost() -> None:
    assert set(CASES) >= UNSUPPORTED
    for operator in OPERATORS:
        assert any(name.startswith(operator) for name in SUPPORTED), operator
    assert len(SUPPORTED) >= 32


@pytest.mark.parametrize("name", SUPPORTED)
def test_supported(name: str) -> None:
    case, model = CASES[name], model_of(name)
    assert onnx_backend.is_compatible(model)
    prepared = onnx_backend.prepare(model)
    for inputs, expected in case.data_sets or ():
        got = prepared.run(inputs)
        assert len(got) == len(expected)
        for mine, theirs in zip(got, map(array_of, expected), strict=True):
            assert mine.dtype == theirs.dtype
            assert mine.shape == theirs.shape
            if mine.dtype.kind == "f":
                np.testing.assert_allclose(mine, theirs, rtol=case.rtol, atol=case.atol)
            else:
                np.testing.assert_array_equal(mine.astype(np.int64), theirs.astype(np.int64))


@pytest.mark.parametrize("name", sorted(UNSUPPORTED))
def test_codes_that_are_floats_are_refused_by_name(name: str) -> None:
    model = model_of(name)
    assert not onnx_backend.is_compatible(model)
    with pytest.raises(UnsupportedModelError, match=r"must be of .*, got float[48]e"):
        onnx_backend.prepare(model)
