"""Does a batch computed in parts give exactly what one run of it gives, errors included?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpim_emu import TOY, Accumulator, Conv2d, Mapping, Tier
from qpim_emu.analysis.check import check_run
from qpim_emu.analysis.check_parts import check_run_in_parts
from qpim_emu.engine.network import run_network
from qpim_emu.engine.run import plan_layer, run_layer
from qpim_emu.engine.workers import run_layer_in_parts, run_network_in_parts
from qpim_emu.engine.workers.parts import cut, narrow
from qpim_emu.errors import QpimError
from qpim_emu.testing.same_run import assert_same_run
from qpim_emu.testing.strategies import Case, NetworkInput, cases, networks
from qpim_emu.workload.accumulator import Overflow
from tests.differential.here import Here

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.engine.network import NetworkResult
    from qpim_emu.engine.run import RunResult

ROOMY = TOY.replace(bank_bytes=1 << 16, name="roomy")


def result_of(function: Callable[..., Any], *given: object, **options: object) -> Any:  # noqa: ANN401 - of any run
    """A result, or the class and the message of an error."""
    try:
        return function(*given, **options)
    except QpimError as error:
        return type(error), str(error)


def assert_equal(
    one: RunResult | NetworkResult | tuple[type, str],
    other: RunResult | NetworkResult | tuple[type, str],
) -> None:
    """Everything, in the order of reports too; or the same error."""
    if isinstance(one, tuple) or isinstance(other, tuple):
        assert one == other
        return
    assert_same_run(one, other)
    assert list(one.counters.totals().items()) == list(other.counters.totals().items())
    assert one.tier is other.tier


@given(case=cases())
def test_layers(case: Case) -> None:
    fields: dict[str, Any] = {"spec": case.spec, "mapping": case.mapping, "tier": Tier.FAST}
    whole = result_of(run_layer, case.layer, case.codes, **fields)
    parted = result_of(run_layer_in_parts, case.layer, case.codes, workers=Here(), **fields)
    assert_equal(whole, parted)


@settings(deadline=None)
@given(drawn=networks(max_batch=4, policies=tuple(Overflow)))
def test_networks(drawn: NetworkInput) -> None:
    fields: dict[str, Any] = {"spec": ROOMY, "tier": Tier.FAST}
    whole = result_of(run_network, drawn.network, drawn.inputs, **fields)
    parted = result_of(run_network_in_parts, drawn.network, drawn.inputs, workers=Here(), **fields)
    assert_equal(whole, parted)
    if isinstance(parted, tuple):
        return
    assert list(whole.tensors) == list(parted.tensors)
    for name, codes in whole.tensors.items():
        assert np.array_equal(codes, parted.tensors[name])
        assert codes.dtype == parted.tensors[name].dtype
    assert check_run_in_parts(parted, Here()) == check_run(whole)


def layer(*, filters: int = 3, **fields: Any) -> Conv2d:  # noqa: ANN401 - of a layer
    """A small convolution."""
    rng = np.random.default_rng(5)
    return Conv2d(
        weights=rng.integers(-8, 8, (filters, 4, 3, 3)),
        weight_type="int4",
        activation_type="int8",
        padding=1,
        **fields,
    )


def codes(images: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Input of `layer`: the later an image, the larger its sums."""
    rng = np.random.default_rng(6)
    return rng.integers(-10, 10, (images, 4, 5, 5)) * np.arange(1, images + 1)[:, None, None, None]


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
def test_the_literal_tier(overflow: str) -> None:
    narrow_lanes = layer(accumulator=Accumulator(bits=9, overflow=overflow))
    fields: dict[str, Any] = {"spec": ROOMY, "tier": Tier.LITERAL}
    whole = run_layer(narrow_lanes, codes(3), **fields)
    assert whole.counters.total("overflows")
    assert_equal(whole, run_layer_in_parts(narrow_lanes, codes(3), workers=Here(), **fields))


