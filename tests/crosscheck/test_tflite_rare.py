"""Are engines equalled where the floats of their constants decide about few codes in many?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.engine.network import run_network
from qpim_emu.frontends.tflite import read
from qpim_emu.hardware.presets import PAPER
from tests.crosscheck.tflite_comparison import ENGINES, assert_equal
from tests.frontends.tflite_models import Tensor, single

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qpim_emu.typing import IntArray

EVERY = np.arange(-128, 128)
WIDE = np.arange(-32768, 32768)


def wide(shape: tuple[int, ...], scale: float) -> Tensor:
    """A tensor of 16-bit codes."""
    return Tensor(shape=shape, type="INT16", scale=scale)


def difference() -> tuple[bytes, list[IntArray]]:
    """SUB of every pair of codes; constants computed in float32 give 13 other ones."""
    tensors = [
        Tensor(shape=(1, 256, 256), scale=scale, zero_point=point)
        for scale, point in ((0.013, 3), (0.5, -5), (0.4, -7))
    ]
    pairs = [np.repeat(EVERY, 256), np.tile(EVERY, 256)]
    return single("SUB", tensors[:2], tensors[2]), [codes.reshape(1, 256, 256) for codes in pairs]


def product() -> tuple[bytes, list[IntArray]]:
    """MUL whose quotient of scales is no float32."""
    tensors = [wide((1, 300, 300), scale) for scale in (0.5, 0.25, 2500.0)]
    rng = np.random.default_rng(0)
    codes = [rng.integers(-32768, 32768, (1, 300, 300)) for _ in range(2)]
    return single("MUL", tensors[:2], tensors[2]), codes


def rectified() -> tuple[bytes, list[IntArray]]:
    """RELU of every code, multiplied by 2.5 or so: every odd one is nearly a tie."""
    shape = (1, 256, 256)
    data = single("RELU", [wide(shape, 0.5)], wide(shape, 0.2))
    return data, [WIDE.reshape(shape)]


def probabilities() -> tuple[bytes, list[IntArray]]:
    """SOFTMAX of sums of 1 to 3, around two entries of a table."""
    shape = (1, 4000, 3)
    data = single("SOFTMAX", [wide(shape, 2.0**-12)], wide(shape, 2.0**-15), beta=1.0)
    return data, [np.random.default_rng(0).integers(-8000, 8000, shape)]


def tied() -> tuple[bytes, list[IntArray]]:
    """FULLY_CONNECTED by a scale of 1.5 as far as float32 sees; odd sums are ties there."""
    codes = np.random.default_rng(0).integers(-4, 5, (9, 3))
    weights = Tensor(shape=(9, 3), scale=0.81, data=codes)
    scale = float(np.float32(0.01) * np.float32(0.81)) / 1.5
    tensors = [Tensor(shape=(1, 3), scale=0.01), weights]
    data = single("FULLY_CONNECTED", tensors, Tensor(shape=(1, 9), scale=scale))
    return data, [np.random.default_rng(1).integers(-5, 6, (40, 3))]


CASES: dict[str, Callable[[], tuple[bytes, list[IntArray]]]] = {
    case.__name__: case for case in (difference, product, rectified, probabilities, tied)
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_constants_of_either_engine(case: str, engine: str, tmp_path: Path) -> None:
    data, codes = CASES[case]()
    path = tmp_path / "model.tflite"
    path.write_bytes(data)
    model = read(path, preset=engine).model()
    inputs = dict(zip(model.network.inputs, codes, strict=True))
    shown = ENGINES[engine](model).run(inputs)
    run = run_network(model.network, inputs, spec=PAPER, tier="fast")
    assert_equal(shown, {name: run.tensors[name] for name in shown})


@pytest.mark.parametrize("case", CASES)
def test_engines_differ_there(case: str, tmp_path: Path) -> None:
    data, codes = CASES[case]()
    path = tmp_path / "model.tflite"
    path.write_bytes(data)
    model = read(path).model()
    inputs = dict(zip(model.network.inputs, codes, strict=True))
    (name,) = model.network.outputs
    results = [maker(model).run(inputs)[name] for maker in ENGINES.values()]
    assert bool((results[0] != results[1]).any()) == (case not in {"difference", "tied"})
