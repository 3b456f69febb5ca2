"""Are layers of 8 bits equal to ONNX Runtime's integer kernels, element by element?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import qpim_emu as qe
from qpim_emu.crosscheck.onnxruntime import open_oracle
from tests.crosscheck import onnx_cases
from tests.crosscheck.onnx_models import Builder, differences, model_of, random_inputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import onnx

CASES = 50
LAYERS = [
    onnx_cases.qlinear_conv,
    onnx_cases.conv_integer,
    onnx_cases.qlinear_matmul,
    onnx_cases.matmul_integer,
    onnx_cases.qdq_conv,
    onnx_cases.qdq_gemm,
]


@pytest.mark.parametrize("kinds", onnx_cases.SIGNS, ids="-".join)
@pytest.mark.parametrize("build", LAYERS, ids=lambda build: build.__name__)
def test_layers(
    build: Callable[[np.random.Generator, tuple[str, str]], onnx.ModelProto],
    kinds: tuple[str, str],
    tmp_path: Path,
) -> None:
    spread = 0
    for seed in range(CASES):
        rng = np.random.default_rng(seed)
        model = model_of(build(rng, kinds), tmp_path)
        inputs = random_inputs(model.network, rng)
        oracle = open_oracle(model)
        assert differences(model, oracle, inputs) == {"y": (oracle.run(inputs)["y"].size, 0)}, seed
        spread += np.unique(oracle.run(inputs)["y"]).size > 4
    assert spread > CASES / 5  # outputs are not all at a limit


@pytest.mark.parametrize("build", LAYERS, ids=lambda build: build.__name__)
def test_machine_computes_the_same(
    build: Callable[[np.random.Generator, tuple[str, str]], onnx.ModelProto], tmp_path: Path
) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        model = model_of(build(rng, ("uint8", "int8")), tmp_path)
        inputs = random_inputs(model.network, rng, batch=2)
        ran = qe.Machine().run(model.network, inputs, tier="fast")
        np.testing.assert_array_equal(ran.tensors["y"], open_oracle(model).run(inputs)["y"])


def test_bias_that_counts_with_wrapping_accumulators(tmp_path: Path) -> None:
    # 32 bits: a sum beyond them wraps in both.
    built = Builder()
    x = built.input("x", "uint8", (1, 2))
    weights = built.constant([[127], [127]], "int8")
    by = built.quantization(1.0, 0, "int8")
    bias = built.constant([2**31 - 1], "int32")
    inputs = [x, *built.quantization(1.0, 0, "uint8"), weights, *by, bias]
    built.node("com.microsoft.QGemm", [*inputs, *built.quantization(2.0**24, 128, "uint8")], "y")
    built.output("y", "uint8")
    model = model_of(built.model(), tmp_path)
    codes = {"x": np.array([[0, 0], [255, 255]])}
    assert open_oracle(model).run(codes)["y"].tolist() == [[255], [0]]
    assert differences(model, open_oracle(model), codes) == {"y": (2, 0)}
