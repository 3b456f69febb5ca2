"""Are layers equal to the onnx package's reference evaluator, at every width that ONNX has?

Layers between DequantizeLinear and QuantizeLinear are floats there. With scales that are powers
of two and sums below 2**24 every float is exact, and so is the comparison, ties included; widths
that no engine has integer kernels for are compared so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import qpim_emu as qe
from qpim_emu.crosscheck.onnx_reference import open_oracle
from qpim_emu.errors import UnsupportedModelError
from qpim_emu.oracle.network import reference_network
from tests.crosscheck import onnx_cases, onnx_operation_cases
from tests.crosscheck.onnx_models import differences, model_of, random_inputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import onnx

PRESET = "onnx-reference"
CASES = 25
WIDTHS = [
    ("int2", "int2"),
    ("uint2", "uint2"),
    ("int4", "int4"),
    ("uint4", "int4"),
    ("uint4", "uint2"),
    ("uint8", "int4"),
    ("int8", "int2"),
    ("int8", "uint8"),
    ("int16", "int4"),
    ("uint16", "int2"),
]


@pytest.mark.parametrize("kinds", onnx_cases.SIGNS, ids="-".join)
@pytest.mark.parametrize(
    "build",
    [
        onnx_cases.qlinear_conv,
        onnx_cases.conv_integer,
        onnx_cases.qlinear_matmul,
        onnx_cases.matmul_integer,
    ],
    ids=lambda build: build.__name__,
)
def test_integer_operators(
    build: Callable[[np.random.Generator, tuple[str, str]], onnx.ModelProto],
    kinds: tuple[str, str],
    tmp_path: Path,
) -> None:
    compared = 0
    for seed in range(CASES):
        rng = np.random.default_rng(seed)
        model = model_of(build(rng, kinds), tmp_path, preset=PRESET)
        inputs = random_inputs(model.network, rng)
        try:
            oracle = open_oracle(model)
        except UnsupportedModelError as error:
            assert "over one axis" in error.refusals[0]  # noqa: PT017 - a bug of the evaluator
            continue
        size = oracle.run(inputs)["y"].size
        assert differences(model, oracle, inputs) == {"y": (size, 0)}, seed
        compared += 1
    assert compared > CASES / 2


@pytest.mark.parametrize("kinds", WIDTHS, ids="-".join)
@pytest.mark.parametrize("build", [onnx_cases.qdq_conv, onnx_cases.qdq_gemm], ids=["conv", "gemm"])
def test_widths_with_exact_floats(
    build: Callable[..., onnx.ModelProto], kinds: tuple[str, str], tmp_path: Path
) -> None:
    spread = 0
    for seed in range(CASES):
        rng = np.random.default_rng(seed)
        model = model_of(build(rng, kinds, ties=True), tmp_path, preset=PRESET)
        inputs = random_inputs(model.network, rng)
        oracle = open_oracle(model)
        codes = oracle.run(inputs)["y"]
        assert differences(model, oracle, inputs) == {"y": (codes.size, 0)}, seed
        spread += np.unique(codes).size > 1
    assert spread > CASES / 2


@pytest.mark.parametrize("kinds", WIDTHS, ids="-".join)
def test_widths_on_the_machine_equal_our_own_oracle(kinds: tuple[str, str], tmp_path: Path) -> None:
    # Scales are any here: no other engine defines these layers in integers.
    for seed in range(2):
        rng = np.random.default_rng(seed)
        model = model_of(onnx_cases.qdq_conv(rng, kinds), tmp_path)
        inputs = random_inputs(model.network, rng, batch=2)
        ran = qe.Machine().run(model.network, inputs, tier="fast")
        expected = reference_network(model.network, inputs)["y"]
        np.testing.assert_array_equal(ran.tensors["y"], expected)


@pytest.mark.parametrize("kind", ["uint8", "int8"])
@pytest.mark.parametrize("name", onnx_operation_cases.PAIRS)
def test_pairs_as_they_are_written(name: str, kind: str, tmp_path: Path) -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        built = onnx_operation_cases.pair(rng, kind, name, own=False)
        model = model_of(built, tmp_path, preset=PRESET)
        inputs = random_inputs(model.network, rng, batch=40)
        assert {wrong for _, wrong in differences(model, open_oracle(model), inputs).values()} == {
            0
        }


def test_operators_of_onnxruntime_are_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    built = onnx_operation_cases.pair(rng, "uint8", "Add", own=True)
    with pytest.raises(UnsupportedModelError, match=r"no operators of com\.microsoft"):
        open_oracle(model_of(built, tmp_path))


def test_notes_say_that_reals_are_floats(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    (note,) = open_oracle(model_of(onnx_cases.qdq_conv(rng, ("int8", "int8")), tmp_path)).notes
    assert "evaluated in float32" in note
