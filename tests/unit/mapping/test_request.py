"""Does a mapping accept its words only, and apply to layers that have the choice?"""

from __future__ import annotations

import numpy as np
import pytest

from qpim_emu.errors import CapacityError, CodeError, LayerError, MappingError
from qpim_emu.hardware import TOY
from qpim_emu.mapping import Layout, Mapping, Partition, make_plan
from qpim_emu.mapping.placement import place
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv2d, Linear

LINEAR = Linear(weights=np.ones((2, 3), int), weight_type="int4", activation_type="int4")
DEPTHWISE = Conv2d(
    weights=np.ones((4, 1, 2, 2), int), weight_type="int4", activation_type="int4", groups=4
)
CONV = Conv2d(weights=np.ones((2, 3, 2, 2), int), weight_type="int4", activation_type="int4")


def test_words() -> None:
    assert Mapping() == Mapping(layout="auto", partition="auto")
    assert Mapping(layout="blocked", partition="pixels").layout is Layout.BLOCKED
    with pytest.raises(MappingError, match=r"layout must be one of auto, .*, got 'dense'"):
        Mapping(layout="dense")
    with pytest.raises(MappingError, match=r"partition must be one of auto, .*, got 'rows'"):
        Mapping(partition="rows")


@pytest.mark.parametrize(
    ("layer", "shape", "mapping"),
    [
        (LINEAR, (1, 3), Mapping(layout="blocked")),
        (LINEAR, (1, 3), Mapping(partition="pixels")),
        (DEPTHWISE, (1, 4, 3, 3), Mapping(layout="unfolded")),
    ],
)
def test_mappings_that_do_not_apply(
    layer: Conv2d | Linear, shape: tuple[int, ...], mapping: Mapping
) -> None:
    with pytest.raises(MappingError, match=r"of a (linear|depthwise) layer must be"):
        make_plan(layer, shape, spec=TOY, mapping=mapping)


def test_auto_is_resolved() -> None:
    plans = [
        make_plan(CONV, (1, 3, 4, 4), spec=TOY),
        make_plan(DEPTHWISE, (1, 4, 3, 3), spec=TOY),
        make_plan(LINEAR, (1, 3), spec=TOY),
    ]
    assert [plan.layout for plan in plans] == [Layout.UNFOLDED, Layout.BLOCKED, Layout.UNFOLDED]
    assert plans[2].partition is Partition.FILTERS
    assert all(plan.partition is not Partition.AUTO for plan in plans)


def test_layouts_that_read_the_same_are_blocked() -> None:
    even = Conv2d(weights=np.ones((1, 4, 2, 2), int), weight_type="int4", activation_type="int4")
    assert make_plan(even, (1, 4, 3, 3), spec=TOY).layout is Layout.BLOCKED


def test_a_layer_that_fits_nowhere() -> None:
    tight = TOY.replace(bank_bytes=TOY.row_bytes)
    with pytest.raises(CapacityError, match="must fit into 8 blocks of vault 0, got"):
        make_plan(CONV, (1, 3, 4, 4), spec=tight)


def test_the_other_layout_is_tried_if_the_first_does_not_fit() -> None:
    # Three channels of 3 x 3 taps: unfolded takes 7 blocks a pixel against 9, but the image has
    # to be stored 7 times over.
    layer = Conv2d(weights=np.ones((1, 3, 3, 3), int), weight_type="int4", activation_type="int4")
    shape = (1, 3, 12, 12)
    assert make_plan(layer, shape, spec=TOY).layout is Layout.UNFOLDED
    tight = TOY.replace(bank_bytes=TOY.row_bytes * 40)
    assert make_plan(layer, shape, spec=tight).layout is Layout.BLOCKED


def test_what_the_machine_does_not_have() -> None:
    narrow = TOY.replace(word_bits=8)
    wide = Linear(weights=[[1]], weight_type="int9", activation_type="int4")
    with pytest.raises(LayerError, match="weight_type must have at most 8 bits"):
        make_plan(wide, (1, 1), spec=narrow)
    big = Linear(
        weights=[[1]],
        weight_type="int4",
        activation_type="int4",
        accumulator=Accumulator(bits=40),
    )
    with pytest.raises(LayerError, match="accumulator bits must be at most 32, got 40"):
        make_plan(big, (1, 1), spec=TOY.replace(max_accumulator_bits=32))


def test_borders_need_a_code_for_zero() -> None:
    weights = np.ones((1, 1, 1, 1), int)
    bipolar = Conv2d(weights=weights, weight_type="int4", activation_type="bipolar", padding=1)
    with pytest.raises(LayerError, match="padding must be 0 for bipolar activations"):
        make_plan(bipolar, (1, 1, 2, 2), spec=TOY)
    outside = Conv2d(
        weights=weights,
        weight_type="int4",
        activation_type="int4",
        activation_zero_point=8,
        padding=1,
    )
    with pytest.raises(LayerError, match=r"activation_zero_point must be a code of int4 .* got 8"):
        make_plan(outside, (1, 1, 2, 2), spec=TOY)


def test_codes_of_another_type_are_not_placed() -> None:
    with pytest.raises(CodeError, match=r"input must be codes of int4 .* got 8 at \[0, 2\]"):
        place(make_plan(LINEAR, (1, 3), spec=TOY), np.array([[0, 7, 8]]))
