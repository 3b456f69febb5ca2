"""Do `qpim inspect`, `run` and `check` take models of other tools, and say what stops one?"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.cli import main
from qpim_emu.workload.network_file import Examples, save_examples
from tests.project.repository import ROOT

for package in ("tflite", "tflite_micro", "ai_edge_litert"):
    pytest.importorskip(package)

from tests.frontends.tflite_models import Op, Tensor, make_model  # noqa: E402 - needs the package

if TYPE_CHECKING:
    from pathlib import Path

MODELS = ROOT.parent / "shared" / "models"
LONG = "model/" + "a_very_long_name/" * 20


def classifier(*, refused: bool = False) -> bytes:
    """Fully connected layers; the first has scales that make double rounding show."""
    rng = np.random.default_rng(0)
    middle = "ELU" if refused else "RELU"
    tensors = [
        Tensor(shape=[1, 8], scale=0.5, name="in"),
        Tensor(shape=[6, 8], scale=0.5, data=rng.integers(-9, 9, (6, 8)), name="w0"),
        Tensor(shape=[1, 6], scale=1.0, zero_point=3, name=f"{LONG}first"),
        Tensor(shape=[1, 6], scale=1.0, zero_point=3, name=f"{LONG}second"),
        Tensor(shape=[3, 6], scale=0.25, data=rng.integers(-9, 9, (3, 6)), name="w1"),
        Tensor(shape=[1, 3], scale=1.0, name="scores"),
    ]
    operators = [
        Op(kind="FULLY_CONNECTED", inputs=[0, 1], outputs=[2]),
        Op(kind=middle, inputs=[2], outputs=[3]),
        Op(kind="FULLY_CONNECTED", inputs=[3, 4], outputs=[5]),
    ]
    return make_model(tensors, operators, inputs=[0], outputs=[5])


@pytest.fixture
def model(tmp_path: Path) -> str:
    (tmp_path / "classes.tflite").write_bytes(classifier())
    return str(tmp_path / "classes.tflite")


@pytest.fixture
def refused(tmp_path: Path) -> str:
    (tmp_path / "elu.tflite").write_bytes(classifier(refused=True))
    return str(tmp_path / "elu.tflite")


def test_inspect_lists_formats_zero_points_and_modes(
    model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", model, "--requantize", "litert-ref"]) == 0
    shown = capsys.readouterr().out
    for words in ("classes: reads in, 8 int8, on paper", "f64_away zp 3", "int8 zp 3", "#5 scores"):
        assert words in shown
    assert max(map(len, shown.splitlines())) <= 110


def test_inspect_says_all_that_stops_a_model(
    refused: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", refused]) == 0
    shown = capsys.readouterr().out
    for words in ("refused because of 1 operator", "ELU", "REFUSED", "f64_away", "q31_double"):
        assert (words in shown) == (words != "f64_away")
    assert re.search(r"^ELU '.*second': operator must be one of ADD", shown, re.MULTILINE)


@pytest.mark.parametrize(
    "command", [["run", "--tier", "fast"], ["check", "--oracle", "tflm"]], ids=lambda c: c[0]
)
def test_other_commands_refuse_such_a_model(
    refused: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command[0], refused, *command[1:]]) == 2
    assert "ELU '" in capsys.readouterr().err


def test_run_draws_inputs_where_none_are_given(
    model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", model, "--tier", "fast", "--images", "2"]) == 0
    shown = capsys.readouterr().out
    assert "note: no --input: 2 random images (seed 0)" in shown
    assert "classes: 2 layers, 2 images, machine paper" in shown
    assert "model/a_very_..." in shown


def test_run_takes_examples_and_precisions(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_examples(Examples(inputs={"in": np.zeros((3, 8), np.int64)}), tmp_path / "x.npz")
    arguments = ["--input", str(tmp_path / "x.npz"), "--precision", "#5=W4A8", "--tier", "fast"]
    assert main(["run", model, *arguments]) == 0
    shown = capsys.readouterr().out
    assert "note: scores: narrowed to W4A8" in shown
    assert "no --input" not in shown
    assert " 4/8 " in shown


def test_a_built_in_network_takes_precisions_on_its_own_examples(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--images", "2", "--tier", "fast", "--precision", "conv1=W4"]
    assert main(["run", "digits", *arguments]) == 0
    shown = capsys.readouterr().out
    assert "conv1: narrowed to W4A5" in shown
    assert "decision" in shown


@pytest.mark.parametrize("oracle", ["tflm", "litert-ref"])
def test_check_follows_the_preset_of_the_oracle(
    model: str, oracle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", model, "--oracle", oracle, "--images", "50"]) == 0
    assert f"requantized as {oracle}) against {oracle}" in capsys.readouterr().out


def test_check_names_the_preset_that_explains_a_difference(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.json"
    arguments = ["--oracle", "litert-ref", "--requantize", "tflm", "--images", "50"]
    assert main(["check", model, *arguments, "--json", str(path)]) == 1
    shown = capsys.readouterr().out
    assert "agrees under preset litert-ref (mode f64_away)" in shown
    nodes = json.loads(path.read_text())["nodes"]
    assert nodes[0]["name"] == f"{LONG}first"
    assert max(map(len, shown.splitlines())) < len(LONG)


@pytest.mark.skipif(not MODELS.exists(), reason="the models lie outside the repository")
def test_check_of_a_real_model(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(MODELS / "mlperf_tiny_ad_int8.tflite")
    assert main(["check", path, "--oracle", "tflm", "--images", "3"]) == 0
    assert "10 of 10 tensors shown by tflm" in capsys.readouterr().out
    arguments = ["--oracle", "tflm", "--requantize", "litert-ref", "--images", "3"]
    assert main(["check", path, *arguments]) == 1
    assert "agrees under preset tflm (mode q31_double)" in capsys.readouterr().out
