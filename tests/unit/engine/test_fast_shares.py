"""Are results the same however a layer is divided among threads, and are errors?"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import types

from qpim_emu.engine import fast, processors
from qpim_emu.engine.callbacks import compiled_callback
from qpim_emu.engine.fast import passing, placing, prepared, threads
from qpim_emu.engine.fast.kernels.sharing import are_done
from qpim_emu.engine.fast.threads import run_together, shares_of
from qpim_emu.engine.run import RunResult, Tier, plan_layer, run_layer
from qpim_emu.errors import CodeError
from qpim_emu.hardware import TOY
from qpim_emu.mapping import Mapping
from qpim_emu.workload.layers import Conv2d
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

any_types: Any = types
SPEC = TOY.replace(bank_bytes=1 << 17)
IMAGES = 4
SHAPE = IMAGES, 17, 5, 4


@pytest.fixture(params=[1, 2, 3, 4])
def as_on(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compute as a machine with so many processors does, in shares as small as can be."""
    monkeypatch.setattr(threads, "LEAST_MACS", 1)
    monkeypatch.setattr(threads, "SMALL_MACS", 1)
    monkeypatch.setattr(threads, "LEAST_GRAINS", 1)
    monkeypatch.setattr("qpim_emu.engine.fast.dots.LEAST_VECTORS", 1)
    monkeypatch.setattr("qpim_emu.engine.fast.placing.BAND_WORDS", 1)
    held = list(processors.share)
    processors.limit_processors(request.param)
    yield
    processors.share[:] = held


