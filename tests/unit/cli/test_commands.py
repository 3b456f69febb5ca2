"""Do the commands print what they promise, and end with the right status on bad input?"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

import qpim_emu as qe
from qpim_emu.analysis import session as session_module
from qpim_emu.analysis.check import check_run
from qpim_emu.cli import main
from qpim_emu.report.document import load_report
from qpim_emu.workload.network_file import Examples, save_examples, save_network

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def network_files(tmp_path: Path) -> tuple[Path, Path]:
    """A small network and two inputs for it."""
    layer = qe.Linear(weights=[[1, -2, 3], [0, 7, -8]], weight_type="int4", activation_type="uint4")
    kind = qe.TensorType(shape=(3,), format="uint4")
    save_network(qe.Network.chain("tiny", kind, {"dense": layer}), tmp_path / "tiny.npz")
    codes = np.array([[1, 2, 3], [15, 0, 15]])
    save_examples(Examples(inputs={"input": codes}, labels=np.array([0, 1])), tmp_path / "x.npz")
    return tmp_path / "tiny.npz", tmp_path / "x.npz"


def test_run_shows_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--tier", "fast", "--images", "3"]) == 0
    shown = capsys.readouterr().out
    for words in (
        "digits-layerwise: 6 layers, 3 images, machine paper",
        "conv4      32x4x4  3/4",
        "label     2 9 7",
        "decision  2 9 7",
        "3 of 3 right (100.00%)",
        "Beside its 16-bit twin",
        "data lines enabled by reads",
        "A gated word: layer conv1",
        "A dual read: layer depthwise2",
    ):
        assert words in shown


def test_run_any_network(
    network_files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    network, examples = map(str, network_files)
    assert main(["run", network, "--input", examples, "--preset", "toy"]) == 0
    assert "the same codes as whole words" in capsys.readouterr().out


def test_json_reads_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.json"
    assert main(["run", "--tier", "fast", "--images", "2", "--json", str(path)]) == 0
    report = load_report(path)
    assert report.accuracy == 1.0
    assert report.total.macs == 2 * 203072
    assert report.total.exact is True
    assert [row.name for row in report.rows][:2] == ["conv1", "depthwise2"]
    assert report.baseline_counters is not None
    assert report.baseline_counters["gated"] == 0
    assert "overflows" not in report.baseline_counters
    assert json.loads(path.read_text())["version"] == 2
    capsys.readouterr()


def test_mismatch_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A node whose check fails is named, and the status says so."""
    real = check_run

    def broken(result: qe.NetworkResult) -> object:
        result.nodes["linear5"].outputs[0, 3] ^= 1
        return real(result)

    monkeypatch.setattr(session_module, "check_run", broken)
    assert main(["run", "--tier", "fast", "--images", "1"]) == 1
    assert "NOT bit-exact: linear5" in capsys.readouterr().out


BAD = [
    (["run", "nowhere.npz", "--input", "x.npz"], "nowhere.npz"),
    (["run", "--images", "361", "--tier", "fast"], "--images must be at most the 360 examples"),
    (["run", "--images", "0"], "--images"),
    (["run", "--tier", "warp"], "tier must be one of literal, fast, got 'warp'"),
    (["run", "--preset", "huge"], "preset must be"),
    (["run", "--preset", "toy"], "layer must fit into 1024 blocks of vault"),
    (["run", "--spec", "nowhere.toml"], "nowhere.toml"),
    (["run", "--preset", "toy", "--spec", "m.toml"], "--preset and --spec must not both be given"),
    (["inspect", "nowhere.npz"], "nowhere.npz"),
    (["walk"], "No such command 'walk'"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[" ".join(a) for a, _ in BAD])
def test_bad_input_ends_with_two(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert "Traceback" not in shown.err


def test_network_without_inputs_is_refused(
    network_files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(network_files[0])]) == 2
    assert "--input must name an examples file" in capsys.readouterr().err


def test_report_that_cannot_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", "--tier", "fast", "--images", "1", "--json", "/nowhere/report.json"]
    assert main(arguments) == 2
    assert "report file must be writable, got /nowhere/report.json" in capsys.readouterr().err


def test_interrupt_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session_module, "run_network_in_parts", interrupted)
    assert main(["run"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_inspect_lists_layers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect"]) == 0
    shown = capsys.readouterr().out
    for words in ("conv1", "q31_double", "scale_bias_shift", "moves codes", "unfolded, filters"):
        assert words in shown


def test_inspect_says_what_stops_a_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "--preset", "toy"]) == 0
    assert "conv4: layer must fit into 1024 blocks" in capsys.readouterr().out


def test_info(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--selftest", "--seconds", "0"]) == 0
    shown = capsys.readouterr().out
    for words in ("qpim-emu    0.1.0", "numpy", "processor", "exact sums up to 2**24", "passed: 1"):
        assert words in shown


def test_spec_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "machine.toml"
    path.write_text('base = "paper"\nname = "no pairs"\nmax_blocks_per_read = 1\n')
    assert main(["run", "--tier", "fast", "--images", "1", "--spec", str(path)]) == 0
    assert "machine no pairs" in capsys.readouterr().out


def test_module_entry_has_the_status() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "qpim_emu", "run", "--tier", "warp"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("qpim: error: tier must be")
