"""Are networks compared with 16 bits on the same machine, and do widths save what they must?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qpim_emu.analysis.estimate import estimate_network, estimate_table
from qpim_emu.analysis.session import read_network
from qpim_emu.analysis.tables import LayerShape, LayerTable, Profile, read_profile, read_table
from qpim_emu.cost import PRESETS, Parameters, Term
from qpim_emu.cost.presets import HMC_LIT
from qpim_emu.engine.run import plan_layer
from qpim_emu.errors import InputError
from qpim_emu.hardware import PAPER, TOY

if TYPE_CHECKING:
    from qpim_emu.cost.estimate import LayerEstimate, Price


def total(network: str, profile: str) -> LayerEstimate:
    found = estimate_table(read_table(network), read_profile(profile, network), spec=PAPER)
    return found.total


def price(network: str, profile: str) -> Price:
    return total(network, profile).price(spec=PAPER, parameters=HMC_LIT)


@pytest.mark.parametrize("parameters", PRESETS.values(), ids=PRESETS.keys())
def test_sixteen_bits_save_exactly_nothing(parameters: Parameters) -> None:
    same = total("AlexNet", "uniform16").price(spec=PAPER, parameters=parameters)
    assert same.energy == same.baseline
    assert (same.saving, same.dram_saving, same.speed_up, same.lines_saved) == (0, 0, 1, 0)


@pytest.mark.parametrize("network", ["VGG_16", "VGG_M", "NiN"])
def test_eight_bits_halve_lines_and_nearly_time(network: str) -> None:
    half = price(network, "uniform8")
    assert half.lines_saved == 0.5
    assert half.speed_up > 1.9
    assert 0.46 < half.saving < 0.5


def test_nine_bits_are_no_faster() -> None:
    nine = price("VGG_M", "uniform9")
    assert nine.speed_up == 1
    assert nine.lines_saved == pytest.approx(7 / 16)


def test_total_adds_the_layers() -> None:
    found = estimate_table(read_table("LeNet"), read_profile("uniform5", "LeNet"), spec=PAPER)
    prices = [layer.price(spec=PAPER, parameters=HMC_LIT) for layer in found.layers]
    whole = found.total.price(spec=PAPER, parameters=HMC_LIT)
    for term in Term:
        summed = sum(one.energy.terms[term] for one in prices)
        assert whole.energy.terms[term] == pytest.approx(summed)


def test_baseline_has_the_same_mapping() -> None:
    shape = read_table("AlexNet").layers[1]
    plans = [
        plan_layer(shape.layer(*widths), shape.input_shape, spec=spec)
        for widths, spec in [((11, 8), PAPER), ((16, 16), PAPER.replace(max_blocks_per_read=1))]
    ]
    assert plans[0].layout == plans[1].layout
    assert plans[0].partition == plans[1].partition


def test_linear_layer_by_hand() -> None:
    # 16 filters of 32 channels on PAPER: each vault owns one filter of 2 blocks. It reads 2 blocks
    # of activations (LOAD) and 2 of weights (STREAM), opens a row for each, and writes 1 block.
    table = LayerTable(
        name="one", source="", layers=(LayerShape(name="fc", channels=32, filters=16),)
    )
    profile = Profile(
        name="x", network="one", weights=(4,), activations=(10,), provenance="-", source=""
    )
    counts = estimate_table(table, profile, spec=PAPER).total
    mine, theirs = counts.count.totals, counts.baseline.totals
    assert mine.counts["offered"] == theirs.counts["offered"] == 16 * 4 * 256
    assert mine.counts["enabled"] == 16 * 2 * 16 * (10 + 4)
    assert theirs.counts["enabled"] == 16 * 4 * 256
    assert mine.counts["written_bits"] == theirs.counts["written_bits"] == 16 * 256
    assert mine.counts["vault_bits"] == 0
    assert mine.macs == {(4, 10): 512}
    assert theirs.macs == {(16, 16): 512}


def test_network_file_is_counted_at_its_own_widths() -> None:
    found = estimate_network(read_network("digits"), spec=PAPER)
    assert found.profile == "own"
    conv1 = found.layers[0]
    assert (conv1.name, conv1.weight_bits, conv1.activation_bits) == ("conv1", 8, 5)
    assert set(conv1.baseline.totals.macs) == {(16, 16)}
    assert found.total.baseline.totals.counts["vault_bits"] > 0
    assert 0 < found.total.price(spec=PAPER, parameters=HMC_LIT).saving < 1


def test_machine_of_other_words_is_refused() -> None:
    spec = TOY.replace(word_bits=8)
    with pytest.raises(InputError, match="word_bits must be 16 to compare with 16 bits, got 8"):
        estimate_table(read_table("LeNet"), read_profile("uniform8", "LeNet"), spec=spec)
