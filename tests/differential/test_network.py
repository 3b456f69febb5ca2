"""Do whole networks give what the oracle says, and their operations the traffic worked out?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpim_emu import (
    TOY,
    Accumulator,
    Add,
    Concat,
    Conv2d,
    Flatten,
    GlobalAveragePool2d,
    Linear,
    MaxPool2d,
    Network,
    Node,
    Pad,
    Relu,
    Requantize,
    RunResult,
    Slice,
    Softmax,
    Spec,
    TensorType,
    Tier,
)
from qpim_emu.engine.network import run_network
from qpim_emu.engine.network_count import count_network
from qpim_emu.errors import InputError
from qpim_emu.oracle.network import reference_network
from qpim_emu.testing.same_run import assert_same_counters, assert_same_run
from qpim_emu.testing.strategies import NetworkInput, networks
from qpim_emu.workload.constant import Constant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.engine.network import NetworkResult
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Step

INT8: dict[str, Any] = {"low": -128, "high": 127}
WIDE = Accumulator(bits=32)
RESCALE = Requantize(mode="q31_double", multiplier=1 << 30, shift=4, zero_point=-3, **INT8)


def residual_network(seed: int, *, overflow: str) -> Network:
    """Two convolutions and a way around them, two branches side by side, a classifier.

    The second convolution's accumulator is so narrow that it overflows.
    """
    rng = np.random.default_rng(seed)

    def weights(*shape: int) -> IntArray:
        return rng.integers(-8, 8, shape)

    def convolution(size: int, accumulator: Accumulator = WIDE) -> Conv2d:
        return Conv2d(
            weights=weights(4, 4, size, size),
            weight_type="int4",
            activation_type="int8",
            activation_zero_point=-3,
            padding=size // 2,
            bias=rng.integers(-500, 500, 4),
            accumulator=accumulator,
            requantize=RESCALE,
        )

    add = Add.from_scales(
        scales=(0.1, 0.07),
        zero_points=(-3, -3),
        output_scale=0.13,
        output_zero_point=-3,
        **INT8,
    )
    classifier = Linear(
        weights=weights(5, 8),
        weight_type="int4",
        activation_type="int8",
        accumulator=WIDE,
        requantize=RESCALE,
    )
    narrow = Accumulator(bits=12, overflow=overflow)
    steps: list[tuple[str, Step, tuple[str, ...]]] = [
        ("first", convolution(3), ("image",)),
        ("relu", Relu(zero_point=-3), ("first",)),
        ("second", convolution(3, narrow), ("relu",)),
        ("add", add, ("second", "image")),
        ("pool", MaxPool2d(kernel=2), ("add",)),
        ("branch", convolution(1), ("pool",)),
        ("both", Concat(count=2), ("pool", "branch")),
        ("padded", Pad(padding=((0, 0), (1, 0), (0, 1)), code=-3), ("both",)),
        ("mean", GlobalAveragePool2d(), ("padded",)),
        ("flat", Flatten(), ("mean",)),
        ("classes", classifier, ("flat",)),
        ("probabilities", Softmax.from_scale(input_scale=0.05), ("classes",)),
    ]
    return Network(
        name="residual",
        inputs={"image": TensorType(shape=(4, 6, 5), format="int8")},
        nodes=[Node(name=name, step=step, inputs=inputs) for name, step, inputs in steps],
    )


def images(seed: int, *, batch: int = 1) -> dict[str, IntArray]:
    """Inputs of the residual network."""
    return {"image": np.random.default_rng(seed + 1).integers(-128, 128, (batch, 4, 6, 5))}


@pytest.mark.parametrize("tier", [Tier.LITERAL, Tier.FAST])
@settings(max_examples=5)
@given(
    seed=st.integers(0, 1 << 30),
    batch=st.integers(1, 2),
    overflow=st.sampled_from(["wrap", "saturate"]),
)
def test_every_tensor_is_the_oracles(tier: Tier, seed: int, batch: int, overflow: str) -> None:
    network, inputs = residual_network(seed, overflow=overflow), images(seed, batch=batch)
    result = run_network(network, inputs, spec=TOY, tier=tier)
    second = result.nodes["second"]
    assert isinstance(second, RunResult)
    expected = reference_network(network, inputs, word_groups={"second": second.plan.word_groups})
    assert list(expected) == list(result.tensors) == list(network.tensors)
    for name, codes in expected.items():
        np.testing.assert_array_equal(result.tensors[name], codes, err_msg=name)


@pytest.mark.parametrize("spec", [TOY, TOY.replace(vaults=3, max_blocks_per_read=4)])
def test_a_network_of_four_layers_is_the_same_in_every_tier(spec: Spec) -> None:
    network, inputs = residual_network(7, overflow="saturate"), images(7, batch=2)
    assert len(network.layers) == 4
    literal = compare_tiers(network, inputs, spec)
    assert literal.counters.total("vault_bits") > 0


@given(drawn=networks(max_steps=6))
def test_any_network_is_the_same_in_every_tier_and_the_oracles(drawn: NetworkInput) -> None:
    literal = compare_tiers(drawn.network, drawn.inputs, TOY)
    groups = {
        name: node.plan.word_groups
        for name, node in literal.nodes.items()
        if isinstance(node, RunResult)
    }
    expected = reference_network(drawn.network, drawn.inputs, word_groups=groups)
    for name, codes in expected.items():
        np.testing.assert_array_equal(literal.tensors[name], codes, err_msg=name)


def compare_tiers(network: Network, inputs: Mapping[str, IntArray], spec: Spec) -> NetworkResult:
    """Compare literal, fast and count on a network; returns the literal result."""
    literal, fast = (run_network(network, inputs, spec=spec, tier=tier) for tier in Tier)
    assert_same_run(literal, fast)
    batch = len(next(iter(inputs.values())))
    counted = count_network(network, batch=batch, spec=spec)
    for name, node in literal.nodes.items():
        assert_same_counters(node.counters.structural(), counted.nodes[name], where=f"{name}: ")
    assert_same_counters(literal.counters.structural(), counted.counters)
    assert literal.cycles == counted.cycles
    return literal


def test_the_narrow_accumulator_overflows() -> None:
    # Otherwise the order of additions would not be tested above.
    result = run_network(residual_network(0, overflow="saturate"), images(0), spec=TOY, tier="fast")
    assert result.nodes["second"].counters.total("overflows") > 0


def test_a_saturating_layer_needs_its_order_of_additions() -> None:
    with pytest.raises(InputError, match="groups must be given for a saturating accumulator"):
        reference_network(residual_network(0, overflow="saturate"), images(0))


def operations_network() -> Network:
    """Operations on vectors whose codes are in known vaults."""
    steps: list[tuple[str, Step, tuple[str, ...]]] = [
        ("a", Relu(), ("x",)),
        ("b", Relu(zero_point=-5), ("x",)),
        ("joined", Concat(count=2), ("a", "b")),
        ("padded", Pad(padding=((1, 2),), code=7), ("a",)),
        ("reversed", Slice(starts=(5,), sizes=(6,), steps=(-1,)), ("a",)),
        ("unchanged", Flatten(), ("a",)),
        ("from input", Flatten(), ("x",)),
    ]
    return Network(
        name="movements",
        inputs={"x": TensorType(shape=(6,), format="int8")},
        nodes=[Node(name=name, step=step, inputs=inputs) for name, step, inputs in steps],
    )


@pytest.fixture(scope="module")
def moved() -> NetworkResult:
    """Run movements on TOY: 2 vaults, blocks of 4 words.

    The 6 codes of `a` and of `b` lie in 2 blocks: codes 0..3 in vault 0, codes 4 and 5 in vault 1.
    """
    return run_network(operations_network(), {"x": [[1, -2, 3, -4, 5, -6]]}, spec=TOY)


@pytest.mark.parametrize(
    ("name", "codes", "placed", "moving"),
    [
        # a0 a1 a2 a3 | a4 a5 b0 b1 | b2 b3 b4 b5: vault 1 owns two blocks and lacks b0..b3
        ("joined", [1, 0, 3, 0, 5, 0, 1, -2, 3, -4, 5, -5], [1, 2], [0, 4]),
        # 7 a0 a1 a2 | a3 a4 a5 7 | 7: vault 1 lacks a3; padding comes from nowhere
        ("padded", [7, 1, 0, 3, 0, 5, 0, 7, 7], [1, 2], [0, 1]),
        # a5 a4 a3 a2 | a1 a0: two codes cross in each direction
        ("reversed", [0, 5, 0, 3, 0, 1], [1, 1], [2, 2]),
        ("unchanged", [1, 0, 3, 0, 5, 0], [1, 1], [0, 0]),
        ("from input", [1, -2, 3, -4, 5, -6], [1, 1], [0, 0]),
    ],
)
def test_movements_cost_their_placement(
    moved: NetworkResult, name: str, codes: list[int], placed: list[int], moving: list[int]
) -> None:
    node = moved.nodes[name]
    assert node.outputs.tolist() == [codes]
    assert node.counters.vault["placed"].tolist() == placed
    assert node.counters.vault["vault_bits"].tolist() == [16 * count for count in moving]
    assert node.cycles == 0
    assert (
        sum(node.counters.total(name) for name in ("act", "rd", "rd2", "wr", "written_bits")) == 0
    )


@pytest.mark.parametrize("tier", [Tier.LITERAL, Tier.FAST])
def test_reads_and_writes_of_a_sum(tier: Tier) -> None:
    # 2 inputs and an output of 4 x 6 x 6 codes: 36 blocks each, 18 in each of TOY's vaults. A row
    # of TOY holds 4 blocks, so each of the three phases opens 5 rows; 8 of 16 bits pair up.
    add = Add.from_scales(
        scales=(0.1, 0.1), zero_points=(0, 0), output_scale=0.2, output_zero_point=0, **INT8
    )
    kind = TensorType(shape=(4, 6, 6), format="int8")
    network = Network(
        name="sum",
        inputs={"x": kind, "y": kind},
        nodes=[Node(name="sum", step=add, inputs=("x", "y"))],
    )
    rng = np.random.default_rng(5)
    inputs = {name: rng.integers(-128, 128, (1, 4, 6, 6)) for name in ("x", "y")}
    result = run_network(network, inputs, spec=TOY, tier=tier)
    counters = result.nodes["sum"].counters
    rows, blocks, word, lanes = 5, 18, 16, 4
    per_vault = {
        "rd": 0,
        "rd2": 2 * blocks // 2,
        "wr": blocks,
        "act": 3 * rows,
        "pre": 3 * rows,
        "offered": 2 * blocks * lanes * word,
        "enabled": 2 * blocks * lanes * 8,
        "gated": 2 * blocks * lanes * 8,
        "written_bits": blocks * lanes * word,
        "tsv_bits": 2 * blocks * lanes * 8 + blocks * lanes * word,
        "placed": 2 * blocks,
        "vault_bits": 0,
        "updates": 0,
        "requantized": 0,
        "idle": 0,
    }
    assert {name: counters.total(name) for name in per_vault} == {
        name: 2 * count for name, count in per_vault.items()
    }
    expected = reference_network(network, inputs)["sum"]
    np.testing.assert_array_equal(result.tensors["sum"], expected)


@pytest.mark.parametrize("spec", [TOY, TOY.replace(vaults=3)])
@pytest.mark.parametrize("batch", [1, 3])
def test_constants_are_the_same_in_every_tier_and_the_oracle(spec: Spec, batch: int) -> None:
    rng = np.random.default_rng(5)
    layer = Linear(weights=rng.integers(-8, 8, (6, 7)), weight_type="int4", activation_type="int8")
    add = Add.from_scales(
        scales=(0.1, 0.07), zero_points=(-3, 2), output_scale=0.13, output_zero_point=1, **INT8
    )
    network = Network(
        name="held",
        inputs={"image": TensorType(shape=(7,), format="int8")},
        constants={"offset": Constant(codes=rng.integers(-128, 128, 7), format="int8")},
        nodes=[
            Node(name="sum", step=add, inputs=("image", "offset")),
            Node(name="both", step=Concat(count=2), inputs=("offset", "sum")),
            Node(name="dense", step=layer, inputs=("offset",)),
        ],
        outputs=("both", "dense"),
    )
    inputs = {"image": rng.integers(-128, 128, (batch, 7))}
    expected = reference_network(network, inputs)
    literal, fast = (run_network(network, inputs, spec=spec, tier=tier) for tier in Tier)
    counted = count_network(network, batch=batch, spec=spec)
    for name, codes in expected.items():
        np.testing.assert_array_equal(literal.tensors[name], codes, err_msg=name)
        np.testing.assert_array_equal(fast.tensors[name], codes, err_msg=name)
    for name, slow in literal.nodes.items():
        assert slow.counters.differences(fast.nodes[name].counters) == {}, name
        assert slow.counters.structural().differences(counted.nodes[name]) == {}, name
    # a layer's first input: nothing moved, as for a network's input
    assert literal.nodes["dense"].counters.total("vault_bits") == 0
    assert literal.nodes["sum"].counters.total("vault_bits") == 0
