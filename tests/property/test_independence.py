"""Are results the same on every machine and mapping, unless additions saturate on the way?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.engine.run import RunResult, run_layer
from qpim_emu.hardware import PAPER, TOY, Spec
from qpim_emu.mapping import Mapping
from qpim_emu.oracle import reference
from qpim_emu.testing.strategies import LayerInput, layers, machines, mappings
from qpim_emu.workload.accumulator import Accumulator, Overflow
from qpim_emu.workload.layers import Conv2d, Linear

if TYPE_CHECKING:
    from qpim_emu.testing.strategies.operands import Layer
    from qpim_emu.typing import IntArray

WORDS_OF_16 = [(16, 1), (16, 2), (16, 3), (16, 4), (16, 8)]
PRESETS = [TOY.replace(bank_bytes=1 << 20), PAPER]
"""The machines that ship, with room in TOY for every layer drawn here."""

MACHINES = st.sampled_from(PRESETS) | machines(words=WORDS_OF_16)


def assert_same(one: RunResult, other: RunResult) -> None:
    """Compare what must not depend on the machine."""
    np.testing.assert_array_equal(one.accumulators, other.accumulators)
    np.testing.assert_array_equal(one.outputs, other.outputs)
    for name in ("clamped", "requantized", "macs"):
        assert one.counters.total(name) == other.counters.total(name), name


@given(drawn=layers(policies=[Overflow.WRAP], max_macs=500), one=MACHINES, data=st.data())
def test_wrapping_results_depend_on_the_layer_alone(
    drawn: LayerInput, one: Spec, data: st.DataObject
) -> None:
    layer, codes = drawn.layer, drawn.codes
    first = run_layer(layer, codes, spec=one, mapping=data.draw(mappings(layer=layer)))
    other = data.draw(MACHINES)
    second = run_layer(layer, codes, spec=other, mapping=data.draw(mappings(layer=layer)))
    assert_same(first, second)
    assert first.counters.total("overflows") == second.counters.total("overflows")


@given(drawn=layers(policies=[Overflow.SATURATE], max_macs=500), one=MACHINES, data=st.data())
def test_saturating_results_depend_on_the_layer_alone_if_nothing_is_clipped(
    drawn: LayerInput, one: Spec, data: st.DataObject
) -> None:
    layer, codes = drawn.layer, drawn.codes
    first = run_layer(layer, codes, spec=one, mapping=data.draw(mappings(layer=layer)))
    other = data.draw(MACHINES)
    second = run_layer(layer, codes, spec=other, mapping=data.draw(mappings(layer=layer)))
    clipped = [result.counters.total("overflows") for result in (first, second)]
    if clipped == [0, 0]:
        assert_same(first, second)
    else:
        assert_own_oracle(layer, codes, first)
        assert_own_oracle(layer, codes, second)


def assert_own_oracle(layer: Layer, codes: IntArray, result: RunResult) -> None:
    """Compare with the oracle that adds in the order of this run's mapping."""
    oracle = reference(layer, codes, groups=result.plan.word_groups)
    np.testing.assert_array_equal(result.accumulators, oracle.accumulators)
    assert result.counters.total("overflows") == oracle.overflows


def test_the_order_of_additions_matters_under_saturation() -> None:
    # Products 100, 100, -100, -100 of four taps. Blocked adds one after the other: 100, 127
    # (clipped), 27, -73. Unfolded has the four in one block: 0, nothing clipped.
    layer = Conv2d(
        weights=np.array([100, 100, -100, -100]).reshape(1, 1, 2, 2),
        weight_type="int8",
        activation_type="int8",
        accumulator=Accumulator(bits=8, overflow="saturate"),
    )
    ones = np.ones((1, 1, 2, 2), np.int64)
    found = {}
    for layout in ("blocked", "unfolded"):
        result = run_layer(layer, ones, spec=TOY, mapping=Mapping(layout=layout))
        assert_own_oracle(layer, ones, result)
        found[layout] = result.accumulators.item(), result.counters.total("overflows")
    assert found == {"blocked": (-73, 1), "unfolded": (0, 0)}


def test_of_two_blocks_read_at_once_the_first_is_added_first() -> None:
    # 100 + 100 clips to 127, then -100; the other way round nothing would clip.
    layer = Linear(
        weights=[[25, 25, 25, 25, -25, -25, -25, -25]],
        weight_type="int8",
        activation_type="int8",
        bias=100,
        accumulator=Accumulator(bits=8, overflow="saturate"),
    )
    result = run_layer(layer, np.ones((1, 8), int), spec=TOY)
    assert result.counters.total("rd2") == 2  # LOAD and STREAM
    assert (result.accumulators.item(), result.counters.total("overflows")) == (27, 1)


@given(drawn=layers(policies=[Overflow.WRAP], max_macs=300), spec=MACHINES, data=st.data())
def test_one_block_per_read_changes_neither_results_nor_what_is_read(
    drawn: LayerInput, spec: Spec, data: st.DataObject
) -> None:
    layer, codes = drawn.layer, drawn.codes
    mapping = data.draw(mappings(layer=layer))
    single = run_layer(layer, codes, spec=spec.replace(max_blocks_per_read=1), mapping=mapping)
    paired = run_layer(layer, codes, spec=spec, mapping=mapping)
    assert_same(single, paired)
    for name in ("offered", "enabled", "streamed", "idle", "updates", "placed", "wr"):
        assert single.counters.total(name) == paired.counters.total(name), name
    reads = [sum(r.counters.total(n) for n in ("rd", "rd2", "rd4")) for r in (single, paired)]
    assert reads[1] <= reads[0] == single.counters.total("rd")
