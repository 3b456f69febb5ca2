"""Does bad input give one clear error of our own tree, naming the field and the value?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import qpim_emu as qe
from qpim_emu import errors
from qpim_emu.arith.formats import Format
from qpim_emu.engine.network_count import count_network
from qpim_emu.engine.run import count_layer
from qpim_emu.workload.from_scales import from_scale
from qpim_emu.workload.operations import Flatten, Mean, Transpose

if TYPE_CHECKING:
    from collections.abc import Callable

ONES = np.ones((4, 3, 3, 3), int)
BASE: dict[str, Any] = {"weights": ONES, "weight_type": "int4", "activation_type": "uint6"}
CODES = np.zeros((1, 3, 5, 5), int)
# what a caller without a type checker may pass to them
API: Any = qe
FORMAT: Any = Format
MEAN_OF: Any = Mean
TRANSPOSE: Any = Transpose
COUNT_LAYER: Any = count_layer

BAD_LAYERS = [
    ({"weights": ONES * 8}, errors.CodeError, r"weights must be codes of int4.*got 8 at \[0, 0"),
    ({"weights": ONES * 0.5}, errors.CodeError, "weights must be integers, got dtype float64"),
    ({"weights": ONES[0]}, errors.LayerError, r"weights must have shape .*got \[3, 3, 3\]"),
    ({"weight_type": "int17"}, errors.LayerError, r"weight_type must have 1..16 bits, got int17"),
    ({"weight_type": "int0"}, errors.InputError, "weight_type must be a format.*got 'int0'"),
    ({"activation_type": 6}, errors.InputError, "activation_type must be a format.*got 6"),
    ({"stride": 0}, errors.LayerError, "stride must be an integer of 1 or more, got 0"),
    ({"stride": (1, 2, 3)}, errors.LayerError, "stride must be one or two integers"),
    ({"padding": -1}, errors.LayerError, "padding must be .* of 0 or more, got -1"),
    ({"dilation": 1.5}, errors.LayerError, "dilation must be .*got 1.5"),
    ({"groups": 3}, errors.LayerError, "groups must divide the 4 filters, got 3"),
    ({"weight_zero_point": [1, 2]}, errors.LayerError, "weight_zero_point must be a scalar or 4"),
    ({"weight_zero_point": -(1 << 63)}, errors.LayerError, "weight_zero_point .* got -92233"),
    ({"activation_zero_point": 1 << 20}, errors.LayerError, "activation_zero_point must be within"),
    ({"bias": [1, 2, 3]}, errors.LayerError, r"bias must be a scalar or 4 .*got shape \(3,\)"),
    ({"weights": [[1, 2], [3]]}, errors.CodeError, "weights must be .*rows of different lengths"),
    ({"weights": np.ma.array(ONES)}, errors.CodeError, "weights must be .*got a masked array"),
    ({"stride": np.array(1.0)}, errors.LayerError, "stride must be an integer of 1 or more"),
    ({"stride": 1 << 31}, errors.LayerError, "stride must be at most 2147483647, got 2147483648"),
    ({"accumulator": 32}, errors.LayerError, "accumulator must be an Accumulator, got 32"),
    ({"accumulator": 0}, errors.LayerError, "accumulator must be an Accumulator, got 0"),
    ({"requantize": "shift"}, errors.LayerError, "requantize must be a Requantize, got 'shift'"),
    ({"weight_window": "int4"}, errors.LayerError, "weight_window must be a Window, got 'int4'"),
    ({"activation_type": "int99"}, errors.InputError, "activation_type must have 1..64 bits"),
    (
        {"bias": 200, "accumulator": qe.Accumulator(bits=8)},
        errors.CodeError,
        "bias must be codes of int8.*got 200",
    ),
]


@pytest.mark.parametrize(("change", "error", "message"), BAD_LAYERS)
def test_layer(change: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        qe.Conv2d(**{**BASE, **change})


BAD_RUNS = [
    ({}, CODES + 64, errors.CodeError, r"input must be codes of uint6 .*got 64 at \[0, 0, 0, 0\]"),
    ({}, CODES - 1, errors.CodeError, r"input must be codes of uint6 .*got -1"),
    ({}, CODES + 0.5, errors.CodeError, "input must be integers, got dtype float64"),
    ({}, CODES[0], errors.CodeError, r"input must have shape \[images, 3, height, width\]"),
    ({}, CODES[:, :2], errors.CodeError, r"got \[1, 2, 5, 5\]"),
    ({}, CODES[:0], errors.CodeError, r"got \[0, 3, 5, 5\]"),
    ({}, CODES[..., :2], errors.CodeError, "input must be at least as large as the dilated kernel"),
    (
        {"activation_type": "bipolar", "padding": 1},
        CODES + 1,
        errors.LayerError,
        "padding must be 0 for bipolar",
    ),
    (
        {"activation_zero_point": 64, "padding": 1},
        CODES,
        errors.LayerError,
        "activation_zero_point must be a code of uint6 where a layer is padded, got 64",
    ),
    ({"activation_type": "uint12"}, CODES, errors.LayerError, "activation_type must have at most"),
    (
        {"accumulator": qe.Accumulator(bits=40)},
        CODES,
        errors.LayerError,
        "accumulator bits must be at most 32, got 40",
    ),
]


@pytest.mark.parametrize(("change", "codes", "error", "message"), BAD_RUNS)
def test_run(
    change: dict[str, Any], codes: np.ndarray, error: type[Exception], message: str
) -> None:
    narrow = qe.TOY.replace(word_bits=8, max_accumulator_bits=32)
    layer = qe.Conv2d(**{**BASE, "accumulator": qe.Accumulator(bits=32), **change})
    with pytest.raises(error, match=message):
        qe.Machine(narrow).run(layer, codes)


@pytest.mark.parametrize("spec", [None, "paper", {}, qe.Machine()])
def test_what_is_no_machine(spec: object) -> None:
    linear = qe.Linear(weights=[[1]], weight_type="int2", activation_type="int2")
    with pytest.raises(errors.SpecError, match="spec must be a Spec such as PAPER, got "):
        API.Machine(spec)
    with pytest.raises(errors.SpecError, match="spec must be a Spec"):
        API.Vault(spec)
    with pytest.raises(errors.SpecError, match="spec must be a Spec"):
        API.assert_bit_exact(linear, [[1]], [[1]], spec=spec)


@pytest.mark.parametrize("layer", [None, "linear", qe.Linear, qe.Network])
def test_what_is_no_layer(layer: object) -> None:
    with pytest.raises(errors.LayerError, match="layer must be a Conv1d, Conv2d or Linear, got"):
        API.reference(layer, [[1]])
    with pytest.raises(errors.LayerError, match="layer must be a Conv1d, Conv2d or Linear, got"):
        API.assert_bit_exact(layer, [[1]], [[1]])


@pytest.mark.parametrize(
    "shape", [None, 5, "x", (), (1, 4), (0, 3), (-1, 3), (1.0, 3), ((1,), 3), (True, 3), (10**30,)]
)
def test_shape_to_count(shape: object) -> None:
    linear = qe.Linear(weights=[[1, 0, 1]], weight_type="int2", activation_type="int2")
    with pytest.raises(errors.CodeError, match=r"input must have shape \[batch, 3\], got "):
        COUNT_LAYER(linear, shape, spec=qe.TOY)


BAD_PARTS: list[tuple[Callable[[], object], str]] = [
    (lambda: FORMAT(4, "signd"), "encoding must be one of signed, .*got 'signd'"),
    (lambda: API.Int(4.0), "bits must be an integer, got 4.0"),
    (lambda: API.Window("int4"), "format of a window must be a Format .*got 'int4'"),
    (lambda: API.Window(API.Int(4), shift=1.5), "shift must be an integer of 0 or more, got 1.5"),
    (lambda: API.Mapping(layout=["auto"]), r"layout must be one of .*got \['auto'\]"),
    (lambda: API.Requantize(mode=[]), r"mode must be one of .*got \[\]"),
    (lambda: from_scale("0.5", mode="shift", low=0, high=1), "scale must be a number .*'0.5'"),
    (lambda: from_scale([[0.5]], mode="shift", low=0, high=1), r"got shape \(1, 1\)"),
    (lambda: from_scale([], mode="q31_double", low=0, high=1), r"got shape \(0,\)"),
    (lambda: UNIT.apply(1.5, filters=0), "accumulators must be an integer .*got 1.5"),
    (lambda: UNIT.apply(1, filters=2), "filters must be among the 2 of shift, got 2"),
    (lambda: API.TOY.place(1.5), "block must be in 0..1023, got 1.5"),
    (lambda: API.TensorType(shape=3, format="int4"), "shape must be a tuple of sizes, got 3"),
    (lambda: Mean.from_scales(**MEAN), r"input_scale must be one number, got \[0.5, 0.5\]"),
    (lambda: TRANSPOSE(axes=1), "axes must be a tuple, got 1"),
]
UNIT: Any = qe.Requantize(mode="shift", shift=[1, 2], low=-8, high=7)
MEAN: dict[str, Any] = {
    "axes": (0,),
    "input_scale": [0.5, 0.5],
    "output_scale": 1.0,
    "input_zero_point": 0,
    "output_zero_point": 0,
    "low": -8,
    "high": 7,
}


@pytest.mark.parametrize(("make", "message"), BAD_PARTS)
def test_parts(make: Callable[[], object], message: str) -> None:
    with pytest.raises(errors.InputError, match=message):
        make()


def test_numpy_integers_are_integers() -> None:
    """What NumPy computed is welcome wherever an integer is, and means the same."""
    assert API.Int(np.int8(4)) == qe.Int(4)
    assert API.Accumulator(bits=np.uint8(24)) == qe.Accumulator(bits=24)
    assert qe.TOY.replace(vaults=np.int16(3)) == qe.TOY.replace(vaults=3)
    constants = {"multiplier": (1 << 31) - 1, "shift": -31, "low": -128, "high": 127}
    zero_points = {"input_zero_point": 0, "output_zero_point": 0}
    plain = MEAN_OF(axes=(0,), **constants, **zero_points)
    held = {name: np.int32(value) for name, value in (constants | zero_points).items()}
    assert MEAN_OF(axes=(0,), **held) == plain
    assert MEAN_OF(axes=(0,), **held).constants(64) == plain.constants(64)
    assert str(FORMAT(4, "signed")) == "int4"


def test_capacity() -> None:
    layer = qe.Linear(weights=np.zeros((4000, 64), int), weight_type="int4", activation_type="int4")
    with pytest.raises(errors.CapacityError, match=r"layer must fit into 1024 blocks of vault 0"):
        qe.Machine(qe.TOY).run(layer, np.zeros((1, 64), int))


@pytest.mark.parametrize("options", [{"layout": "diagonal"}, {"partition": "rows"}])
def test_unknown_mapping(options: dict[str, str]) -> None:
    with pytest.raises(errors.MappingError, match=r"must be one of auto, .*got '"):
        qe.Mapping(**options)


def test_conflicting_mappings() -> None:
    linear = qe.Linear(weights=[[1]], weight_type="int2", activation_type="int2")
    with pytest.raises(errors.MappingError, match="partition of a linear layer"):
        qe.Machine(qe.TOY).run(linear, [[1]], mapping=qe.Mapping(partition="pixels"))
    with pytest.raises(errors.MappingError, match="layout of a linear layer"):
        qe.Machine(qe.TOY).run(linear, [[1]], mapping=qe.Mapping(layout="blocked"))
    depthwise = qe.Conv2d(**{**BASE, "weights": ONES[:, :1], "groups": 4})
    with pytest.raises(errors.MappingError, match="layout of a depthwise layer"):
        qe.Machine(qe.TOY).run(
            depthwise, np.zeros((1, 4, 5, 5), int), mapping=qe.Mapping(layout="unfolded")
        )


def test_mapping_of_a_network_applies_where_it_can() -> None:
    """Layers with one mapping only take part in a network that asks for another."""
    conv = qe.Conv2d(weights=np.ones((2, 2, 1, 1), int), weight_type="int4", activation_type="int4")
    depthwise = qe.Conv2d(**{**BASE, "weights": ONES[:2, :1], "groups": 2, "weight_type": "int4"})
    small = qe.Requantize(mode="shift", shift=4, low=0, high=7)
    depthwise = replace(depthwise, requantize=small)
    conv = replace(conv, requantize=small)
    linear = qe.Linear(weights=np.ones((2, 18), int), weight_type="int4", activation_type="int4")
    steps: dict[str, Any] = {
        "conv": conv,
        "depthwise": depthwise,
        "flat": Flatten(),
        "linear": linear,
    }
    kind = qe.TensorType(shape=(2, 5, 5), format="int4")
    network = qe.Network.chain("mixed", kind, steps)
    codes = np.arange(50).reshape(1, 2, 5, 5) % 8
    automatic = qe.Machine(qe.TOY).run(network, {"input": codes})
    for asked in ({"layout": "unfolded"}, {"layout": "blocked"}, {"partition": "pixels"}):
        mapping = qe.Mapping(**asked)
        run = qe.Machine(qe.TOY).run(network, {"input": codes}, mapping=mapping)
        assert np.array_equal(run.tensors["linear"], automatic.tensors["linear"])
        assert count_network(network, spec=qe.TOY, mapping=mapping).cycles == run.cycles
        plan = getattr(run.nodes["conv"], "plan")  # noqa: B009 - of the union
        assert next(iter(asked.values())) in {plan.layout, plan.partition}


def test_errors_in_a_network_name_the_node() -> None:
    trap = qe.Accumulator(bits=8, overflow="trap")
    layer = qe.Linear(
        weights=[[7, 7]], weight_type="int4", activation_type="uint8", accumulator=trap
    )
    kind = qe.TensorType(shape=(2,), format="uint8")
    network = qe.Network.chain("traps", kind, {"dense": layer})
    with pytest.raises(errors.AccumulatorOverflowError, match=r"^node 'dense': .* got 1400 at"):
        qe.Machine(qe.TOY).run(network, {"input": [[100, 100]]})
    wide = qe.Linear(weights=np.zeros((4000, 64), int), weight_type="int4", activation_type="int4")
    kind = qe.TensorType(shape=(64,), format="int4")
    network = qe.Network.chain("large", kind, {"dense": wide})
    with pytest.raises(errors.CapacityError, match=r"^node 'dense': layer must fit"):
        qe.Machine(qe.TOY).run(network, {"input": np.zeros((1, 64), int)})
    with pytest.raises(errors.CapacityError, match=r"^node 'dense': layer must fit"):
        count_network(network, batch=10**9, spec=qe.TOY)


BAD_NETWORKS: list[tuple[dict[str, Any], str]] = [
    ({"steps": {"a": None}}, "step of a must be a layer or an operation, got None"),
    ({"steps": {"a": qe.Linear}}, "step of a must be a layer or an operation, got <class"),
    ({"steps": [1]}, r"steps must be a Mapping, got \[1\]"),
    ({"steps": {1: Flatten()}}, "name of a node must be a str, got 1"),
    ({"input_type": "int4"}, "input 'input' must be a TensorType, got 'int4'"),
    ({"name": None}, "name must be a str, got None"),
    ({"metadata": 3}, "metadata must be a Mapping, got 3"),
]


@pytest.mark.parametrize(("change", "message"), BAD_NETWORKS)
def test_network(change: dict[str, Any], message: str) -> None:
    kind = qe.TensorType(shape=(2,), format="int4")
    given: dict[str, Any] = {"name": "x", "input_type": kind, "steps": {"flat": Flatten()}} | change
    with pytest.raises(errors.LayerError, match=message):
        qe.Network.chain(**given)


def test_unknown_tier_and_work() -> None:
    linear = qe.Linear(weights=[[1]], weight_type="int2", activation_type="int2")
    with pytest.raises(errors.InputError, match=r"tier must be one of .*got 'warp'"):
        qe.Machine(qe.TOY).run(linear, [[1]], tier="warp")
    work: Any = "a layer"
    with pytest.raises(errors.InputError, match="work must be a layer or a Network, got str"):
        qe.Machine(qe.TOY).run(work, [[1]])


def test_trap_names_the_lowest_output() -> None:
    layer = qe.Linear(
        weights=[[1, 0], [7, 7], [7, 7]],
        weight_type="int4",
        activation_type="uint8",
        accumulator=qe.Accumulator(bits=8, overflow="trap"),
    )
    with pytest.raises(
        errors.AccumulatorOverflowError, match="got 1400 at image 1, filter 1, pixel 0"
    ):
        qe.Machine(qe.TOY).run(layer, [[1, 2], [100, 100]])