@pytest.mark.parametrize("tier", list(Tier))
def test_the_image_that_traps_is_that_of_the_batch(tier: Tier) -> None:
    trap = layer(accumulator=Accumulator(bits=11, overflow="trap"))
    fields: dict[str, Any] = {"spec": ROOMY, "tier": tier}
    workers = Here()
    whole = result_of(run_layer, trap, codes(6), **fields)
    assert "at image 3, filter" in whole[1]  # not of the first part
    assert result_of(run_layer_in_parts, trap, codes(6), workers=workers, **fields) == whole
    assert workers.parts > 1


def test_a_batch_that_is_mapped_otherwise_than_its_parts() -> None:
    """Filters are divided, but two images do not fit that way; events show who computed what."""
    narrow_bank = TOY.replace(bank_bytes=1024, name="narrow")
    wide = layer(filters=6, accumulator=Accumulator(bits=9))
    plans = [plan_layer(wide, codes(n).shape, spec=narrow_bank) for n in (1, 2)]
    assert [plan.partition for plan in plans] == ["filters", "pixels"]
    fields: dict[str, Any] = {"spec": narrow_bank, "tier": Tier.FAST}
    whole = run_layer(wide, codes(2), **fields)
    assert whole.counters.total("overflows")
    assert_equal(whole, run_layer_in_parts(wide, codes(2), workers=Here(), **fields))


def test_a_wrong_result_is_found_as_without_workers() -> None:
    """Of any array of any image; the first wrong element is that of the batch."""
    from tests.crosscheck.fakes import small_network  # noqa: PLC0415 - heavier than the rest

    network = small_network()
    rng = np.random.default_rng(0)
    inputs = {"image": rng.integers(-128, 128, (6, 2, 4, 6))}
    for name, image in (("conv", 5), ("pool", 0), ("dense", 3)):
        result = run_network(network, inputs, spec=ROOMY, tier=Tier.FAST)
        result.nodes[name].outputs.reshape(6, -1)[image, 7 if name == "conv" else 2] ^= 1
        assert not check_run(result)[name].is_exact
        assert check_run_in_parts(result, Here()) == check_run(result)
    result.nodes["conv"].counters.vault["clamped"][0] += 1
    assert check_run_in_parts(result, Here()) == check_run(result)


def test_toggles_are_counted_by_one_process() -> None:
    workers = Here()
    fields: dict[str, Any] = {"spec": ROOMY, "tier": Tier.FAST, "switching": "measured"}
    parted = run_layer_in_parts(layer(), codes(3), workers=workers, **fields)
    assert_equal(run_layer(layer(), codes(3), **fields), parted)
    assert workers.parts == 0


@given(images=st.integers(1, 3000), workers=st.integers(1, 300), tier=st.sampled_from(list(Tier)))
def test_parts_are_the_batch_in_order(images: int, workers: int, tier: Tier) -> None:
    parts = cut(images, workers=workers, tier=tier)
    assert [image for part in parts for image in range(*part)] == list(range(images))
    sizes = {past - first for first, past in parts}
    assert min(sizes) >= 1
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    ("bits", "kind"), [(8, "int8"), (9, "int16"), (17, "int32"), (33, "int64")]
)
def test_codes_travel_in_the_narrowest_type(bits: int, kind: str) -> None:
    for value in (-(1 << (bits - 1)), (1 << (bits - 1)) - 1):
        values = np.array([0, value])
        assert narrow(values).dtype == kind
        assert np.array_equal(narrow(values), values)


def test_a_mapping_that_is_asked_for() -> None:
    mapping = Mapping(partition="filters")
    fields: dict[str, Any] = {"spec": ROOMY, "tier": Tier.FAST, "mapping": mapping}
    whole = run_layer(layer(), codes(3), **fields)
    assert_equal(whole, run_layer_in_parts(layer(), codes(3), workers=Here(), **fields))
