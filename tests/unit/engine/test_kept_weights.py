"""Are packed weights kept only as long as the layer's weights, and never taken for others?"""

from __future__ import annotations

import gc

import numpy as np

from qpim_emu.engine.fast.kept import known
from qpim_emu.engine.run import RunResult, Tier, run_layer
from qpim_emu.hardware import TOY
from qpim_emu.workload.layers import Linear

CODES = np.array([[1, 2, 3]])


def layer_of(weights: list[list[int]], zero_point: int = 0) -> Linear:
    """A small layer."""
    return Linear(
        weights=weights,
        weight_type="int4",
        activation_type="int4",
        weight_zero_point=zero_point,
    )


def run(layer: Linear) -> RunResult:
    """Run it."""
    return run_layer(layer, CODES, spec=TOY, tier=Tier.FAST)


def test_a_second_run_uses_what_the_first_packed() -> None:
    layer = layer_of([[1, -2, 3], [4, 5, -6]])
    first, second = run(layer), run(layer)
    assert first.outputs.tolist() == second.outputs.tolist() == [[6, -4]]
    assert first.image.equals(second.image)
    assert id(layer.weights) in known


def test_nothing_is_kept_of_a_layer_that_is_gone() -> None:
    layer = layer_of([[1, -2, 3]])
    run(layer)
    number = id(layer.weights)
    assert number in known
    del layer
    gc.collect()
    assert number not in known


def test_the_same_weights_with_another_zero_point_are_others() -> None:
    layer = layer_of([[1, -2, 3]])
    shared = Linear(
        weights=layer.weights, weight_type="int4", activation_type="int4", weight_zero_point=1
    )
    assert shared.weights is layer.weights
    assert [run(one).outputs.tolist() for one in (layer, shared, layer)] == [[[6]], [[0]], [[6]]]


def test_writing_a_settled_image_changes_no_later_run() -> None:
    layer = layer_of([[1, -2, 3]])
    image = run(layer).image
    image[0].words[:] = 0
    assert run(layer).outputs.tolist() == [[6]]