def layer_of(groups: int = 1) -> Conv2d:
    """A layer whose codes clamp now and then."""
    rng = np.random.default_rng(0)
    return Conv2d(
        weights=rng.integers(-8, 8, (17, 17 // groups, 3, 3)),
        weight_type="int4",
        activation_type="int5",
        groups=groups,
        padding=1,
        requantize=Requantize(mode="shift", shift=2, low=-100, high=90),
    )


def codes_of() -> NDArray[np.int8]:
    """Its input."""
    return np.random.default_rng(1).integers(-16, 16, SHAPE, np.int8)


@cache
def by_literal(layout: str, partition: str, groups: int) -> RunResult:
    """What the literal tier makes of them."""
    mapping = Mapping(layout=layout, partition=partition)
    return run_layer(layer_of(groups), codes_of(), spec=SPEC, mapping=mapping)


@pytest.mark.parametrize(
    ("layout", "groups"), [("blocked", 1), ("unfolded", 1), ("blocked", 17)], ids=str
)
@pytest.mark.parametrize("partition", ["pixels", "filters"])
@pytest.mark.usefixtures("as_on")
def test_results_do_not_depend_on_the_shares(layout: str, partition: str, groups: int) -> None:
    mapping = Mapping(layout=layout, partition=partition)
    codes = codes_of()
    expected = by_literal(layout, partition, groups)
    found = run_layer(layer_of(groups), codes, spec=SPEC, tier=Tier.FAST, mapping=mapping)
    np.testing.assert_array_equal(found.accumulators, expected.accumulators)
    np.testing.assert_array_equal(found.outputs, expected.outputs)
    assert found.counters == expected.counters
    assert found.image.equals(expected.image)
    assert found.counters.vault["clamped"].sum() > 0


@pytest.mark.parametrize("groups", [1, 17])
@pytest.mark.usefixtures("as_on")
def test_a_code_of_any_image_is_refused(groups: int) -> None:
    for image in range(IMAGES):
        codes = np.zeros(SHAPE, np.int8)
        codes[image, 16, 4, 3] = 16
        with pytest.raises(CodeError, match=rf"got 16 at \[{image}, 16, 4, 3\]"):
            run_layer(layer_of(groups), codes, spec=SPEC, tier=Tier.FAST)


@pytest.mark.parametrize(("first", "then"), [(1, 4), (4, 1)])
def test_a_layer_made_ready_on_other_processors_is_placed_whole(
    first: int, then: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Codes of another type are placed by what is found later than the shares are."""
    monkeypatch.setattr(threads, "LEAST_MACS", 1)
    monkeypatch.setattr(threads, "SMALL_MACS", 1)
    monkeypatch.setattr("qpim_emu.engine.fast.dots.LEAST_VECTORS", 1)
    monkeypatch.setattr("qpim_emu.engine.fast.placing.BAND_WORDS", 1)
    held, layer, codes = list(processors.share), layer_of(), codes_of()
    expected = by_literal("auto", "auto", 1)
    try:
        for count, kind in ((first, np.int8), (then, np.int64), (then, np.int16)):
            processors.limit_processors(count)
            found = run_layer(layer, codes.astype(kind), spec=SPEC, tier=Tier.FAST)
            np.testing.assert_array_equal(found.outputs, expected.outputs)
    finally:
        processors.share[:] = held


@pytest.mark.usefixtures("as_on")
def test_a_code_of_any_row_of_one_image_is_refused() -> None:
    for row in range(SHAPE[2]):
        codes = np.zeros((1, *SHAPE[1:]), np.int8)
        codes[0, 3, row, 1] = -17
        with pytest.raises(CodeError, match=rf"got -17 at \[0, 3, {row}, 1\]"):
            run_layer(layer_of(), codes, spec=SPEC, tier=Tier.FAST)


@given(
    vectors=st.integers(1, 100_000),
    macs=st.integers(1, 1 << 40),
    grain=st.integers(1, 12),
    least=st.none() | st.integers(1, 500),
)
def test_shares_cover_all_vectors_once(
    vectors: int, macs: int, grain: int, least: int | None
) -> None:
    shares = shares_of(vectors, macs, grain=grain, least=least)
    assert shares[0][0] == 0
    assert shares[-1][1] == vectors
    assert all(one[1] == other[0] for one, other in pairwise(shares))
    assert all(first < past for first, past in shares)
    assert all(first % grain == 0 for first, _ in shares)


@pytest.mark.usefixtures("as_on")
def test_an_error_on_any_thread_is_raised() -> None:
    for wrong in range(6):
        left = iter(range(6))

        def work(left: Iterator[int] = left, wrong: int = wrong) -> None:
            for number in left:
                if number == wrong:
                    raise ValueError(wrong)

        with pytest.raises(ValueError, match=str(wrong)):
            run_together(work, 5)


def test_shares_that_were_not_finished_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a thread found too little memory: compiled code says so on standard error only."""
    layer, codes = layer_of(), codes_of()
    run_layer(layer, codes, spec=SPEC, tier=Tier.FAST)
    (ready,) = prepared.known[layer].values()
    assert ready.prepared is not None
    monkeypatch.setattr(passing, "are_done", lambda state, shares: are_done(state, shares + 1))
    with pytest.raises(MemoryError, match="memory ran out in the fast tier"):
        run_layer(layer, codes, spec=SPEC, tier=Tier.FAST)


def fill_nothing(context: Any, part: int) -> None:  # noqa: ANN401
    """Stand for what finds too little memory."""


@pytest.mark.usefixtures("as_on")
def test_parts_that_were_not_placed_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    pointer = any_types.CPointer(types.int64)
    ready = compiled_callback(fill_nothing, types.void(pointer, types.int64))
    monkeypatch.setattr(placing, "arranger", lambda _: ready.address)
    for images in (1, IMAGES):
        with pytest.raises(MemoryError, match="memory ran out in the fast tier"):
            run_layer(layer_of(), codes_of()[:images], spec=SPEC, tier=Tier.FAST)
    plan = plan_layer(layer_of(), SHAPE, spec=SPEC)
    with pytest.raises(MemoryError, match="memory ran out in the fast tier"):
        fast.place(plan, codes_of())
