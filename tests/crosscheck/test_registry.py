"""Is an engine imported only when it is asked for, with a hint where it is not installed?"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from qpim_emu.crosscheck.check import check_model
from qpim_emu.crosscheck.inputs import seeded_batch
from qpim_emu.crosscheck.registry import ORACLES, find_oracle, open_oracle
from qpim_emu.errors import InputError, MissingExtraError, UnsupportedModelError
from qpim_emu.frontends.kinds import Kind
from qpim_emu.frontends.presets import PRESETS
from qpim_emu.hardware.presets import PAPER
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv2d
from qpim_emu.workload.network import Network, Node
from tests.crosscheck.fakes import small_model

ENGINES = [name for name, entry in ORACLES.items() if entry.package]


def test_names_are_those_of_the_command() -> None:
    assert set(ORACLES) == {*ENGINES, "numpy"}
    assert len(ENGINES) == 5
    presets = {entry.preset for entry in ORACLES.values()} - {None}
    assert presets < set(PRESETS)


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_that_is_not_installed_says_how_to_install_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = find_oracle(name)
    monkeypatch.setitem(sys.modules, entry.package, None)
    model = replace(small_model(), kind=min(entry.kinds))
    with pytest.raises(MissingExtraError, match=rf"pip install 'qpim-emu\[{entry.extra}\]'"):
        open_oracle(name, model)


def test_unknown_names_and_other_formats_are_refused() -> None:
    with pytest.raises(InputError, match=r"oracle must be one of tflm, .* numpy, got 'tf'"):
        find_oracle("tf")
    with pytest.raises(InputError, match="oracle tflm runs models of tflite; for network it must"):
        open_oracle("tflm", small_model())
    model = replace(small_model(), kind=Kind.TFLITE)
    with pytest.raises(InputError, match="for tflite it must be tflm, litert-ref, numpy"):
        open_oracle("qonnx", model)


def test_our_own_oracle_runs_any_network() -> None:
    model = small_model()
    oracle = open_oracle("numpy", model)
    result = check_model(model, oracle, seeded_batch(model, images=1, seed=0), spec=PAPER)
    assert result.is_exact
    assert result.shown == 5
    assert "own oracle" in oracle.notes[0]


def test_our_own_oracle_leaves_saturation_to_the_machine() -> None:
    model = small_model()
    layer = model.network.layers["conv"]
    assert isinstance(layer, Conv2d)
    step = replace(layer, accumulator=Accumulator(bits=32, overflow="saturate"))
    nodes = [Node(name="conv", step=step, inputs=("image",))]
    network = Network(name="s", inputs=model.network.inputs, nodes=nodes)
    with pytest.raises(UnsupportedModelError, match="layer 'conv': it saturates"):
        open_oracle("numpy", replace(model, network=network))


def test_the_framework_imports_no_engine() -> None:
    code = (
        "import sys, qpim_emu.crosscheck.registry, qpim_emu.crosscheck.check, qpim_emu.frontends\n"
        f"found = {[*{entry.package for entry in ORACLES.values()}]!r} + ['tflite', 'google']\n"
        "print([name for name in found if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
