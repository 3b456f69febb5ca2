"""Is the comparison with the paper seeded, complete, lawful, and the one that is committed?"""

from __future__ import annotations

import csv
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from qpim_emu.analysis.estimate import estimate_table
from qpim_emu.analysis.reproduce import NETWORKS, PROFILE, reproduce
from qpim_emu.analysis.tables import read_profile, read_table
from qpim_emu.cli import main
from qpim_emu.cost.draws import draw_parameters, narrowed, saving_intervals, uncertain
from qpim_emu.cost.presets import HMC_LIT
from qpim_emu.cost.reproduction import Reproduction, StudyRow, span
from qpim_emu.errors import InputError
from qpim_emu.hardware import PAPER
from qpim_emu.report.files import write_whole
from qpim_emu.report.plots import draw_plots
from qpim_emu.report.reproduction_files import reproduction_files, write_folder
from tests.project.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

COMMITTED = ROOT / "docs" / "reproduction"


@pytest.fixture(scope="module")
def small() -> Reproduction:
    """The comparison for two small networks."""
    return reproduce(
        spec=PAPER, parameters=HMC_LIT, networks=("LeNet", "AlexNet"), draws=20, seed=3
    )


def settings(small: Reproduction, study: str, network: str) -> dict[str, StudyRow]:
    rows = (*small.anchors, *small.ablations, *small.sensitivity)
    return {row.setting: row for row in rows if (row.study, row.network) == (study, network)}


