"""Are outputs of -1 and +1 alone stored as one bit, alike in every tier, and read back as such?"""

from __future__ import annotations

import numpy as np
import pytest

from qpim_emu.arith.formats import BIPOLAR
from qpim_emu.engine.network import run_network
from qpim_emu.engine.run import run_layer
from qpim_emu.hardware.presets import TOY
from qpim_emu.oracle.network import reference_network
from qpim_emu.oracle.vectorised import reference
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.network import Network, TensorType
from qpim_emu.workload.requantize import Requantize


def signs(filters: int, rng: np.random.Generator) -> Requantize:
    """A threshold for each filter."""
    return Requantize(
        mode="multithreshold",
        thresholds=np.repeat(rng.integers(-9, 10, (filters, 1)), 2, axis=1),
        offset=-1,
    )


def layer_of(kind: str, rng: np.random.Generator) -> tuple[Conv2d | Linear, tuple[int, ...]]:
    """A layer of each way in which outputs are laid out, and the shape of its input."""
    if kind == "linear":
        weights = rng.integers(-4, 4, (5, 6))
        unit = signs(5, rng)
        layer = Linear(weights=weights, weight_type="int3", activation_type="int3", requantize=unit)
        return layer, (6,)
    groups = 3 if kind == "depthwise" else 1
    shape = (3 * groups, 3 // groups, 2, 2)
    return Conv2d(
        weights=rng.integers(-4, 4, shape),
        weight_type="int3",
        activation_type="int3",
        groups=groups,
        requantize=signs(3 * groups, rng),
    ), (3, 4, 3)


@pytest.mark.parametrize("kind", ["linear", "dense", "depthwise"])
@pytest.mark.parametrize("seed", range(8))
def test_tiers_write_the_same_words(kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    layer, shape = layer_of(kind, rng)
    codes = rng.integers(-4, 4, (2, *shape))
    literal, fast = (run_layer(layer, codes, spec=TOY, tier=tier) for tier in ("literal", "fast"))
    assert layer.output_format == BIPOLAR
    assert np.array_equal(literal.outputs, reference(layer, codes).outputs)
    assert np.array_equal(fast.outputs, literal.outputs)
    assert set(np.unique(literal.outputs).tolist()) <= {-1, 1}
    assert fast.image.equals(literal.image)
    assert fast.counters.totals() == literal.counters.totals()


def test_a_stored_sign_is_one_bit() -> None:
    unit = Requantize(mode="multithreshold", thresholds=[0, 0], offset=-1)
    layer = Linear(weights=[[1], [-1]], weight_type="int2", activation_type="int2", requantize=unit)
    for tier in ("literal", "fast"):
        result = run_layer(layer, [[1]], spec=TOY, tier=tier)
        words = [result.image[vault].read(16)[0, 0] for vault in range(2)]
        assert (result.outputs.tolist(), words) == ([[1, -1]], [1, 0])


@pytest.mark.parametrize(
    "changed",
    [
        {"thresholds": [0, 1]},
        {"thresholds": [0, 0], "offset": 0},
        {"thresholds": [0, 0, 0]},
        {"thresholds": [[0, 0], [0, 1]]},
        {"thresholds": [0, 0], "high": 0},
    ],
)
def test_other_codes_are_no_signs(changed: dict[str, object]) -> None:
    unit = Requantize(**{"mode": "multithreshold", "offset": -1, **changed})  # type: ignore[arg-type]
    assert unit.output_format(48) != BIPOLAR


@pytest.mark.parametrize("tier", ["literal", "fast"])
def test_the_next_layer_reads_signs(tier: str) -> None:
    rng = np.random.default_rng(0)
    first, shape = layer_of("linear", rng)
    second = Linear(
        weights=rng.choice([-1, 1], (4, 5)), weight_type="bipolar", activation_type="bipolar"
    )
    kind = TensorType(shape=shape, format="int3")
    network = Network.chain("signs", kind, {"first": first, "second": second})
    codes = {"input": rng.integers(-4, 4, (3, *shape))}
    found = run_network(network, codes, spec=TOY, tier=tier)
    for name, expected in reference_network(network, codes).items():
        assert np.array_equal(found.tensors[name], expected)
