"""Does a comparison of runs notice whatever differs, and say what and where?"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu import PAPER, TOY, Accumulator, Linear, Network, Requantize, RunResult, TensorType
from qpim_emu.engine.network import run_network
from qpim_emu.engine.run import run_layer
from qpim_emu.errors import MismatchError
from qpim_emu.testing import assert_same_run, assert_tiers_agree
from qpim_emu.workload.operations import Relu

if TYPE_CHECKING:
    from qpim_emu.engine.network import NetworkResult

LAYER = Linear(weights=[[1, -2, 3]], weight_type="int4", activation_type="uint4")
CODES = [[4, 5, 6]]


def run() -> RunResult:
    return run_layer(LAYER, CODES, spec=TOY)


def ran_network(*, bias: int = 0) -> NetworkResult:
    dense = Linear(
        weights=[[1, -2, 3]],
        weight_type="int4",
        activation_type="uint4",
        bias=bias,
        requantize=Requantize(mode="shift", shift=0, low=-128, high=127),
    )
    kind = TensorType(shape=(3,), format="uint4")
    network = Network.chain("two", kind, {"dense": dense, "relu": Relu()})
    return run_network(network, {"input": CODES}, spec=TOY)


def test_equal_runs_pass() -> None:
    assert_same_run(run(), run())
    assert_same_run(ran_network(), ran_network())


def test_an_output_is_named() -> None:
    other = run_layer(LAYER, [[4, 5, 7]], spec=TOY)
    expected = "outputs [0, 0] (1 of 1 differ) must be 12, got 15"
    with pytest.raises(MismatchError, match=f"^{re.escape(expected)}$"):
        assert_same_run(run(), other)


def test_a_node_is_named() -> None:
    with pytest.raises(MismatchError, match=r"^dense: outputs \[0, 0\] .* must be 12, got 13$"):
        assert_same_run(ran_network(), ran_network(bias=1))


def test_a_block_is_named() -> None:
    one, other = run(), run()
    other.image[1].write(9, np.array([1, 2, 3, 4], np.uint16))
    place = TOY.place(9)
    expected = f"vault 1, bank {place.bank}, row {place.row}, column {place.column}: words must be "
    with pytest.raises(MismatchError, match=f"^{re.escape(expected)}.*got \\[1, 2, 3, 4\\]$"):
        assert_same_run(one, other)


def test_counters_and_cycles_are_named() -> None:
    one, other = run(), run()
    other.counters.vault["requantized"][0] += 1
    with pytest.raises(MismatchError, match="counters must be equal, got requantized: "):
        assert_same_run(one, other)
    network = ran_network()
    with pytest.raises(MismatchError, match=f"network: cycles must be {network.cycles}, got 1$"):
        assert_same_run(network, replace(network, cycles=1))


def test_runs_of_different_kinds_are_refused() -> None:
    with pytest.raises(MismatchError, match="runs must both be of networks"):
        assert_same_run(ran_network(), run())


def test_trapping_layers_give_no_run() -> None:
    trapping = Linear(
        weights=[[7] * 40],
        weight_type="int4",
        activation_type="uint8",
        accumulator=Accumulator(bits=8, overflow="trap"),
    )
    assert assert_tiers_agree(trapping, np.full((1, 40), 255), spec=PAPER) is None
