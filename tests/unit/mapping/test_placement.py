"""Does the bank image of small layers hold what one would write there by hand?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.hardware import TOY
from qpim_emu.mapping import Mapping, Plan, make_plan
from qpim_emu.mapping.placement import place
from qpim_emu.workload.layers import Conv2d, Linear

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

ONE_VAULT = TOY.replace(vaults=1)
"""Four words a block, four blocks a row, two banks."""


def blocks(plan: Plan, codes: IntArray, first: int, count: int) -> list[list[int]]:
    """Words of consecutive blocks of vault 0."""
    found: list[list[int]] = place(plan, codes)[0].read(first, count).tolist()
    return found


def test_rows_of_a_linear_layer_end_in_the_zero_point_of_their_filter() -> None:
    layer = Linear(
        weights=[[1, 2, 3, 4, 5], [-1, -2, -3, -4, -5]],
        weight_type="int4",
        activation_type="uint4",
        weight_zero_point=[2, -3],
        activation_zero_point=9,
    )
    codes = np.array([[0, 1, 2, 3, 15]])
    plan = make_plan(layer, codes.shape, spec=ONE_VAULT)
    (plane,) = plan.planes
    assert (plane.resident_base, plane.streamed_base) == (0, 8)
    assert blocks(plan, codes, 0, 2) == [[0, 1, 2, 3], [15, 9, 9, 9]]
    assert blocks(plan, codes, 8, 4) == [
        [1, 2, 3, 4],
        [5, 2, 2, 2],
        [0xFFFF, 0xFFFE, 0xFFFD, 0xFFFC],
        [0xFFFB, 0xFFFD, 0xFFFD, 0xFFFD],
    ]


def two_taps() -> Conv2d:
    """Two filters over three channels, one row of two taps."""
    weights = np.arange(1, 13).reshape(2, 2, 3).transpose(0, 2, 1)[:, :, None, :]
    return Conv2d(
        weights=weights,
        weight_type="uint4",
        activation_type="uint8",
        weight_zero_point=np.array([14, 15]),
        activation_zero_point=7,
        padding=((0, 0), (1, 0)),
    )


CODES = np.array([[[[10, 11]], [[20, 21]], [[30, 31]]]])
"""One row of two pixels in three channels."""


def test_channel_blocks_have_borders_and_tails() -> None:
    layer = two_taps()
    plan = make_plan(layer, CODES.shape, spec=ONE_VAULT, mapping=Mapping(layout="blocked"))
    (plane,) = plan.planes
    assert (plane.streamed_base, plane.resident_base) == (0, 8)
    assert blocks(plan, CODES, 0, 3) == [[7, 7, 7, 7], [10, 20, 30, 7], [11, 21, 31, 7]]
    assert blocks(plan, CODES, 8, 4) == [
        [1, 2, 3, 14],
        [4, 5, 6, 14],
        [7, 8, 9, 15],
        [10, 11, 12, 15],
    ]


def test_unfolded_pixels_are_dense() -> None:
    layer = two_taps()
    plan = make_plan(layer, CODES.shape, spec=ONE_VAULT, mapping=Mapping(layout="unfolded"))
    assert blocks(plan, CODES, 0, 4) == [
        [7, 7, 7, 10], [20, 30, 7, 7],
        [10, 20, 30, 11], [21, 31, 7, 7],
    ]  # fmt: skip
    assert blocks(plan, CODES, 8, 4) == [
        [1, 2, 3, 4], [5, 6, 14, 14],
        [7, 8, 9, 10], [11, 12, 15, 15],
    ]  # fmt: skip


def test_depthwise_blocks_hold_a_channel_in_each_lane() -> None:
    # Five channels with two filters each; filter 2c + j is multiple j of channel c.
    layer = Conv2d(
        weights=np.arange(10).reshape(10, 1, 1, 1),
        weight_type="uint4",
        activation_type="uint4",
        groups=5,
        weight_zero_point=3,
    )
    codes = np.arange(1, 6).reshape(1, 5, 1, 1)
    plan = make_plan(layer, codes.shape, spec=ONE_VAULT)
    first, second = plan.planes
    assert blocks(plan, codes, first.streamed_base, 1) == [[1, 2, 3, 4]]
    assert blocks(plan, codes, first.resident_base, 2) == [[0, 2, 4, 6], [1, 3, 5, 7]]
    assert blocks(plan, codes, second.streamed_base, 1) == [[5, 0, 0, 0]]
    assert blocks(plan, codes, second.resident_base, 2) == [[8, 3, 3, 3], [9, 3, 3, 3]]


def test_image_rows_lie_at_their_pitch() -> None:
    # Two rows of one block, two kernel rows: pitch 4, so that they lie in banks 0 and 1.
    layer = Conv2d(weights=np.ones((1, 4, 2, 1), int), weight_type="int2", activation_type="int4")
    codes = np.arange(8).reshape(1, 2, 4, 1).transpose(0, 2, 1, 3) - 4
    plan = make_plan(layer, codes.shape, spec=ONE_VAULT)
    (plane,) = plan.planes
    image = place(plan, codes)[0]
    assert (plane.pitch, plane.placed_blocks) == (4, 2)
    assert image.read(0).tolist() == [[0xFFFC, 0xFFFD, 0xFFFE, 0xFFFF]]
    assert image.read(4).tolist() == [[0, 1, 2, 3]]
    assert image.written[:8].tolist() == [True, False, False, False] * 2
