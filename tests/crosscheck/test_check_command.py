"""Does `qpim check` print, write and return what it promises, also on bad input?"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.cli import main
from qpim_emu.cli.check_table import show_result
from qpim_emu.cli.console import make_console
from qpim_emu.crosscheck import numpy_oracle
from qpim_emu.crosscheck.check import Pair
from qpim_emu.errors import OracleUnsoundError
from qpim_emu.workload.network_file import Examples, save_examples, save_network
from tests.crosscheck.fakes import FakeOracle, check, small_model, small_network

if TYPE_CHECKING:
    from pathlib import Path

    from qpim_emu.crosscheck.oracle import Oracle
    from qpim_emu.frontends.model import Model


@pytest.fixture
def small(tmp_path: Path) -> str:
    save_network(small_network(), tmp_path / "small.npz")
    return str(tmp_path / "small.npz")


def plant(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:  # noqa: ANN401 - of FakeOracle
    """Let the oracle called numpy be wrong."""

    def opened(model: Model) -> FakeOracle:
        return FakeOracle(model.network, **fields)

    monkeypatch.setattr(numpy_oracle, "open_oracle", opened)


def test_agreement_is_shown_and_ends_with_zero(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.json"
    arguments = ["check", small, "--oracle", "numpy", "--images", "2", "--json", str(path)]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    for words in (
        "small (network) against numpy, on machine paper, tier fast: 2 random images (seed 0)",
        "images (seed 0), all-min, all-max, all-zero-point",
        "note: numpy is this project's own oracle",
        "conv      Conv2d         480          exact        exact",
        "5 of 5 tensors shown by numpy",
        "every element agrees",
    ):
        assert words in shown
    report = json.loads(path.read_text())
    assert (report["format"], report["version"]) == ("qpim-check-report", 1)
    assert report["exact"] is True
    assert [node["name"] for node in report["nodes"]] == [
        node.name for node in small_network().nodes
    ]


def test_differences_are_described_and_end_with_one(
    small: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    element = (1, 2, 3, 4)
    plant(monkeypatch, flips={"conv": [element]})
    path = tmp_path / "report.json"
    arguments = ["check", small, "--oracle", "numpy", "--images", "2", "--json", str(path)]
    assert main(arguments) == 1
    shown = capsys.readouterr().out
    report = json.loads(path.read_text())
    assert report["exact"] is False
    (conv,) = (node for node in report["nodes"] if node["name"] == "conv")
    (found,) = conv["teacher_forced"]["mismatches"]
    assert found["element"] == list(element)
    assert set(found["place"]) == {"vault", "bank", "row", "column", "word", "array", "lane"}
    for words in (
        "1 differ",
        "conv, teacher-forced: 1 of 480 differ, by at most 1",
        f"element {list(element)} ({list(element)} in the file) of random 1: expected ",
        f"expected {found['expected']}, got {found['got']}",
        f"accumulator {found['accumulator']}, unrounded code ",
        f"at vault {found['place']['vault']}, bank {found['place']['bank']}, row ",
        "it differs by one",
        "not compared",
        "NOT the same",
    ):
        assert words in shown


def test_given_inputs_and_the_literal_tier(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = np.zeros((2, 2, 4, 6), np.int64)
    save_examples(Examples(inputs={"image": codes}), tmp_path / "x.npz")
    arguments = ["--input", str(tmp_path / "x.npz"), "--images", "1", "--tier", "literal"]
    assert main(["check", small, "--oracle", "numpy", *arguments]) == 0
    assert "tier literal: 1 given image\n" in capsys.readouterr().out


def test_precision_is_followed_by_our_own_oracle_only(
    small: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--precision", "conv=W3A8:round", "--images", "1"]
    assert main(["check", small, "--oracle", "numpy", *arguments]) == 0
    assert "conv: re-quantized to W3A8" in capsys.readouterr().out


def test_precision_is_no_matter_of_engines_that_run_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.tflite").write_bytes(b"\x1c\0\0\0TFL3")
    arguments = ["--precision", "conv=W3A8", "--oracle", "tflm"]
    assert main(["check", str(tmp_path / "x.tflite"), *arguments]) == 2
    assert "--precision must be left out with --oracle tflm" in capsys.readouterr().err


BAD = [
    (["--oracle", "tf"], "oracle must be one of tflm"),
    (["--oracle", "tflm"], "oracle tflm runs models of tflite; for network it must be numpy"),
    (["--oracle", "qonnx"], "oracle qonnx runs models of qonnx; for network it must be numpy"),
    ([], "Missing option '--oracle'"),
    (["--oracle", "numpy", "--tier", "warp"], "tier must be one of"),
    (["--oracle", "numpy", "--json", "/nowhere/x.json"], "check report must be writable"),
    (["--oracle", "numpy", "--requantize", "tf"], "requantize preset must be one of tflm"),
    (["--oracle", "numpy", "--precision", "conv"], "--precision must be LAYER=W4A8"),
    (
        ["--oracle", "numpy", "--precision", "conv=W3", "--precision", "conv=W2"],
        "--precision must be LAYER=W4A8, each layer once, got 'conv=W2'",
    ),
    (["--oracle", "numpy", "--precision", "x=W4"], "precision must be for one of conv, dense"),
    (["--oracle", "numpy", "--preset", "toy", "--spec", "m.toml"], "must not both be given"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[" ".join(a) for a, _ in BAD])
def test_bad_input_ends_with_two(
    small: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", small, *arguments]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert "Traceback" not in shown.err


def test_an_unsound_engine_ends_with_two(
    small: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unsound(_: Model) -> Oracle:
        msg = "oracle unsound on this CPU: 255 x 127 must be 32385, got 32767"
        raise OracleUnsoundError(msg)

    monkeypatch.setattr(numpy_oracle, "open_oracle", unsound)
    assert main(["check", small, "--oracle", "numpy"]) == 2
    assert "oracle unsound on this CPU" in capsys.readouterr().err


def test_names_out_of_files_are_shown_as_they_are(
    small: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(monkeypatch, notes=("[red]\x1b[2J",))
    assert main(["check", small, "--oracle", "numpy", "--images", "0"]) == 0
    assert r"note: [red]\x1b[2J" in capsys.readouterr().out


def test_what_only_the_whole_run_gets_wrong_is_described(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A machine whose nodes are right alone and wrong together: no remark, so it is told."""
    model = small_model()
    wrong = check(model, FakeOracle(model.network, flips={"conv": [(0, 0, 0, 0)]}))
    right = check(model, FakeOracle(model.network))
    nodes = {
        name: Pair(forced=pair.forced, free=wrong.nodes[name].free)
        for name, pair in right.nodes.items()
    }
    show_result(make_console(), replace(right, nodes=nodes))
    shown = capsys.readouterr().out
    assert "conv, free-running: 1 of 480 differ" in shown.replace("#1 ", "")
    assert "teacher-forced:" not in shown
    assert "NOT the same" in shown
