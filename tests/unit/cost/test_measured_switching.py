"""Do measured toggles price the bus and the TSVs, and nothing else, and are the docs' of today?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.analysis.baseline import ungated_spec, whole_word_network
from qpim_emu.analysis.measured import TWIN, WHOLE_WORDS, measure_network
from qpim_emu.analysis.session import open_session, read_network
from qpim_emu.arith.formats import Int
from qpim_emu.arith.window import Window
from qpim_emu.cli import main
from qpim_emu.cost import PRESETS, Energy, Parameters, Term, Totals, energy
from qpim_emu.cost.presets import HMC_LIT
from qpim_emu.cost.totals import MEASURED, PRICED
from qpim_emu.data import digits
from qpim_emu.engine.run import Tier, run_layer
from qpim_emu.errors import InputError
from qpim_emu.hardware import PAPER, TOY
from qpim_emu.hardware.switching import Switching
from qpim_emu.report.switching import ROWS, comparisons
from qpim_emu.workload.layers import Linear
from qpim_emu.workload.network import Network, Node, TensorType
from qpim_emu.workload.network_file import Examples, save_examples, save_network
from qpim_emu.workload.requantize import Requantize
from tests.project.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ENABLED, WRITTEN = 640, 512
COUNTS = {
    **dict.fromkeys(PRICED, 7),
    "enabled": ENABLED,
    "written_bits": WRITTEN,
    "tsv_bits": ENABLED + WRITTEN,
}


def spend(
    toggles: tuple[int, int], parameters: Parameters = HMC_LIT, switching: str = "measured"
) -> Energy:
    """Energy of `COUNTS` with toggles of the bus and of the TSVs."""
    totals = Totals(counts=COUNTS | dict(zip(MEASURED, toggles, strict=True)), macs={(4, 4): 9})
    return energy(totals, cycles=100, spec=TOY, parameters=parameters, switching=switching)


def test_terms_by_hand() -> None:
    spent = spend((300, 200)).terms
    assert spent[Term.COLUMN_BUS] == pytest.approx(1.17 * 300 * 2)
    assert spent[Term.TSV] == pytest.approx(0.80 * 200 * 2)
    assert spent[Term.WRITE] == pytest.approx((2.68 - 1.17) * 512)


def test_nothing_else_changes() -> None:
    measured, assumed = spend((300, 200)).terms, spend((300, 200), switching="assumed").terms
    differing = {term for term in Term if measured[term] != assumed[term]}
    assert differing == {Term.COLUMN_BUS, Term.TSV, Term.WRITE}


@pytest.mark.parametrize("parameters", PRESETS.values(), ids=PRESETS.keys())
def test_half_the_lines_cost_what_is_assumed(parameters: Parameters) -> None:
    half = (ENABLED + WRITTEN) // 2
    measured = spend((half, half), parameters)
    assumed = spend((half, half), parameters, "assumed")
    assert measured.total_pj == pytest.approx(assumed.total_pj, rel=1e-12)
    assert measured.dram_pj == pytest.approx(assumed.dram_pj, rel=1e-12)
    still = spend((0, 0), parameters).terms
    assert still[Term.COLUMN_BUS] == still[Term.TSV] == 0
    assert still[Term.COLUMN_ARRAY] == measured.terms[Term.COLUMN_ARRAY]


def test_writes_never_cost_less_than_nothing() -> None:
    assert spend((0, 0), HMC_LIT.replace(write_pj_per_bit=1.0)).terms[Term.WRITE] == 0


@pytest.mark.parametrize("tier", list(Tier))
def test_energy_of_the_worked_example(tier: Tier) -> None:
    # docs/semantics.md, section 16: vault 0 toggles 16 + 16 + 8 lines, vault 1 16 + 16 + 5
    layer = Linear(
        weights=[[1] * 8, [2, 0] * 4],
        weight_type=Int(4),
        activation_type=Int(4),
        bias=[10, 0],
        requantize=Requantize(mode="shift", shift=1, rounding="half_even", low=-8, high=7),
    )
    ran = run_layer(
        layer, [[1, -2, 3, -4, 5, -6, 7, -8]], spec=TOY, tier=tier, switching=Switching.MEASURED
    )
    spent = energy(
        ran.counters, cycles=ran.cycles, spec=TOY, parameters=HMC_LIT, switching="measured"
    )
    assert spent.terms[Term.COLUMN_BUS] == pytest.approx(1.17 * (40 + 37) / 0.5)
    assert spent.terms[Term.TSV] == pytest.approx(0.80 * (40 + 37) / 0.5)
    assert spent.terms[Term.COLUMN_ARRAY] == pytest.approx(1.51 * 2 * 4 * 4 * 4)


def test_counters_without_toggles_are_refused() -> None:
    totals = Totals(counts=COUNTS)
    with pytest.raises(InputError, match="must hold bus_toggles, tsv_toggles for measured"):
        energy(totals, cycles=1, spec=TOY, parameters=HMC_LIT, switching="measured")
    with pytest.raises(InputError, match="must hold bus_toggles, tsv_toggles for measured"):
        _ = totals.toggled
    with pytest.raises(InputError, match="switching must be one of assumed, measured"):
        energy(totals, cycles=1, spec=TOY, parameters=HMC_LIT, switching="guessed")


def test_sums_hold_toggles_where_all_parts_do() -> None:
    one = Totals(counts=COUNTS | dict.fromkeys(MEASURED, 5))
    assert (Totals.zero() + one + one).toggles == dict.fromkeys(MEASURED, 10)
    assert one.toggled == 5 / (ENABLED + WRITTEN)
    assert Totals.zero().toggled == 0
    assert not set(MEASURED) & set((one + Totals(counts=COUNTS)).counts)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The figures of the command that the docs name."""
    path = tmp_path_factory.mktemp("energy") / "e.json"
    assert main(["cost", "energy", "digits", "--switching", "measured", "--json", str(path)]) == 0
    found: dict[str, object] = json.loads(path.read_text())
    return found


