"""Does the fast tier compute from each vault's own packed words, and from written ones only?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.engine import fast, literal
from qpim_emu.engine.fast.jobs import make_jobs
from qpim_emu.engine.fast.memory import memory_of
from qpim_emu.engine.run import plan_layer, run_layer
from qpim_emu.errors import UnwrittenReadError
from qpim_emu.hardware import TOY
from qpim_emu.mapping import Mapping, Plan
from qpim_emu.mapping.placement import place
from qpim_emu.workload.layers import Conv2d, Linear

if TYPE_CHECKING:
    from qpim_emu.memory.image import BankImage

SPEC = TOY.replace(vaults=3)


def placed(partition: str, groups: int = 1) -> tuple[Plan, BankImage]:
    """A small layer on three vaults, with its bank image."""
    rng = np.random.default_rng(0)
    layer = Conv2d(
        weights=rng.integers(-8, 8, (6, 6 // groups, 2, 2)),
        weight_type="int4",
        activation_type="int4",
        groups=groups,
        bias=np.arange(6),
    )
    codes = rng.integers(-8, 8, (2, 6, 4, 4))
    plan = plan_layer(layer, codes.shape, spec=SPEC, mapping=Mapping(partition=partition))
    return plan, place(plan, codes)


def assert_fast_is_literal(plan: Plan, image: BankImage, other: BankImage) -> None:
    slow, quick = literal.execute(plan, other), fast.execute(plan, image)
    np.testing.assert_array_equal(slow.accumulators, quick.accumulators)
    assert slow.image.equals(quick.image)


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("partition", ["pixels", "filters"])
def test_equal_copies_are_computed_once(partition: str, *, settled: bool) -> None:
    plan, image = placed(partition)
    if settled:
        image.settle()
    (job,) = make_jobs(plan, plan.planes, memory_of(plan, image))
    assert len(job.tables) * len(job.streams) == len(list(plan.planes))


@pytest.mark.parametrize("groups", [1, 6])
@pytest.mark.parametrize("partition", ["pixels", "filters"])
@pytest.mark.parametrize("region", ["streamed_base", "resident_base"])
def test_a_vault_whose_copy_differs_computes_with_its_own(
    region: str, partition: str, groups: int
) -> None:
    plan, image = placed(partition, groups)
    other = place(plan, np.zeros((2, 6, 4, 4), np.int64))
    for vault in range(SPEC.vaults):  # the same words in both, and one bit turned in vault 1
        words = image[vault].words
        other[vault].words[:], other[vault].written[:] = words, image[vault].written
    plane = plan.programs[1][0]
    for damaged in (image, other):
        damaged[1].words[getattr(plane, region), 0] ^= 2
    assert_fast_is_literal(plan, image, other)


@pytest.mark.parametrize("partition", ["pixels", "filters"])
@pytest.mark.parametrize("region", ["streamed_base", "resident_base"])
@pytest.mark.parametrize("vault", [0, 2])
def test_reading_an_unwritten_block_is_refused(region: str, partition: str, vault: int) -> None:
    plan, image = placed(partition)
    block = getattr(plan.programs[vault][-1], region)
    image[vault].written[block] = False
    place_of = SPEC.place(block)
    where = f"bank {place_of.bank}, row {place_of.row}, column {place_of.column}"
    with pytest.raises(UnwrittenReadError, match=where):
        fast.execute(plan, image)
    with pytest.raises(UnwrittenReadError, match=where):
        literal.execute(plan, image)


def test_bits_outside_the_window_do_not_matter() -> None:
    plan, image = placed("pixels")
    expected = fast.execute(plan, image).accumulators
    for vault in image.vaults.values():
        vault.words ^= np.uint16(0xFFF0)
    np.testing.assert_array_equal(fast.execute(plan, image).accumulators, expected)


def test_words_that_only_fill_a_block_do_not_matter() -> None:
    weights = np.ones((2, 5), np.int64)  # 3 of 8 words are idle
    layer = Linear(weights=weights, weight_type="int4", activation_type="int4")
    plan = plan_layer(layer, (1, 5), spec=TOY)
    image = place(plan, np.ones((1, 5), np.int64))
    for vault in image.vaults.values():
        vault.words.reshape(-1, 8)[:, 5:] = 7
    assert fast.execute(plan, image).accumulators.reshape(-1).tolist() == [5, 5]


@pytest.mark.parametrize("tier", ["literal", "fast"])
def test_a_linear_layer_that_just_fits_has_an_image(tier: str) -> None:
    """Its weights stream: the rows of its activations lie elsewhere."""
    layer = Linear(weights=np.ones((3, 512), np.int64), weight_type="int8", activation_type="int8")
    codes = np.ones((5, 512), np.int64)
    found = run_layer(layer, codes, spec=TOY, tier=tier)
    assert found.outputs.tolist() == [[512] * 3] * 5
    assert found.image[0].allocated_blocks <= TOY.blocks


def test_threads_may_look_at_an_image_at_once() -> None:
    layer = Linear(weights=np.ones((30, 40), np.int64), weight_type="int8", activation_type="int8")
    codes = np.ones((2, 40), np.int64)
    expected = run_layer(layer, codes, spec=TOY, tier="fast").image
    expected.settle()
    with ThreadPoolExecutor(4) as threads:
        for _ in range(100):
            image = run_layer(layer, codes, spec=TOY, tier="fast").image
            looks = [threads.submit(image.equals, expected) for _ in range(4)]
            assert all(look.result(30) for look in looks)