def test_committed_run_is_what_the_model_gives() -> None:
    with (COMMITTED / "headline.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["network"] for row in rows] == [*NETWORKS, *NETWORKS]
    for row in rows:
        spec = PAPER.replace(filters_per_pass=int(row["filters_per_pass"]))
        table = read_table(row["network"])
        found = estimate_table(table, read_profile(PROFILE, table.name), spec=spec)
        price = found.total.price(spec=spec, parameters=HMC_LIT)
        assert price.saving == pytest.approx(float(row["system_saving"]), abs=1e-5)
        assert price.dram_saving == pytest.approx(float(row["dram_saving"]), abs=1e-5)
        assert price.lines_saved == pytest.approx(float(row["lines_saved"]), abs=1e-5)
        assert price.speed_up == pytest.approx(float(row["speed_up"]), abs=1e-4)


def test_what_is_uncertain() -> None:
    drawn = uncertain(HMC_LIT)
    assert "column_array_pj_per_bit" not in drawn
    assert drawn["read_fixed_share"] == (0.03, 0.69)
    assert drawn["network_pj_per_bit"] == pytest.approx((0.1, 0.3))
    assert uncertain(narrowed(HMC_LIT))["read_fixed_share"] == (0.03, 0.06)


def test_draws_are_seeded_and_within_bounds() -> None:
    bounds = uncertain(HMC_LIT)
    one, again, other = (
        [dict(p.values) for p in draw_parameters(HMC_LIT, draws=30, seed=seed)]
        for seed in (5, 5, 6)
    )
    assert one == again
    assert one != other
    for values in one:
        for name, parameter in values.items():
            low, high = bounds.get(name, (HMC_LIT[name], HMC_LIT[name]))
            assert low <= parameter.value <= high


def test_interval_of_one_draw_is_a_point() -> None:
    found = estimate_table(read_table("LeNet"), read_profile("uniform8", "LeNet"), spec=PAPER)
    system, dram = saving_intervals(found.total, [HMC_LIT], spec=PAPER)
    price = found.total.price(spec=PAPER, parameters=HMC_LIT)
    assert system == (price.saving, price.saving)
    assert dram == (price.dram_saving, price.dram_saving)


def test_headline_holds_every_network_and_dataflow(small: Reproduction) -> None:
    assert [(row.network, row.filters_per_pass) for row in small.headline] == [
        (network, filters) for filters in (1, 16) for network in ("LeNet", "AlexNet")
    ]
    for row in small.headline:
        low, high = row.narrow_interval
        assert low <= row.price.saving <= high
        assert row.system_interval[0] < low
    assert span(small.headline, 1, without="LeNet") == (small.headline[1].price.saving,) * 2
    assert span(small.headline[:1], 1, without="LeNet") == (small.headline[0].price.saving,) * 2


def test_uniform_sixteen_saves_exactly_nothing(small: Reproduction) -> None:
    for network in small.networks:
        row = settings(small, "uniform widths", network)["uniform16"]
        assert (row.saving, row.dram_saving, row.lines_saved, row.speed_up) == (0, 0, 0, 1)


def test_ablations_take_away_what_they_say(small: Reproduction) -> None:
    rows = settings(small, "ablation", "AlexNet")
    assert rows["no dual reads"].speed_up == rows["no gating"].speed_up == 1
    assert rows["no dual reads"].lines_saved == rows["as in the headline"].lines_saved
    assert rows["no gating"].lines_saved == 0
    assert rows["activations only"].lines_saved < rows["as in the headline"].lines_saved
    coarser = [rows["as in the headline"], *(rows[f"gating granularity {g}"] for g in (2, 4, 8))]
    savings = [row.saving for row in [*coarser, rows["no gating"]]]
    assert savings == sorted(savings, reverse=True)


@pytest.mark.parametrize(
    "study",
    [
        "fixed share on top of a read",
        "fixed share within a read",
        "static power",
        "blocks per activation",
        "gating scope",
    ],
)
def test_savings_fall_along_every_sensitivity(small: Reproduction, study: str) -> None:
    savings = [row.saving for row in settings(small, study, "AlexNet").values()]
    assert len(savings) > 2
    assert all(before > after for before, after in pairwise(savings))


def test_a_share_within_a_read_leaves_the_baseline_alone(small: Reproduction) -> None:
    # both shares of 0.05 mean the same but for 0.05 of 0.05
    on_top = settings(small, "fixed share on top of a read", "AlexNet")["0.05"]
    within = settings(small, "fixed share within a read", "AlexNet")["0.05"]
    assert within.saving == pytest.approx(on_top.saving, abs=0.002)
    assert within.saving < on_top.saving


def test_files_say_what_is_theirs_and_what_is_not(small: Reproduction) -> None:
    files = reproduction_files(small, {})
    text = str(files["report.md"])
    for words in (
        "falls by 39.1%\nto 50.4%",
        "chosen after the fact",
        "20 draws\n(seed 3)",
        "R recalled from the papers, not verified",
        "| `tsv_pj_per_bit` | pJ/bit | 0.8 | 0.4 .. 0.8 | yes | derived |",
        "(unknown) | yes | assumed",
        "| `timing.tck_ns` | 0.8 | published |",
        "## Ablations",
        "gating scope",
    ):
        assert words in text
    assert len(str(files["studies.csv"]).splitlines()) == 1 + sum(
        len(rows) for rows in (small.anchors, small.ablations, small.sensitivity)
    )
    assert len(str(files["terms.csv"]).splitlines()) == 1 + 4 * 12


def test_plots_are_drawn_and_do_not_change(small: Reproduction) -> None:
    plots = draw_plots(small)
    assert list(plots) == ["savings.png", "terms.png", "sensitivity.png"]
    assert all(png.startswith(b"\x89PNG") for png in plots.values())
    assert plots == draw_plots(small)


def test_command_writes_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "folder"
    arguments = ["cost", "reproduce", "--out", str(folder), "--network", "LeNet", "--draws", "3"]
    assert main([*arguments, "--no-plots"]) == 0
    assert {path.name for path in folder.iterdir()} == {
        "report.md",
        "headline.csv",
        "terms.csv",
        "studies.csv",
    }
    assert "paper: 39.1% .. 50.4%" in capsys.readouterr().out


def test_plots_need_matplotlib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["cost", "reproduce", "--out", str(tmp_path / "x")]) == 2
    assert "pip install 'qpim-emu[plots]'" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="folder must be writable"):
        write_folder(tmp_path / "file" / "folder", {})


def test_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match=r"thing must be writable, got .*taken"):
        write_whole(tmp_path / "taken", "text", field="thing")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
