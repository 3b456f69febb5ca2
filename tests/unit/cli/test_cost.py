"""Do the cost commands print and write what they promise, and refuse what makes no sense?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from qpim_emu.cli import main
from qpim_emu.cost.terms import Term
from qpim_emu.report.document import load_report
from qpim_emu.report.recost import totals_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def saved_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The JSON report of a run of one image."""
    path = tmp_path_factory.mktemp("runs") / "run.json"
    assert main(["run", "--tier", "fast", "--images", "1", "--json", str(path)]) == 0
    return path


def test_layers_terms_and_labels(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "energy", "AlexNet", "--profile", "stripes_loom_99"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for words in (
        "AlexNet, machine paper, parameters hmc-lit",
        "profile stripes_loom_99 [V(act) R(wgt)]: Stripes",
        "V seen verbatim in a public file, R recalled from the papers, not verified",
        "conv1 11/9",
        "total",
        "column array",
        "logic static",
    ):
        assert words in shown


def test_json_adds_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "e.json"
    assert main(["cost", "energy", "LeNet", "--profile", "uniform8", "--json", str(path)]) == 0
    document = json.loads(path.read_text())
    assert (document["format"], document["version"]) == ("qpim-energy-report", 1)
    assert list(document["total"]["terms_pj"]) == list(Term)
    for term, value in document["total"]["terms_pj"].items():
        layers = [layer["terms_pj"][term] for layer in document["layers"]]
        assert value == pytest.approx(sum(layers))
    capsys.readouterr()


def test_saved_run_is_priced_again(saved_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = saved_run.parent
    for name in ("hmc-lit", "ds3-idd"):
        arguments = ["cost", "energy", str(saved_run), "--parameters", name]
        assert main([*arguments, "--json", str(folder / name)]) == 0
    capsys.readouterr()
    literature, simulator = (
        json.loads((folder / name).read_text())["total"] for name in ("hmc-lit", "ds3-idd")
    )
    report = load_report(saved_run)
    totals = totals_of(report.counters, report.macs_by_width)
    assert sum(totals.macs.values()) == report.total.macs
    reads = literature["terms_pj"]["column_array"]
    assert reads == pytest.approx(1.51 * report.counters["enabled"])
    assert simulator["terms_pj"]["column_array"] == pytest.approx(reads * 0.645 / 1.51)
    assert simulator["cycles"] == literature["cycles"] == report.total.cycles


def test_parameter_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('base = "hmc-lit"\nname = "mine"\n[parameters.tsv_pj_per_bit]\nvalue = 0.1\n')
    assert main(["cost", "energy", "digits", "--parameters", str(path)]) == 0
    assert "parameters mine" in capsys.readouterr().out


BAD = [
    (["energy", "nowhere.npz"], "nowhere.npz"),
    (["energy", "nowhere.json"], "report file must be readable JSON"),
    (["energy", "AlexNet", "--profile", "best"], "profile of AlexNet must be one of"),
    (["energy", "AlexNet", "--parameters", "best"], "parameters must be one of hmc-lit"),
    (["energy", "AlexNet", "--parameters", "no.toml"], "path must be a readable UTF-8 file"),
    (["energy", "AlexNet", "--preset", "toy"], "layer must fit into 1024 blocks"),
    (["energy", "digits", "--profile", "uniform8"], "--profile must be left out"),
    (["energy", "x.json", "--preset", "toy"], "--preset and --spec must be left out"),
    (["energy", "AlexNet", "--switching", "measured"], "must hold bus_toggles, tsv_toggles"),
    (["energy", "AlexNet", "--images", "2"], "--images must be left out unless"),
    (["energy", "digits", "--switching", "best"], "switching must be one of assumed, measured"),
    (
        ["energy", "digits", "--switching", "measured", "--profile", "uniform8"],
        "--profile must be left out",
    ),
    (["walk"], "No such command 'walk'"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[" ".join(a) for a, _ in BAD])
def test_bad_input_ends_with_two(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cost", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_damaged_widths_are_refused(saved_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = saved_run.read_text().replace('"8x5"', '"8 by 5"')
    bad = saved_run.with_name("bad.json")
    bad.write_text(text)
    assert main(["cost", "energy", str(bad)]) == 2
    assert "macs_by_width must be by <weight bits>x<activation bits>" in capsys.readouterr().err


def test_run_without_baseline_is_refused(
    saved_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(saved_run.read_text())
    bad = saved_run.with_name("alone.json")
    bad.write_text(json.dumps({**document, "baseline_counters": None}))
    assert main(["cost", "energy", str(bad)]) == 2
    assert "report must have a baseline" in capsys.readouterr().err


def test_groups_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--help"]) == 0
    assert "energy" in capsys.readouterr().out
