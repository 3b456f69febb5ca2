"""Does a check compare everything, find what is planted, and say where?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qpim_emu.crosscheck.check import Pair, check_model
from qpim_emu.crosscheck.compare import Comparison
from qpim_emu.crosscheck.inputs import seeded_batch
from qpim_emu.crosscheck.passes import READ_ANOTHER
from qpim_emu.engine.network import run_network
from qpim_emu.engine.operation import plan_operation
from qpim_emu.engine.run import RunResult, Tier
from qpim_emu.errors import InputError, MismatchError
from qpim_emu.hardware.presets import PAPER
from qpim_emu.workload.requantize import Requantize
from tests.crosscheck.fakes import (
    ROOMY,
    Element,
    FakeOracle,
    check,
    one_layer,
    small_model,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.typing import IntArray


@pytest.mark.parametrize("tier", Tier)
def test_equal_engines_agree_on_every_element(tier: Tier) -> None:
    model = small_model()
    batch = seeded_batch(model, images=2, seed=1)
    oracle = FakeOracle(model.network)
    result = check_model(model, oracle, batch, spec=ROOMY, tier=tier)
    assert result.is_exact
    compared = {name: pair.forced.compared for name, pair in result.nodes.items()}
    assert compared == {"conv": 480, "pool": 120, "pool/last": 0, "flat": 120, "dense": 25}
    assert compared == {name: pair.free.compared for name, pair in result.nodes.items()}
    assert result.nodes["pool/last"].forced.remark == "the oracle does not show it"
    assert result.shown == 4


def test_one_wrong_element_is_the_nodes_own_when_forced() -> None:
    model = small_model()
    element = (1, 2, 3, 4)
    result = check(model, FakeOracle(model.network, flips={"conv": [element]}))
    wrong = {name: pair.forced.wrong for name, pair in result.nodes.items()}
    assert wrong == {"conv": 1, "pool": 0, "pool/last": 0, "flat": 0, "dense": 0}
    (found,) = result.nodes["conv"].forced.shown
    assert found.element == element
    assert found.file_element == (1, 3, 4, 2)
    assert found.image == "random 1"
    assert found.expected == found.got ^ 1
    assert result.nodes["conv"].free.wrong == 1
    assert result.nodes["conv"].free.remark == ""


def test_what_follows_a_wrong_element_reads_another_when_free() -> None:
    model = small_model()
    far: dict[Element, int] = {(0, 0, y, x): 127 for y in range(4) for x in range(6)}
    result = check(model, FakeOracle(model.network, codes={"conv": far}))
    for name in ("pool", "dense"):
        assert result.nodes[name].forced.is_exact
        assert result.nodes[name].free.wrong
    assert result.nodes["pool"].free.remark == READ_ANOTHER


def test_accumulator_and_place_are_those_of_the_run() -> None:
    model = small_model()
    element = (0, 3, 1, 5)
    result = check(model, FakeOracle(model.network, flips={"conv": [element]}))
    (found,) = result.nodes["conv"].forced.shown
    batch = seeded_batch(model, images=2, seed=1)
    ran = run_network(model.network, batch.inputs, spec=ROOMY, tier="fast").nodes["conv"]
    assert isinstance(ran, RunResult)
    assert found.accumulator == int(ran.accumulators[element])
    assert found.got == int(ran.outputs[element])
    place = found.place
    words = ran.image[place.vault].read(ROOMY.address(place.bank, place.row, place.column))
    assert int(words.reshape(-1)[place.word]) == found.got & 0xFFFF


def test_as_many_mismatches_are_described_as_asked() -> None:
    model = small_model()
    flips = {"conv": [(0, 0, 0, i) for i in range(5)]}
    found = check(model, FakeOracle(model.network, flips), show=3).nodes["conv"].forced
    assert found.wrong == 5
    assert [one.element for one in found.shown] == [(0, 0, 0, i) for i in range(3)]


def test_operations_beside_the_lanes_have_a_place_and_no_accumulator() -> None:
    model = small_model()
    result = check(model, FakeOracle(model.network, flips={"pool": [(0, 0, 0, 0)]}))
    (found,) = result.nodes["pool"].forced.shown
    assert found.accumulator is None
    assert found.nearness is None
    assert (found.place.word, found.place.lane) == (0, None)
    assert result.nodes["pool"].forced.remark == ""


def test_operations_beside_the_lanes_lie_dense_over_the_vaults() -> None:
    """120 codes in 30 blocks of 4, half of them in vault 1, behind the 60 blocks of the input."""
    model = small_model()
    result = check(model, FakeOracle(model.network, flips={"pool": [(4, 3, 1, 2)]}))
    (found,) = result.nodes["pool"].forced.shown
    place = found.place
    assert (place.vault, place.word) == (1, 3)
    node = model.network.nodes[1]
    base = plan_operation(node, model.network, batch=5, spec=ROOMY).output.bases[1]
    assert base >= 60
    assert ROOMY.address(place.bank, place.row, place.column) == base + 29 - 15


def test_codes_that_the_network_cannot_have_are_fed_as_the_file_holds_them() -> None:
    """An engine without the clamp of a fused activation: the next node reads its codes."""
    model = replace(small_model(low=-3, high=60), tensors=small_model().tensors)
    assert model.network.tensors["pool"].format.max == 63
    result = check(model, FakeOracle(model.network, codes={"pool": {(0, 0, 0, 0): 120}}))
    wrong = {name: pair.forced.wrong for name, pair in result.nodes.items()}
    assert wrong["pool"] == 1
    assert wrong["dense"] == wrong["flat"] == 0
    assert result.nodes["flat"].forced.compared == 120


def test_codes_that_a_node_cannot_read_are_said_so() -> None:
    model = small_model()
    result = check(model, FakeOracle(model.network, codes={"flat": {(0, 0): 5000}}))
    found = result.nodes["dense"].forced
    assert found.compared == 0
    assert "it cannot read what the oracle computed" in found.remark


def test_an_engine_that_shows_nothing_is_refused() -> None:
    model = small_model()
    oracle = FakeOracle(model.network, hidden=("image", *(n.name for n in model.network.nodes)))
    with pytest.raises(InputError, match="oracle must show tensors of the network, got none"):
        check(model, oracle)


def test_another_shape_is_a_mismatch() -> None:
    model = small_model()

    class Flat(FakeOracle):
        def run(self, inputs: Mapping[str, IntArray]) -> dict[str, IntArray]:
            found = super().run(inputs)
            return found | {"pool": found["pool"].reshape(5, -1)}

    with pytest.raises(MismatchError, match=r"shape of 'pool' must be \[5, 4, 2, 3\], got"):
        check(model, Flat(model.network))


def test_an_output_of_several_words_is_where_its_lowest_wrong_bit_is() -> None:
    model = one_layer(Requantize())
    clean = FakeOracle(model.network).run(seeded_batch(model, images=2, seed=1).inputs)["conv"]
    places = []
    for bit in (0, 20):
        code = int(clean[0, 0, 0, 0]) ^ (1 << bit)
        oracle = FakeOracle(model.network, codes={"conv": {(0, 0, 0, 0): code}})
        (found,) = check(model, oracle).nodes["conv"].forced.shown
        places.append(ROOMY.address(found.place.bank, found.place.row, found.place.column))
    assert places[1] == places[0] + 1


def test_either_way_counts() -> None:
    exact = Comparison(name="x", step="Linear", compared=9)
    wrong = replace(exact, wrong=1)
    assert Pair(forced=exact, free=exact).is_exact
    assert not Pair(forced=exact, free=wrong).is_exact
    assert not Pair(forced=wrong, free=exact).is_exact


def test_the_machine_does_not_matter() -> None:
    model = small_model()
    oracle = FakeOracle(model.network, flips={"dense": [(0, 2)]})
    batch = seeded_batch(model, images=1, seed=1)
    for spec in (PAPER, ROOMY):
        result = check_model(model, oracle, batch, spec=spec)
        assert [name for name, pair in result.nodes.items() if not pair.is_exact] == ["dense"]
