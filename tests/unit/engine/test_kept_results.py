"""Do warm runs give what cold ones give, whatever callers did to the results of earlier ones?"""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu import PAPER, TOY, Mapping
from qpim_emu.engine import steps
from qpim_emu.engine.network import NetworkResult, run_network
from qpim_emu.engine.network_count import count_network
from qpim_emu.engine.run import RunResult, run_layer
from qpim_emu.engine.structure.planes import known_counters
from qpim_emu.errors import AccumulatorOverflowError, LayerError
from qpim_emu.mapping import dense, dense_charge, homes, placement, programs, task
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear
from qpim_emu.workload.network import Network, Node, TensorType
from qpim_emu.workload.operations import AveragePool2d, Flatten
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray

SMALL = TOY.replace(vaults=3, bank_bytes=1 << 16)
TIERS = ["literal", "fast"]


def requantize() -> Requantize:
    """Back to four bits."""
    return Requantize(mode="shift", shift=4, low=-8, high=7)


def network() -> Network:
    """A convolution, an average, a movement and a linear layer."""
    rng = np.random.default_rng(0)
    conv = Conv2d(
        weights=rng.integers(-8, 8, (5, 3, 3, 3)),
        weight_type="int4",
        activation_type="int4",
        padding=1,
        requantize=requantize(),
    )
    linear = Linear(
        weights=rng.integers(-8, 8, (4, 5 * 4)), weight_type="int4", activation_type="int4"
    )
    nodes = [
        Node(name="conv", step=conv, inputs=("input",)),
        Node(name="pool", step=AveragePool2d(kernel=2), inputs=("conv",)),
        Node(name="flat", step=Flatten(), inputs=("pool",)),
        Node(name="linear", step=linear, inputs=("flat",)),
    ]
    return Network(
        name="small", inputs={"input": TensorType(shape=(3, 4, 4), format="int4")}, nodes=nodes
    )


NETWORK = network()


def codes(seed: int = 0, images: int = 1) -> IntArray:
    """Input codes."""
    return np.random.default_rng(seed).integers(-8, 8, (images, 3, 4, 4))


def forget() -> None:
    """Make every run a first one."""
    for keeper in (
        known_counters,
        dense.known_plans,
        dense_charge.known_charges,
        homes.kept,
        placement.known_charges,
    ):
        keeper.forget()
    programs.forget()
    task.known.clear()
    steps.known.clear()


def run(given: IntArray, *, tier: str = "fast", spec: Spec = SMALL) -> NetworkResult:
    """Run it."""
    return run_network(NETWORK, {"input": given}, spec=spec, tier=tier)


def assert_same(one: NetworkResult, other: NetworkResult) -> None:
    for name, tensor in one.tensors.items():
        np.testing.assert_array_equal(tensor, other.tensors[name])
    for name, node in one.nodes.items():
        assert not node.counters.differences(other.nodes[name].counters), name
        assert node.cycles == other.nodes[name].cycles
        if isinstance(node, RunResult):
            twin = other.nodes[name]
            assert isinstance(twin, RunResult)
            assert node.image.equals(twin.image)
            np.testing.assert_array_equal(node.accumulators, twin.accumulators)
    assert not one.counters.differences(other.counters)
    assert one.cycles == other.cycles


def spoil(result: NetworkResult) -> None:
    """Change all that a caller gets hold of."""
    for node in result.nodes.values():
        for table in (node.counters.bank, node.counters.vault, node.counters.macs):
            for count in table.values():
                count += 1  # noqa: PLW2901 - in place
        if isinstance(node, RunResult):
            node.accumulators[:] = 1
            for vault in node.image.vaults.values():
                vault.words[:] = 0
    result.counters.vault["cycles"][:] = 0
    result.counters.macs.clear()
    for tensor in result.tensors.values():
        tensor[:] = 0


@pytest.mark.parametrize("tier", TIERS)
def test_changed_results_change_no_later_run(tier: str) -> None:
    forget()
    first = run(codes(), tier=tier)
    spoil(run(codes(), tier=tier))
    assert_same(first, run(codes(), tier=tier))


def test_warm_runs_are_as_cold_ones() -> None:
    cold: dict[tuple[int, int, int], NetworkResult] = {}
    cases = [(seed, images, vaults) for seed in (0, 1) for images in (1, 2) for vaults in (2, 3)]
    for seed, images, vaults in cases:
        forget()
        spec = SMALL.replace(vaults=vaults)
        cold[seed, images, vaults] = run(codes(seed, images), spec=spec)
    for case in cases * 2:
        seed, images, vaults = case
        assert_same(run(codes(seed, images), spec=SMALL.replace(vaults=vaults)), cold[case])


