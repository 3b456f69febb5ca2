"""Does bad input give one clear error of our own tree, naming the field and the value?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import qpim_emu as qe
from qpim_emu import errors

ONES = np.ones((4, 3, 3, 3), int)
BASE: dict[str, Any] = {"weights": ONES, "weight_type": "int4", "activation_type": "uint6"}
CODES = np.zeros((1, 3, 5, 5), int)

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
