"""Are operators beside the layers equal to ONNX Runtime's, for every code and pair of codes?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from onnx import helper

from qpim_emu.crosscheck.onnxruntime import open_oracle
from qpim_emu.errors import UnsupportedModelError
from tests.crosscheck import onnx_operation_cases as cases
from tests.crosscheck.onnx_models import Builder, differences, model_of, random_inputs

if TYPE_CHECKING:
    from pathlib import Path

    import onnx

KINDS = ["uint8", "int8"]
OWN = [True, False]
OWN_IDS = ["qlinear", "qdq"]


def check(built: onnx.ModelProto, folder: Path, rng: np.random.Generator, *, batch: int) -> int:
    """Compare a model with ONNX Runtime; return how many different codes came out."""
    model = model_of(built, folder)
    inputs = random_inputs(model.network, rng, batch=batch)
    oracle = open_oracle(model)
    for name, (size, wrong) in differences(model, oracle, inputs).items():
        assert (name, size > 0, wrong) == (name, True, 0)
    return int(np.unique(oracle.run(inputs)[model.network.outputs[0]]).size)


@pytest.mark.parametrize("own", OWN, ids=OWN_IDS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", cases.PAIRS)
def test_pairs(name: str, kind: str, own: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    for seed in range(6):
        rng = np.random.default_rng(seed)
        assert check(cases.pair(rng, kind, name, own=own), tmp_path, rng, batch=20) > 10


def check_every_pair(built: onnx.ModelProto, folder: Path) -> None:
    """Compare a model of two images with ONNX Runtime for all pairs of codes."""
    model = model_of(built, folder)
    (a, b), low = model.network.inputs, model.network.inputs["a"].format.min
    size = int(np.prod(model.network.inputs[a].shape))
    every = np.stack(np.meshgrid(*[np.arange(256) + low] * 2, indexing="ij"), -1).reshape(-1, 2)
    filled = np.resize(every, (-(-len(every) // size) * size, 2))
    inputs = {
        name: filled[:, i].reshape(-1, *model.network.inputs[name].shape)
        for i, name in enumerate((a, b))
    }
    assert differences(model, open_oracle(model), inputs) == {"y": (len(filled), 0)}


@pytest.mark.parametrize("name", cases.PAIRS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_of_codes(kind: str, name: str, tmp_path: Path) -> None:
    for seed in range(2):
        rng = np.random.default_rng(100 + seed)
        check_every_pair(cases.pair(rng, kind, name, own=True), tmp_path)


@pytest.mark.parametrize("chosen", cases.DELICATE, ids=["inner", "order", "zero points"])
def test_every_pair_where_roundings_matter(
    chosen: tuple[tuple[float, int], ...], tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    check_every_pair(cases.pair(rng, "uint8", "Add", own=True, chosen=chosen), tmp_path)


def test_every_product_with_ties_and_an_odd_zero_point(tmp_path: Path) -> None:
    rng, chosen = np.random.default_rng(0), ((0.25, 100), (0.5, 101), (0.25, 77))
    check_every_pair(cases.pair(rng, "uint8", "Mul", own=True, chosen=chosen), tmp_path)


def test_max_pool_of_ceiled_sizes(tmp_path: Path) -> None:
    for seed in range(30):
        rng, built = np.random.default_rng(seed), Builder()
        kernel = [int(size) for size in rng.integers(1, 4, 2)]
        attributes = {
            "kernel_shape": kernel,
            "strides": [int(step) for step in rng.integers(1, 5, 2)],
            "pads": [int(rng.integers(0, kernel[side % 2])) for side in range(4)],
            "ceil_mode": 1,
        }
        sizes = [int(size) for size in rng.integers(3, 9, 2)]
        built.node("MaxPool", [built.input("x", "uint8", (1, 2, *sizes))], "y", **attributes)
        built.output("y", "uint8")
        model = model_of(built.model(), tmp_path)
        inputs = random_inputs(model.network, rng)
        ((size, wrong),) = differences(model, open_oracle(model), inputs).values()
        assert (size > 0, wrong) == (True, 0), attributes


@pytest.mark.parametrize("own", OWN, ids=OWN_IDS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", cases.UNARY)
def test_tables(name: str, kind: str, own: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    if own and name in {"Relu", "Tanh"}:
        own = False  # ONNX Runtime has no such operators
    compared = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        try:
            compared += check(cases.table(rng, kind, name, own=own), tmp_path, rng, batch=40) > 2
        except UnsupportedModelError as error:
            assert "lies so near to a tie" in error.refusals[0]  # noqa: PT017 - some scales may
    assert compared >= 9


@pytest.mark.parametrize("kind", KINDS)
def test_softmax(kind: str, tmp_path: Path) -> None:
    different = 0
    for seed in range(15):
        rng = np.random.default_rng(seed)
        different += check(cases.softmax(rng, kind), tmp_path, rng, batch=10)
    assert different > 400


@pytest.mark.parametrize("own", OWN, ids=OWN_IDS)
@pytest.mark.parametrize("kind", KINDS)
def test_global_average_pool(kind: str, own: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    for seed in range(30):
        rng = np.random.default_rng(seed)
        check(cases.pooled(rng, kind, own=own), tmp_path, rng, batch=6)


@pytest.mark.parametrize("own", OWN, ids=OWN_IDS)
@pytest.mark.parametrize("kind", KINDS)
def test_average_pool(kind: str, own: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    compared = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        try:
            compared += check(cases.averaged(rng, kind, own=own), tmp_path, rng, batch=20) > 10
        except UnsupportedModelError as error:
            assert "lies so near to a tie" in error.refusals[0]  # noqa: PT017 - some scales may
    assert compared >= 15


@pytest.mark.parametrize("own", OWN, ids=OWN_IDS)
@pytest.mark.parametrize("kind", KINDS)
def test_concat(kind: str, own: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    for seed in range(6):
        rng = np.random.default_rng(seed)
        assert check(cases.concat(rng, kind, own=own), tmp_path, rng, batch=6) > 30


@pytest.mark.parametrize("real", [False, True], ids=["codes", "qdq"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", cases.MOVEMENTS)
def test_movements(name: str, kind: str, real: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    rng = np.random.default_rng(1)
    assert check(cases.moved(rng, kind, name, real=real), tmp_path, rng, batch=3) > 5


def test_split_and_pad(tmp_path: Path) -> None:
    built, rng = Builder(), np.random.default_rng(0)
    real = built.dequantize(built.input("x", "uint8", (1, 5, 4)), 0.1, 7, "uint8")
    built.nodes.append(
        helper.make_node(
            "Split", [real, built.constant([2, 3], "int64")], ["first", "second"], axis=1
        )
    )
    built.output(built.quantize("first", 0.1, 7, "uint8", "y"), "uint8")
    sides = built.constant([0, 1, 0, 0, 0, 2], "int64")
    padded = built.node("Pad", ["second", sides, built.constant(0.0, "float")], "padded")
    built.output(built.quantize(padded, 0.1, 7, "uint8", "z"), "uint8")
    assert check(built.model(), tmp_path, rng, batch=4) > 5
