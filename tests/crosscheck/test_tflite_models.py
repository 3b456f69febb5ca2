"""Does the machine compute every tensor of the MLPerf Tiny models as both TFLite engines do?"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.engine.network import run_network
from qpim_emu.engine.run import Tier
from qpim_emu.frontends.tflite import read
from qpim_emu.hardware.presets import PAPER
from qpim_emu.oracle.network import reference_network
from qpim_emu.workload.network import Network
from tests.crosscheck.tflite_comparison import ENGINES, assert_equal, random_inputs
from tests.frontends.tflite_files import MODELS

if TYPE_CHECKING:
    from qpim_emu.frontends.model import Model
    from qpim_emu.typing import IntArray

IMAGES = 20
"""Random ones; three more hold the smallest code, the largest one and the zero point alone."""
LAYERS = {"resnet8": 16, "kws": 13, "vww": 31, "ad": 10}


@cache
def expected(name: str, engine: str) -> tuple[Model, dict[str, IntArray]]:
    """A model, and all its tensors by an engine."""
    if not MODELS[name].exists():
        pytest.skip("the model is not there")
    model = read(MODELS[name], preset=engine).model()
    return model, ENGINES[engine](model).run(random_inputs(model, images=IMAGES, seed=1))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", MODELS)
def test_engines_show_every_tensor(name: str, engine: str) -> None:
    model, tensors = expected(name, engine)
    assert len(model.network.nodes) == LAYERS[name]
    assert set(tensors) == set(model.network.tensors)
    assert all(len(codes) == IMAGES + 3 for codes in tensors.values())
    assert all(np.unique(codes).size > 1 for codes in tensors.values())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", MODELS)
def test_free_running(name: str, engine: str) -> None:
    model, tensors = expected(name, engine)
    inputs = {key: tensors[key] for key in model.network.inputs}
    run = run_network(model.network, inputs, spec=PAPER, tier=Tier.FAST)
    assert_equal(tensors, dict(run.tensors))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", MODELS)
def test_teacher_forced(name: str, engine: str) -> None:
    model, tensors = expected(name, engine)
    for node in model.network.nodes:
        inputs = {key: model.network.tensors[key] for key in node.inputs}
        network = Network(name=node.name, inputs=inputs, nodes=[node])
        codes = {key: tensors[key] for key in inputs}
        run = run_network(network, codes, spec=PAPER, tier=Tier.FAST)
        assert_equal({node.name: tensors[node.name]}, {node.name: run.tensors[node.name]})


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["kws", "vww", "ad"])
def test_the_oracle_agrees_on_all_images(name: str, engine: str) -> None:
    model, tensors = expected(name, engine)
    inputs = {key: tensors[key] for key in model.network.inputs}
    assert_equal(tensors, reference_network(model.network, inputs))
