"""Where do the outputs of small layers lie, by a count on fingers?"""

from __future__ import annotations

import numpy as np
import pytest

from qpim_emu.hardware import TOY
from qpim_emu.mapping import Mapping, make_plan
from qpim_emu.mapping.outputs import OutputIndex, OutputPlace, locate
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv2d, Linear

ONE_VAULT = TOY.replace(vaults=1)
"""Two banks of four columns; a stripe is eight blocks, row by row in banks 0 and 1."""

NARROW = Accumulator(bits=16)


def test_pointwise_convolution() -> None:
    # 3 x 3 pixels of one block; 5 filters in 2 blocks of outputs. Image: blocks 0..8 (two
    # stripes), table: 16..20 (one), first 4 filters: 24..32 (two), fifth filter: 40..48.
    layer = Conv2d(
        weights=np.ones((5, 4, 1, 1), int),
        weight_type="int4",
        activation_type="int4",
        accumulator=NARROW,
    )
    plan = make_plan(layer, (1, 4, 3, 3), spec=ONE_VAULT, mapping=Mapping(layout="blocked"))
    (plane,) = plan.planes
    assert (plane.streamed_base, plane.resident_base, plane.output_bases) == (0, 16, (24, 40))
    assert locate(plan, OutputIndex(0, 2, 5)) == OutputPlace(
        vault=0, bank=1, row=3, column=1, word=2, array=0, lane=None
    )
    assert locate(plan, OutputIndex(0, 4, 8)) == OutputPlace(
        vault=0, bank=0, row=6, column=0, word=0, array=0, lane=None
    )


def test_wide_outputs_take_consecutive_blocks() -> None:
    layer = Linear(weights=np.ones((6, 4), int), weight_type="int4", activation_type="int4")
    plan = make_plan(layer, (2, 4), spec=ONE_VAULT)
    (plane,) = plan.planes
    # 48 bits are three words; activations 0..1, weights 8..13, rows of outputs 16.. and 24..
    assert (plane.output_words, plane.write_blocks, plane.output_bases) == (3, 6, (16, 24))
    where = locate(plan, OutputIndex(1, 5, 0))
    assert (where.bank, where.row, where.column, where.word) == (0, 3, 3, 1)


def test_depthwise_lanes() -> None:
    # 6 channels with two filters each: blocks of 4 and 2 lanes, one WRITE per multiple.
    layer = Conv2d(
        weights=np.ones((12, 1, 1, 1), int),
        weight_type="int4",
        activation_type="int4",
        groups=6,
        accumulator=NARROW,
    )
    plan = make_plan(layer, (1, 6, 2, 2), spec=ONE_VAULT)
    first, second = plan.planes
    assert (first.tail, second.tail) == (4, 2)
    assert (first.streamed_base, first.resident_base, first.output_bases) == (0, 8, (16, 24))
    assert second.output_bases == (48, 56)
    where = locate(plan, OutputIndex(0, 11, 3))  # channel 5 = lane 1 of block 1, multiple 1
    assert where == OutputPlace(vault=0, bank=0, row=7, column=3, word=1, array=0, lane=1)
    assert str(where) == "vault 0, bank 0, row 7, column 3, word 1, array 0, lane 1"


def test_an_output_that_does_not_exist() -> None:
    layer = Linear(weights=[[1]], weight_type="int4", activation_type="int4")
    plan = make_plan(layer, (1, 1), spec=TOY)
    with pytest.raises(AssertionError, match="no plane computes output"):
        locate(plan, OutputIndex(0, 1, 0))
