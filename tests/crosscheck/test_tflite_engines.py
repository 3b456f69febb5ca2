"""Are engines of TensorFlow Lite fed and read in the network's terms, and refused where due?"""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.errors import MissingExtraError, UnsupportedModelError
from qpim_emu.frontends.model import Model
from qpim_emu.frontends.tflite import read
from tests.crosscheck.tflite_comparison import ENGINES, assert_same_as, random_inputs
from tests.frontends.tflite_files import whole_network
from tests.frontends.tflite_models import Tensor, single

if TYPE_CHECKING:
    from pathlib import Path

MODULES = {"tflm": "tflite_micro", "litert-ref": "ai_edge_litert"}


@pytest.mark.parametrize("engine", ENGINES)
def test_inputs_and_outputs_that_are_floats(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(whole_network())
    assert assert_same_as(engine, path, images=20)


@pytest.mark.parametrize("engine", ENGINES)
def test_codes_survive_the_engine_s_own_quantization(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(whole_network())
    model = read(path).model()
    given = random_inputs(model, images=30, seed=3)
    shown = ENGINES[engine](model).run(given)
    np.testing.assert_array_equal(shown["codes"], given["codes"])


@pytest.mark.parametrize("images", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("engine", ENGINES)
def test_models_of_a_larger_batch(engine: str, images: int, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    shape = (3, 2, 2, 4)
    tensor = Tensor(shape=shape, scale=0.1, zero_point=5)
    path.write_bytes(single("RELU", [tensor], tensor))
    model = read(path).model()
    rng = np.random.default_rng(0)
    codes = rng.integers(-128, 128, (images, 4, 2, 2))
    shown = ENGINES[engine](model).run({"tensor0": codes})
    np.testing.assert_array_equal(shown["tensor0"], codes)
    np.testing.assert_array_equal(shown["tensor1"], np.maximum(codes, 5))


@pytest.mark.parametrize("engine", ENGINES)
def test_two_inputs(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    tensors = [Tensor(shape=(1, 3), scale=scale, zero_point=1) for scale in (0.1, 0.25, 0.3)]
    path.write_bytes(single("SUB", tensors[:2], tensors[2]))
    assert assert_same_as(engine, path, images=50)


def other_model(path: Path) -> Model:
    """The same network, as if from a file of another kind."""
    model = read(path).model()
    return Model(path=path, kind="onnx", network=model.network, tensors=model.tensors)


@pytest.mark.parametrize("engine", ENGINES)
def test_models_of_another_kind_are_refused(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(whole_network())
    with pytest.raises(UnsupportedModelError, match=f"oracle {engine} runs models of TensorFlow"):
        ENGINES[engine](other_model(path))


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_that_are_not_installed(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(whole_network())
    model = read(path).model()
    monkeypatch.setitem(sys.modules, MODULES[engine], None)
    with pytest.raises(MissingExtraError, match=r"pip install 'qpim-emu\[(tflm|litert)\]'"):
        ENGINES[engine](model)


def test_models_that_an_engine_refuses(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    image = Tensor(shape=(1, 1, 1, 1), scale=0.5)
    weights = Tensor(shape=(1, 1, 1, 1), scale=0.5, data=np.ones((1, 1, 1, 1)))
    options = {"strideH": 1, "strideW": 1, "dilationHFactor": 1, "dilationWFactor": 1}
    path.write_bytes(single("CONV_2D", [image, weights], image, **options))
    assert assert_same_as("tflm", path)
    with pytest.raises(
        UnsupportedModelError, match=r"litert-ref does not run the model: .*has_bias"
    ):
        ENGINES["litert-ref"](read(path, preset="litert-ref").model())


@pytest.mark.parametrize("error", [struct.error, ValueError, RuntimeError])
def test_damage_that_only_the_engine_reads(
    error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(whole_network())
    model = read(path).model()

    def damaged(data: bytes, **options: object) -> None:
        del data, options
        msg = "of the schema"
        raise error(msg)

    runtime = pytest.importorskip("tflite_micro").runtime
    monkeypatch.setattr(runtime.Interpreter, "from_bytes", damaged)
    with pytest.raises(UnsupportedModelError, match="tflm does not run the model: of the schema"):
        ENGINES["tflm"](model)


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_that_give_up_on_the_way(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(whole_network())
    model = read(path).model()
    oracle: Any = ENGINES[engine](model)

    def invoke() -> None:
        msg = "no more"
        raise RuntimeError(msg)

    monkeypatch.setattr(oracle.engine, "invoke", invoke)
    with pytest.raises(UnsupportedModelError, match=f"{engine} does not run the model: no more"):
        oracle.run(random_inputs(model, images=1, seed=0))


def test_models_too_large_for_the_arena(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    tensor = Tensor(shape=(1, 1 << 14, 1 << 14), scale=0.5)
    path.write_bytes(single("RELU", [tensor], tensor))
    with pytest.raises(UnsupportedModelError, match="bytes of tensors, got"):
        ENGINES["tflm"](read(path).model())