def test_every_tier_counts_the_same_warm() -> None:
    for _ in range(2):
        assert_same(*(run(codes(), tier=tier) for tier in TIERS))


def test_other_mappings_are_others() -> None:
    for _ in range(2):
        for asked in (None, Mapping(partition="filters"), Mapping(layout="blocked")):
            ran = [
                run_network(NETWORK, {"input": codes()}, spec=SMALL, tier=tier, mapping=asked)
                for tier in TIERS
            ]
            assert_same(*ran)


def test_toggles_are_counted_when_they_are_asked_for_only() -> None:
    plain = run(codes())
    measured = [
        run_network(NETWORK, {"input": codes()}, spec=SMALL, tier=tier, switching="measured")
        for tier in TIERS
    ]
    assert_same(*measured)
    assert measured[0].counters.total("bus_toggles") > 0
    assert_same(plain, run(codes()))
    assert "bus_toggles" not in plain.counters.vault


def test_threads_run_one_network() -> None:
    expected = {seed: run(codes(seed)) for seed in range(4)}
    forget()
    with ThreadPoolExecutor(4) as pool:
        seeds = [number % 4 for number in range(24)]
        for seed, result in zip(seeds, pool.map(lambda s: run(codes(s)), seeds), strict=True):
            assert_same(result, expected[seed])


def test_sequences_of_one_layer() -> None:
    rng = np.random.default_rng(0)
    layer = Conv1d(
        weights=rng.integers(-8, 8, (4, 3, 3)), weight_type="int4", activation_type="int4"
    )
    given = rng.integers(-8, 8, (2, 3, 9))
    homes_of_codes = rng.integers(-1, 16, given.shape)
    for _ in range(2):
        slow, fast = (
            run_layer(layer, given, spec=PAPER, tier=tier, homes=homes_of_codes) for tier in TIERS
        )
        assert slow.outputs.shape == (2, 4, 7)
        np.testing.assert_array_equal(slow.outputs, fast.outputs)
        assert not slow.counters.differences(fast.counters)
        assert slow.plan.layer is fast.plan.layer


def test_nodes_that_were_replaced_are_seen() -> None:
    other, plain = network(), run(codes())
    run_network(other, {"input": codes()}, spec=SMALL, tier="fast")
    assert isinstance(other.nodes[1].step, AveragePool2d)
    pool = Node(name="pool", step=AveragePool2d(kernel=2, low=3, high=3), inputs=("conv",))
    other.nodes = (other.nodes[0], pool, *other.nodes[2:])
    result = run_network(other, {"input": codes()}, spec=SMALL, tier="fast")
    assert (result.tensors["pool"] == 3).all()
    assert not (plain.tensors["pool"] == 3).all()


def test_nothing_is_known_of_a_network_that_is_gone() -> None:
    other = network()
    for _ in range(2):
        run_network(other, {"input": codes()}, spec=SMALL, tier="fast")
    assert other in steps.known
    seen = weakref.ref(other), weakref.ref(other.nodes[0].step)
    del other
    gc.collect()
    assert [ref() for ref in seen] == [None, None]


def test_what_is_known_of_a_network_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    other = network()
    for images in range(1, 2 * steps.KEPT_BATCHES + 2):
        count_network(other, batch=images, spec=PAPER)
        assert 1 <= len(steps.known[other]) <= steps.KEPT_BATCHES
    steps.known.clear()
    monkeypatch.setattr(steps, "KEPT_PLANES", 1)
    for _ in range(2):
        assert not count_network(other, spec=SMALL).counters.differences(
            count_network(NETWORK, spec=SMALL).counters
        )
    assert not steps.known[other]


def test_a_node_is_laid_out_when_its_turn_comes() -> None:
    # an earlier node's error comes first, and what was not laid out to the end is not kept
    trap = Linear(
        weights=[[7, 7, 7, 7]],
        weight_type="int4",
        activation_type="int4",
        accumulator=Accumulator(bits=8, overflow="trap"),
    )
    wide = Linear(
        weights=[[1]],
        weight_type="int4",
        activation_type="int8",
        accumulator=Accumulator(bits=60),
    )
    both = Network.chain(
        "trap", TensorType(shape=(4,), format="int4"), {"trap": trap, "wide": wide}
    )
    small = TOY.replace(max_accumulator_bits=32)
    for _ in range(2):
        with pytest.raises(AccumulatorOverflowError, match="node 'trap'"):
            run_network(both, {"input": [[7, 7, 7, 7]]}, spec=small, tier="fast")
        with pytest.raises(LayerError, match="node 'wide': accumulator bits"):
            run_network(both, {"input": [[0, 1, 2, 3]]}, spec=small, tier="fast")
