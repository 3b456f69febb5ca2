"""Is a layer made ready anew for another kernel, are operands that lie otherwise told apart?"""

from __future__ import annotations

import numpy as np
import pytest

from qpim_emu.engine import fast
from qpim_emu.engine.fast import prepared
from qpim_emu.engine.run import Tier, plan_layer, run_layer
from qpim_emu.hardware import TOY
from qpim_emu.mapping import Mapping
from qpim_emu.mapping.placement import place
from qpim_emu.workload.layers import Conv2d

SPEC = TOY.replace(bank_bytes=1 << 16)
CODES = np.random.default_rng(1).integers(-32, 32, (2, 3, 7, 6))


def layer_of() -> Conv2d:
    """A small layer."""
    weights = np.random.default_rng(0).integers(-8, 8, (5, 3, 3, 3))
    return Conv2d(weights=weights, weight_type="int4", activation_type="int6", padding=1)


def test_another_kernel_is_made_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = layer_of()
    monkeypatch.delenv("QPIM_KERNEL", raising=False)
    first = run_layer(layer, CODES, spec=SPEC, tier=Tier.FAST)
    assert len(prepared.known[layer]) == 1
    monkeypatch.setenv("QPIM_KERNEL", "float64")
    second = run_layer(layer, CODES, spec=SPEC, tier=Tier.FAST)
    assert len(prepared.known[layer]) == 2
    np.testing.assert_array_equal(first.outputs, second.outputs)


@pytest.mark.parametrize("settles", [False, True])
@pytest.mark.parametrize("layout", ["blocked", "unfolded"])
def test_images_placed_otherwise_are_read_as_they_are(layout: str, *, settles: bool) -> None:
    layer = layer_of()
    mapping = Mapping(layout=layout)
    first = run_layer(layer, CODES, spec=SPEC, tier=Tier.FAST, mapping=mapping)
    plan = plan_layer(layer, CODES.shape, spec=SPEC, mapping=mapping)
    image = place(plan, CODES)
    if settles:
        image.settle()
    second = fast.execute(plan, image)
    again = run_layer(layer, CODES, spec=SPEC, tier=Tier.FAST, mapping=mapping)
    for found in (second.outputs.reshape(first.outputs.shape), again.outputs):
        np.testing.assert_array_equal(found, first.outputs)
    np.testing.assert_array_equal(
        second.accumulators.reshape(first.outputs.shape), first.accumulators
    )
