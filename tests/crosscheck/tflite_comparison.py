"""Runs a model of TensorFlow Lite on the machine and on an engine, and compares every tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.crosscheck import litert, tflm
from qpim_emu.engine.network import run_network
from qpim_emu.errors import UnsupportedModelError
from qpim_emu.frontends.tflite import read
from qpim_emu.hardware.presets import PAPER

if TYPE_CHECKING:
    from pathlib import Path

    from qpim_emu.frontends.model import Model
    from qpim_emu.typing import IntArray

for engine in ("tflite_micro", "ai_edge_litert"):
    pytest.importorskip(engine)  # they have wheels for some versions of Python only

__all__ = ["ENGINES", "assert_equal", "assert_same_as", "random_inputs"]

ENGINES = {"tflm": tflm.open_oracle, "litert-ref": litert.open_oracle}
"""Engines by the preset that models are read with for them."""


def random_inputs(model: Model, *, images: int, seed: int) -> dict[str, IntArray]:
    """Random images, and three before them: all codes smallest, largest, and zero points."""
    rng = np.random.default_rng(seed)
    inputs = {}
    for name, kind in model.network.inputs.items():
        low, high = kind.format.min, kind.format.max
        point = model.tensors[name].zero_point
        zero = 0 if point is None else int(point)
        fixed = [np.full((1, *kind.shape), code) for code in (low, high, zero)]
        drawn = rng.integers(low, high + 1, (images, *kind.shape))
        inputs[name] = np.concatenate([*fixed, drawn])
    return inputs


def assert_same_as(engine: str, path: Path, *, images: int = 2, seed: int = 0) -> bool:
    """Assert that machine and engine agree in every tensor that both have.

    Returns
    -------
    bool
        False if the engine refuses the model.
    """
    model = read(path, preset=engine).model()
    try:
        oracle = ENGINES[engine](model)
    except UnsupportedModelError:
        return False
    inputs = random_inputs(model, images=images, seed=seed)
    expected = oracle.run(inputs)
    run = run_network(model.network, inputs, spec=PAPER, tier="fast")
    assert set(model.network.outputs) <= set(expected)
    assert_equal(expected, {name: run.tensors[name] for name in expected})
    return True


def assert_equal(expected: dict[str, IntArray], computed: dict[str, IntArray]) -> None:
    """Assert that tensors are equal, naming the first one that is not."""
    for name, codes in expected.items():
        wrong = np.argwhere(codes != computed[name])
        assert not wrong.size, (
            f"{name}: {len(wrong)} of {codes.size}, first at {wrong[0]}: "
            f"{computed[name][tuple(wrong[0])]} instead of {codes[tuple(wrong[0])]}"
        )
