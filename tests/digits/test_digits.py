"""Does the shipped network decide every image as its reference does, and as well as its twin?"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from qpim_emu import PAPER, NetworkResult
from qpim_emu.analysis.baseline import ungated_spec
from qpim_emu.analysis.check import check_run
from qpim_emu.data import digits
from qpim_emu.engine.network import run_network
from qpim_emu.engine.network_count import count_network
from qpim_emu.oracle.network import reference_network
from qpim_emu.workload.network_file import load_examples, load_network

FILES = {
    "layerwise": (digits.LAYERWISE, digits.EXAMPLES),
    "twin": (digits.TWIN, digits.TWIN_EXAMPLES),
}


@cache
def run(name: str) -> NetworkResult:
    network_file, examples_file = FILES[name]
    examples = load_examples(examples_file)
    return run_network(load_network(network_file), examples.inputs, spec=PAPER, tier="fast")


def accuracy(name: str) -> float:
    scores = run(name).tensors["linear6"]
    labels = load_examples(FILES[name][1]).labels
    return float((scores.argmax(axis=1) == labels).mean())


@pytest.mark.parametrize("name", FILES)
def test_every_node_equals_the_oracle(name: str) -> None:
    checks = check_run(run(name))
    assert {node: check.wrong for node, check in checks.items() if not check.is_exact} == {}


@pytest.mark.parametrize("name", FILES)
def test_every_decision_equals_the_reference(name: str) -> None:
    """Free-running: the oracle feeds itself from the images to the scores."""
    network = load_network(FILES[name][0])
    reference = reference_network(network, load_examples(FILES[name][1]).inputs)
    scores = run(name).tensors["linear6"]
    assert len(scores) == 360
    assert np.array_equal(scores, reference["linear6"])


def test_bits_in_banks_decide_as_the_vectorised_tier_does() -> None:
    """The specification itself, command by command, on the first image."""
    inputs = {"input": load_examples(digits.EXAMPLES).inputs["input"][:1]}
    network = load_network(digits.LAYERWISE)
    literal, fast = (
        run_network(network, inputs, spec=PAPER, tier=tier) for tier in ("literal", "fast")
    )
    for name in network.tensors:
        assert np.array_equal(literal.tensors[name], fast.tensors[name])
    assert literal.counters.differences(fast.counters) == {}
    assert literal.cycles == fast.cycles


def test_accuracy_is_that_of_sixteen_bits() -> None:
    assert accuracy("layerwise") >= 0.97
    assert accuracy("layerwise") >= accuracy("twin") - 0.005


def test_precisions_are_mixed() -> None:
    layers = load_network(digits.LAYERWISE).layers.values()
    bits = [(layer.weight_type.bits, layer.activation_type.bits) for layer in layers]
    assert sum(max(pair) > 8 for pair in bits) == 1
    assert sum(max(pair) <= 4 for pair in bits) >= 2
    twin = load_network(digits.TWIN).layers.values()
    assert {layer.weight_type.bits for layer in twin} == {16}
    assert {layer.activation_type.bits for layer in twin} == {16}


def test_twin_is_read_whole_and_costs_more() -> None:
    counted = count_network(load_network(digits.TWIN), batch=360, spec=ungated_spec(PAPER))
    mine = run("layerwise")
    assert counted.counters.total("gated") == 0
    assert mine.counters.total("enabled") < counted.counters.total("enabled") / 2
    assert mine.cycles < counted.cycles


def test_images_are_the_same_pixels() -> None:
    mine, twin = (load_examples(examples) for _, examples in FILES.values())
    assert np.array_equal(mine.inputs["input"] << 11, twin.inputs["input"])
    assert mine.labels is not None
    assert twin.labels is not None
    assert np.array_equal(mine.labels, twin.labels)