def test_the_docs_figures_are_those_of_today(document: dict[str, object]) -> None:
    measured = document["measured"]
    assert isinstance(measured, dict)
    found = measured["comparisons"]
    lines = (ROOT / "docs" / "reproduction.md").read_text(encoding="utf-8").splitlines()
    beside = " | ".join(one["baseline"] for one in found)
    images = measured["images"]
    assert f"| layerwise digits network, {images} images, beside | {beside} |" in lines
    for name, text in ROWS.items():
        shares = " | ".join(f"{100 * one[name]:.1f} %" for one in found)
        assert f"| {text} | {shares} |" in lines


def test_the_docs_figures_for_other_parameters_are_those_of_today() -> None:
    twin, whole = comparisons(measure_network("digits", spec=PAPER), PRESETS["hbm2-measured"])
    text = " ".join((ROOT / "docs" / "reproduction.md").read_text(encoding="utf-8").split())
    pairs = [
        f"{100 * getattr(twin, name):.1f} % and {100 * getattr(whole, name):.1f} %"
        for name in ("measured_saving", "assumed_saving")
    ]
    expected = f"`hbm2-measured` the savings are {pairs[0]}, where the assumption gives {pairs[1]}."
    assert expected in text


def test_the_layers_add_up_to_the_measured_total(document: dict[str, object]) -> None:
    layers, total, measured = document["layers"], document["total"], document["measured"]
    assert isinstance(layers, list)
    assert isinstance(total, dict)
    assert isinstance(measured, dict)
    assert document["switching"] == "measured"
    for term, value in total["terms_pj"].items():
        assert value == pytest.approx(sum(layer["terms_pj"][term] for layer in layers))
    assert total["saving"] == pytest.approx(measured["comparisons"][0]["measured_saving"])


def test_baselines_run_the_same_images() -> None:
    found = measure_network("digits", images=1, spec=PAPER)
    assert (found.images, list(found.estimates)) == (1, [TWIN, WHOLE_WORDS])
    alone = measure_network("digits", digits.EXAMPLES, images=1, spec=PAPER)
    assert list(alone.estimates) == [WHOLE_WORDS]
    codes = [
        open_session(name, None, images=20, spec=PAPER, tier=Tier.FAST)
        for name in ("digits", "digits-16bit")
    ]
    assert codes[0].labels is not None
    assert codes[1].labels is not None
    assert codes[0].labels.tolist() == codes[1].labels.tolist()


def test_sixteen_bits_save_nothing_measured_either() -> None:
    total = measure_network("digits-16bit", images=1, spec=PAPER).main.total
    price = total.price(spec=PAPER, parameters=HMC_LIT, switching="measured")
    assert price.energy == price.baseline
    assert 0 < total.count.totals.toggled < 0.5


def test_whole_words_keep_shapes_and_signs() -> None:
    network = read_network("digits")
    whole = whole_word_network(network, ungated_spec(PAPER)).layers
    assert str(whole["conv1"].activation_window) == "uint16"
    assert str(whole["conv1"].weight_window) == "int16"
    assert whole["pointwise3"].activation_zero_point == 8
    assert whole.keys() == network.layers.keys()


def test_codes_that_a_window_cuts_are_refused(tmp_path: Path) -> None:
    layer = Linear(
        weights=np.ones((1, 4), np.int64),
        weight_type="int4",
        activation_type="int8",
        activation_window=Window(Int(4), shift=4),
    )
    network = Network(
        name="cut",
        inputs={"x": TensorType(shape=(4,), format=Int(8))},
        nodes=[Node(name="fc", inputs=("x",), step=layer)],
        outputs=["fc"],
    )
    save_network(network, tmp_path / "cut.npz")
    save_examples(Examples(inputs={"x": np.array([[17, 34, 51, 68]])}), tmp_path / "x.npz")
    with pytest.raises(InputError, match="codes must read the same as whole words"):
        measure_network(str(tmp_path / "cut.npz"), tmp_path / "x.npz", spec=PAPER)
