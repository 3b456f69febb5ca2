"""Does compiled placement make the image that `mapping.placement` makes, and refuse alike?"""

from __future__ import annotations

import numpy as np
import pytest

from qpim_emu.engine import fast
from qpim_emu.engine.run import plan_layer
from qpim_emu.errors import CodeError
from qpim_emu.hardware import TOY
from qpim_emu.mapping import Mapping
from qpim_emu.mapping.placement import place
from qpim_emu.workload.layers import Conv2d, Linear

SPEC = TOY.replace(vaults=3, bank_bytes=1 << 15)
SHAPE = (2, 6, 5, 4)


def layer_of(groups: int = 1) -> Conv2d:
    """A layer with borders all around, of different widths."""
    weights = np.arange(-6, 6).repeat(24 // groups)[: 12 * 6 // groups * 4]
    return Conv2d(
        weights=weights.reshape(12, 6 // groups, 2, 2),
        weight_type="int8",
        activation_type="int5",
        activation_zero_point=-3,
        padding=((1, 0), (2, 1)),
        groups=groups,
    )


@pytest.mark.parametrize("partition", ["pixels", "filters"])
@pytest.mark.parametrize("groups", [1, 2, 6])
def test_images_are_equal(groups: int, partition: str) -> None:
    codes = np.random.default_rng(0).integers(-16, 16, SHAPE)
    mapping = Mapping(layout="blocked", partition=partition)
    plan = plan_layer(layer_of(groups), SHAPE, spec=SPEC, mapping=mapping)
    assert fast.place(plan, codes).equals(place(plan, codes))
    turned = np.ascontiguousarray(codes.transpose(2, 3, 1, 0)).transpose(3, 2, 0, 1)
    assert fast.place(plan, turned).equals(place(plan, codes))


def test_other_layouts_are_equal_too() -> None:
    codes = np.random.default_rng(0).integers(-16, 16, SHAPE)
    plan = plan_layer(layer_of(), SHAPE, spec=SPEC, mapping=Mapping(layout="unfolded"))
    assert fast.place(plan, codes).equals(place(plan, codes))
    linear = Linear(weights=np.ones((5, 7), int), weight_type="int2", activation_type="int5")
    plan = plan_layer(linear, (2, 7), spec=SPEC)
    assert fast.place(plan, codes.reshape(-1)[:14].reshape(2, 7)).equals(
        place(plan, codes.reshape(-1)[:14].reshape(2, 7))
    )


@pytest.mark.parametrize("code", [-17, 16])
@pytest.mark.parametrize("groups", [1, 6])
def test_a_code_outside_its_type_is_refused_alike(groups: int, code: int) -> None:
    codes = np.zeros(SHAPE, np.int64)
    codes[1, 4, 3, 2] = code
    plan = plan_layer(layer_of(groups), SHAPE, spec=SPEC, mapping=Mapping(layout="blocked"))
    for placing in (place, fast.place):
        with pytest.raises(CodeError, match=rf"got {code} at \[1, 4, 3, 2\]"):
            placing(plan, codes)
