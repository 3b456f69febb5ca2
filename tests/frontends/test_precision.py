"""Do layers read with fewer bits compute what narrowing and rounding say, and say what it cost?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from qpim_emu.arith.window import Window
from qpim_emu.crosscheck.check import check_model
from qpim_emu.crosscheck.inputs import seeded_batch
from qpim_emu.crosscheck.numpy_oracle import open_oracle
from qpim_emu.errors import InputError
from qpim_emu.frontends.precision import Precision, override, parse_precision
from qpim_emu.hardware.presets import PAPER
from qpim_emu.workload.network import Network, Node, TensorType
from qpim_emu.workload.network_file import networks_equal
from qpim_emu.workload.operations import Flatten
from tests.crosscheck.fakes import Eighths, small_model


@pytest.mark.parametrize(
    ("text", "weight", "activation", "rounds"),
    [
        ("W4A8", 4, 8, False),
        ("w2", 2, None, False),
        ("A3", None, 3, False),
        ("int3", 3, None, False),
        ("W4A8:round", 4, 8, True),
    ],
)
def test_precisions_are_read(
    text: str, weight: int | None, activation: int | None, *, rounds: bool
) -> None:
    found = parse_precision(text)
    assert (found.weight_bits, found.activation_bits, found.rounds) == (weight, activation, rounds)
    assert isinstance(found, Precision)


@pytest.mark.parametrize("text", ["", ":round", "4", "W", "A8W4", "W4A8:floor", "int99", "W123"])
def test_what_is_no_precision_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="precision must be like W4A8"):
        parse_precision(text)


def test_narrowing_keeps_the_codes_and_reads_their_upper_bits() -> None:
    model = small_model()
    narrow = override(model, {"dense": "W3"})
    before, after = (m.network.layers["dense"] for m in (model, narrow))
    assert after.weights is before.weights
    assert str(after.weight_window) == "int3<<1"
    lost = int((before.weights & 1).sum())
    assert narrow.notes == (
        f"dense: narrowed to W3A8, the stored codes stay: {lost} of 120 weights lose bits",
    )
    assert narrow.network.layers["conv"] is model.network.layers["conv"]


def test_rounding_stores_new_codes_of_the_same_reals() -> None:
    model = small_model()
    rounded = override(model, {"#4": "int2:round"})
    before, after = (m.network.layers["dense"] for m in (model, rounded))
    assert str(after.weight_type) == "int2"
    assert after.weight_window == Window(after.weight_type)
    wanted = [
        min(max(round(Fraction(code, 4)), -2), 1) for code in before.weights.reshape(-1).tolist()
    ]
    assert after.weights.reshape(-1).tolist() == wanted
    assert before.requantize.scale == 0.125
    assert after.requantize.scale == 0.5
    changed = int((after.weights * 4 != before.weights).sum())
    said = "dense: re-quantized to W2A8, weights rounded half to even to multiples of 4"
    assert rounded.notes == (f"{said}: {changed} of 120 change",)


@pytest.mark.parametrize("text", ["W2", "W2:round", "W3A8:round", "W4A8"])
def test_the_machine_computes_it_as_the_oracle_does(text: str) -> None:
    model = override(small_model(), {"conv": text, "dense": text})
    batch = seeded_batch(model, images=2, seed=0)
    assert check_model(model, open_oracle(model), batch, spec=PAPER).is_exact


def test_as_many_bits_as_before_change_nothing() -> None:
    model = small_model()
    same = override(model, {"conv": "W4A8:round"})
    assert networks_equal(same.network, model.network)
    assert same.notes == ("conv: narrowed to W4A8, the stored codes stay: all weights as they are",)


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("pool", "W4", "precision must be for one of conv, dense, got 'pool'"),
        ("#2", "W4", "got '#2'"),
        ("conv", "W5", "precision of conv must be W1..W4, got W5"),
        ("conv", "A0", "precision of conv must be A1..A8, got A0"),
        ("conv", "uint3", "precision of conv must be signed like int4, got uint3"),
        ("conv", "A4", "precision of conv: activation_zero_point must be a multiple of 16"),
    ],
)
def test_what_cannot_be_had_is_refused(key: str, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        override(small_model(), {key: text})
    assert message in str(caught.value)


def test_model_without_layers() -> None:
    kind = TensorType(shape=(9,), format="int8")
    nodes = [Node(name="y", step=Flatten(), inputs=("x",))]
    network = Network(name="moves", inputs={"x": kind}, nodes=nodes)
    model = replace(small_model(), network=network, tensors={})
    with pytest.raises(InputError, match="for a layer, of which there is none, got 'y'"):
        override(model, {"y": "W4"})


def test_a_narrow_window_is_not_rounded() -> None:
    narrow = override(small_model(), {"conv": "W3"})
    with pytest.raises(InputError, match="must not round: its window is narrow already"):
        override(narrow, {"conv": "W2:round"})


def test_reals_of_the_old_unit_are_dropped() -> None:
    model = replace(small_model(), real={"conv": Eighths()})
    assert override(model, {"conv": "W3"}).real == {}
    assert np.array_equal(model.network.layers["conv"].bias, np.zeros(4))
