"""Is a layer that ran before found laid out as it was: it alone, at that shape, on that machine?"""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu import TOY, Mapping
from qpim_emu.engine import laid
from qpim_emu.engine.run import RunResult, run_layer
from qpim_emu.errors import CodeError, MappingError, SpecError
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

SPEC = TOY.replace(vaults=3, bank_bytes=1 << 16)
SHAPE = 2, 3, 6, 5


def layer_of(seed: int = 0) -> Conv2d:
    """A small layer."""
    weights = np.random.default_rng(seed).integers(-8, 8, (5, 3, 3, 3))
    return Conv2d(weights=weights, weight_type="int4", activation_type="int6", padding=1)


def codes(seed: int = 0, shape: tuple[int, ...] = SHAPE) -> IntArray:
    """Input codes."""
    return np.random.default_rng(seed).integers(-32, 32, shape)


def assert_same(one: RunResult, other: RunResult) -> None:
    np.testing.assert_array_equal(one.outputs, other.outputs)
    np.testing.assert_array_equal(one.accumulators, other.accumulators)
    assert not one.counters.differences(other.counters)
    assert one.plan == other.plan
    assert one.image.equals(other.image)


@pytest.mark.parametrize("tier", ["literal", "fast"])
def test_what_is_found_is_what_was_made(tier: str) -> None:
    layer = layer_of()
    first = run_layer(layer, codes(), spec=SPEC, tier=tier)
    assert laid.find_laid(layer, SHAPE, SPEC) is not None
    assert_same(run_layer(layer, codes(), spec=SPEC, tier=tier), first)


def test_equal_layers_are_two() -> None:
    one, other = layer_of(), layer_of()
    run_layer(one, codes(), spec=SPEC, tier="fast")
    assert laid.find_laid(other, SHAPE, SPEC) is None
    for layer in (one, other, one, other):
        assert run_layer(layer, codes(), spec=SPEC, tier="fast").plan.layer is layer


def test_other_shapes_types_and_machines_are_others() -> None:
    layer = layer_of()
    machines = SPEC, SPEC.replace(vaults=2), SPEC.replace(vaults=3)
    shapes = SHAPE, (1, 3, 6, 5), (2, 3, 5, 6)
    for _ in range(2):
        for spec in machines:
            for shape in shapes:
                given = codes(1, shape)
                literal = run_layer(layer, given, spec=spec)
                for kind in (np.int64, np.int8):
                    fast = run_layer(layer, given.astype(kind), spec=spec, tier="fast")
                    assert fast.plan.spec is spec
                    assert_same(fast, literal)


def test_codes_are_checked_every_time() -> None:
    layer, given = layer_of(), codes()
    for _ in range(2):
        run_layer(layer, given, spec=SPEC, tier="fast")
        given[1, 2, 3, 4] = 32
        with pytest.raises(CodeError, match=r"got 32 at \[1, 2, 3, 4\]"):
            run_layer(layer, given, spec=SPEC, tier="fast")
        given[1, 2, 3, 4] = 0
        with pytest.raises(CodeError, match="input must have shape"):
            run_layer(layer, given[0], spec=SPEC, tier="fast")


def test_what_is_no_machine_or_mapping_is_refused_every_time() -> None:
    layer = layer_of()
    for _ in range(2):
        run_layer(layer, codes(), spec=SPEC, tier="fast")
        with pytest.raises(SpecError, match="spec must be a Spec"):
            run_layer(layer, codes(), spec=None, tier="fast")  # type: ignore[arg-type]
        with pytest.raises(MappingError, match="mapping must be a Mapping"):
            run_layer(layer, codes(), spec=SPEC, tier="fast", mapping=0)  # type: ignore[arg-type]


def test_mappings_and_homes_that_are_given_count() -> None:
    layer, homes = layer_of(), np.random.default_rng(3).integers(-1, 3, SHAPE)
    plain = run_layer(layer, codes(), spec=SPEC, tier="fast")
    for _ in range(2):
        for mapping in (Mapping(partition="filters"), Mapping(layout="blocked"), None):
            ran = [
                run_layer(layer, codes(), spec=SPEC, mapping=mapping, homes=homes, tier=tier)
                for tier in ("literal", "fast")
            ]
            assert_same(*ran)
            assert ran[0].counters.total("vault_bits") > 0
        assert_same(run_layer(layer, codes(), spec=SPEC, tier="fast"), plain)


def test_sequences_and_vectors() -> None:
    rng = np.random.default_rng(2)
    sequence = Conv1d(
        weights=rng.integers(-8, 8, (4, 3, 3)), weight_type="int4", activation_type="int6"
    )
    vector = Linear(weights=rng.integers(-8, 8, (4, 9)), weight_type="int4", activation_type="int6")
    for _ in range(3):
        for layer, shape in ((sequence, (2, 3, 9)), (vector, (2, 9))):
            given = codes(4, shape)
            literal = run_layer(layer, given, spec=SPEC)
            assert_same(run_layer(layer, given, spec=SPEC, tier="fast"), literal)
            assert literal.outputs.shape[:2] == (2, 4)
            assert literal.outputs.ndim == len(shape)


def test_nothing_is_known_of_a_layer_that_is_gone() -> None:
    layer = layer_of()
    for _ in range(2):
        run_layer(layer, codes(), spec=SPEC, tier="fast")
    seen, number = weakref.ref(layer), id(layer)
    assert number in laid.known
    del layer
    gc.collect()
    assert seen() is None
    assert number not in laid.known


def test_what_is_known_of_a_layer_is_bounded() -> None:
    layer = layer_of()
    for width in range(3, 3 * laid.KEPT):
        run_layer(layer, codes(0, (1, 3, 3, width)), spec=SPEC, tier="fast")
        assert 1 <= len(laid.known[id(layer)].laid) <= laid.KEPT


def test_threads_run_one_layer() -> None:
    layer = layer_of()
    expected = [run_layer(layer_of(), codes(seed), spec=SPEC, tier="fast") for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        seeds = [number % 4 for number in range(60)]
        run = pool.map(lambda seed: run_layer(layer, codes(seed), spec=SPEC, tier="fast"), seeds)
        for seed, result in zip(seeds, run, strict=True):
            np.testing.assert_array_equal(result.outputs, expected[seed].outputs)
            assert not result.counters.differences(expected[seed].counters)


def test_counters_are_the_same_ones_every_time() -> None:
    layer = layer_of()
    first = run_layer(layer, codes(), spec=SPEC, tier="fast")
    later = run_layer(layer, codes(), spec=SPEC, tier="fast")
    cycles = first.cycles
    assert first.counters is first.counters
    first.counters.vault["cycles"] += 5
    assert first.cycles == cycles + 5
    assert later.cycles == cycles
