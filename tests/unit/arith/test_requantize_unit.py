"""Does the requantize unit refuse every wrong constant, and narrow its constants exactly?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.arith.formats import Int, UInt
from qpim_emu.arith.requantize import Mode
from qpim_emu.errors import LayerError
from qpim_emu.workload.from_scales import from_scale, from_scales
from qpim_emu.workload.requantize import Requantize

CLAMP: dict[str, Any] = {"low": -128, "high": 127}
Q31: dict[str, Any] = {"mode": "q31_double", "multiplier": 2**30, "shift": 1, **CLAMP}
SHIFT: dict[str, Any] = {"mode": "shift", "shift": 1, **CLAMP}
FLOAT: dict[str, Any] = {"mode": "f32_even", "scale": 0.5, **CLAMP}
THRESHOLDS: dict[str, Any] = {"mode": "multithreshold", "thresholds": [1, 2]}


@pytest.mark.parametrize(
    ("base", "change", "message"),
    [
        ({}, {"mode": "q31"}, "mode must be one of none, .*, got 'q31'"),
        ({}, {"shift": 1}, "shift must not be given for mode none, got 1"),
        ({}, {"low": 0}, "low must not be given for mode none, got 0"),
        ({}, {"zero_point": 3}, "zero_point must be 0 for mode none, got 3"),
        (THRESHOLDS, {"zero_point": [0, 1]}, "zero_point must be 0 for mode multithreshold"),
        (Q31, {"multiplier": None}, "multiplier must be given for mode q31_double, got None"),
        (Q31, {"multiplier": 2**31}, "multiplier must be an integer in .*, got 2147483648"),
        (
            Q31,
            {"mode": "q31_single", "multiplier": -1},
            r"multiplier must be an integer in 0\.\.2147483647, got -1",
        ),
        (Q31, {"shift": 32}, r"shift must be an integer in -31\.\.31, got 32"),
        (Q31, {"mode": "q31_single", "shift": -31}, r"in -30\.\.31, got -31"),
        (Q31, {"mode": "q15_acc64", "shift": -8}, r"in -7\.\.31, got -8"),
        (Q31, {"shift": [1, 99]}, r"shift must be an integer in -31\.\.31, got 99"),
        (Q31, {"shift": 1.0}, "shift must be integers, got 1.0"),
        (Q31, {"shift": True}, "shift must be integers, got True"),
        (
            Q31,
            {"shift": [[1]]},
            r"shift must be a scalar or one value per filter, got shape \(1, 1\)",
        ),
        (Q31, {"shift": []}, "shift must be"),
        (Q31, {"scale": 0.5}, "scale must not be given for mode q31_double, got 0.5"),
        (Q31, {"rounding": "half_up"}, "rounding must not be given for mode q31_double"),
        (Q31, {"low": None}, "low must be given for mode q31_double, got None"),
        (Q31, {"high": 2**47}, "high must be an integer in .*, got 140737488355328"),
        (Q31, {"low": 0.5}, "low must be an integer in .*, got 0.5"),
        (Q31, {"low": 128}, "low must be at most high = 127, got 128"),
        (Q31, {"zero_point": 2**31}, "zero_point must be an integer in .*, got 2147483648"),
        (Q31, {"shift": [1, 2], "zero_point": [1, 2, 3]}, "constants must be for one number of"),
        (SHIFT, {"rounding": "nearest"}, "rounding must be one of floor, .*, got 'nearest'"),
        (SHIFT, {"shift": 128}, r"shift must be an integer in -128\.\.127, got 128"),
        (FLOAT, {"scale": 0.0}, "scale must be finite and positive as float32, got"),
        (FLOAT, {"scale": -1.0}, "scale must be finite and positive as float32, got"),
        (FLOAT, {"scale": math.nan}, "scale must be finite and positive as float32, got"),
        (FLOAT, {"scale": [0.5, math.inf]}, "scale must be finite and positive as float32, got"),
        (FLOAT, {"scale": 1e-60}, "scale must be finite and positive as float32, got"),
        (FLOAT, {"scale": 1e60}, "scale must be finite and positive as float32, got"),
        (FLOAT, {"scale": "0.5"}, "scale must be a number or one per filter, got '0.5'"),
        (THRESHOLDS, {"thresholds": [2, 1]}, r"thresholds must ascend, got 1 at \[1\]"),
        (
            THRESHOLDS,
            {"thresholds": [[1, 2], [4, 3]]},
            r"thresholds must ascend, got 3 at \[1, 1\]",
        ),
        (THRESHOLDS, {"thresholds": 3}, r"thresholds must have the shape .*, got \(\)"),
        (THRESHOLDS, {"thresholds": [0.5]}, r"thresholds must be integers, got \[0.5\]"),
        (THRESHOLDS, {"thresholds": [2**63]}, "thresholds must be integers of 64 bits, got"),
        (THRESHOLDS, {"thresholds": [[1], [1, 2]]}, "thresholds must"),
        (THRESHOLDS, {"low": 3}, "low..high must meet the codes of the thresholds"),
        (THRESHOLDS, {"multiplier": 1}, "multiplier must not be given for mode multithreshold"),
    ],
)
def test_every_problem_names_its_field(
    base: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(LayerError, match=message):
        Requantize(**base | change)


@pytest.mark.parametrize(
    ("mode", "bits"), [("q31_double", 32), ("q31_single", 32), ("q15_acc64", 48)]
)
def test_integer_modes_refuse_wide_accumulators(mode: str, bits: int) -> None:
    unit = Requantize(**Q31 | {"mode": mode})
    unit.check_accumulator(bits)
    with pytest.raises(LayerError, match=f"at most {bits} for mode {mode}, got {bits + 1}"):
        unit.check_accumulator(bits + 1)


def test_float_modes_take_53_bits_and_the_others_64() -> None:
    Requantize(**FLOAT).check_accumulator(53)
    with pytest.raises(LayerError, match="accumulator bits must be at most 53"):
        Requantize(**FLOAT).check_accumulator(54)
    for unit in (Requantize(), Requantize(**SHIFT), Requantize(**THRESHOLDS)):
        unit.check_accumulator(64)


def test_constants_must_be_for_the_filters_of_the_layer() -> None:
    unit = Requantize(**Q31 | {"shift": [1, 2]})
    unit.check_filters(2)
    with pytest.raises(LayerError, match="shift must be a scalar or 3 values, got 2"):
        unit.check_filters(3)
    Requantize(**THRESHOLDS).check_filters(5)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 0, UInt(1)),
        (0, 255, UInt(8)),
        (3, 256, UInt(9)),
        (-128, 127, Int(8)),
        (-129, 0, Int(9)),
        (-1, -1, Int(1)),
        (-1, 1, Int(2)),
        (-9, -8, Int(5)),
    ],
)
def test_output_format_is_the_smallest(low: int, high: int, expected: Any) -> None:  # noqa: ANN401
    assert Requantize(mode="shift", shift=0, low=low, high=high).output_format(48) == expected


def test_output_format_without_given_limits() -> None:
    assert Requantize().output_format(48) == Int(48)
    thresholds = [[1, 2, 3], [4, 5, 6]]
    unit = Requantize(mode="multithreshold", thresholds=thresholds, offset=[0, 1])
    assert unit.output_format(48) == UInt(3)
    assert Requantize(mode="multithreshold", thresholds=[5], offset=-1).output_format(8) == Int(1)


def test_filters_select_their_constants() -> None:
    unit = Requantize(mode="shift", shift=[0, 1, 2], zero_point=[0, 0, 5], low=-99, high=99)
    accumulators = np.array([[8, 8, 8]])
    assert unit.apply(accumulators, filters=slice(None))[0].tolist() == [[8, 4, 7]]
    assert unit.apply(accumulators[:, :2], filters=slice(1, 3))[0].tolist() == [[4, 7]]
    assert unit.apply(accumulators, filters=np.array([2, 0, 2]))[0].tolist() == [[7, 8, 7]]
    assert unit.apply(accumulators, filters=1)[0].tolist() == [[4, 4, 4]]
    assert [unit.apply(8, filters=m)[0] for m in range(3)] == [8, 4, 7]
    with pytest.raises(LayerError, match="filters must be the filter of the accumulator"):
        unit.apply(8, filters=slice(None))  # type: ignore[call-overload]


def test_units_are_values() -> None:
    shifts = np.array([1, 2])
    unit = Requantize(**SHIFT | {"shift": shifts})
    shifts[0] = 9
    assert unit == Requantize(**SHIFT | {"shift": [1, 2]})
    assert hash(unit) == hash(Requantize(**unit.fields()))
    assert unit not in {Requantize(**SHIFT), Requantize(**SHIFT | {"shift": [1, 3]})}
    assert unit != "shift"
    fields = Requantize(**THRESHOLDS).fields()
    assert set(fields) == {"mode", "thresholds"}
    assert type(fields["mode"]) is str


def test_float32_modes_hold_float32_scales() -> None:
    assert Requantize(**FLOAT | {"scale": 0.1}).scale == float(np.float32(0.1))
    assert Requantize(**FLOAT | {"mode": "f64_away", "scale": 0.1}).scale == 0.1


WIDE: dict[str, Any] = {"low": -(2**40), "high": 2**40}
EXACT_UNITS = [
    Requantize(mode="shift", shift=9, rounding="half_even", **WIDE),
    Requantize(mode="shift", shift=-3, **WIDE),
    Requantize(mode="scale_bias_shift", multiplier=77, addend=-12345, shift=9, **WIDE),
    Requantize(mode="scale_bias_shift", multiplier=-3, addend=13, shift=2, **WIDE),
    Requantize(mode="scale_bias_shift", multiplier=5, addend=64, shift=-1, **WIDE),
    Requantize(mode="multithreshold", thresholds=[-(2**63), -33, -32, -31, 0, 1, 64, 2**63 - 1]),
    Requantize(mode="f64_away", scale=0.3, **WIDE),
    Requantize(mode="f32_even", scale=0.3, **WIDE),
    Requantize(mode="f_even_zp_in", scale=0.3, zero_point=7, **WIDE),
]


@given(st.integers(-(2**20), 2**20), st.integers(0, 6), st.sampled_from(EXACT_UNITS))
def test_narrowed_units_do_the_same_to_the_larger_unit(a: int, n: int, unit: Requantize) -> None:
    assert unit.narrowed(n).apply(a, filters=0) == unit.apply(a << n, filters=0)


def test_narrowed_units_agree_around_zero() -> None:
    for unit in EXACT_UNITS:
        for n in (1, 3, 5):
            narrower = unit.narrowed(n)
            for a in range(-40, 41):
                assert narrower.apply(a, filters=0) == unit.apply(a << n, filters=0)


def test_narrowing_per_filter() -> None:
    unit = Requantize(
        mode="scale_bias_shift", multiplier=[3, 5], addend=[9, 8], shift=[4, 1], low=-99, high=99
    )
    narrower = unit.narrowed(3)
    for a in range(-9, 10):
        for m in range(2):
            assert narrower.apply(a, filters=m) == unit.apply(a << 3, filters=m)
    assert Requantize(**Q31 | {"shift": [1, 5]}).narrowed(4).fields()["shift"].tolist() == [-3, 1]


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        (Requantize(**Q31 | {"shift": -25}), r"shift must be .* -31\.\.31, got -35"),
        (Requantize(**FLOAT | {"scale": 1e38}), "scale must be finite and positive as float32"),
        (
            Requantize(**SHIFT | {"mode": "scale_bias_shift", "multiplier": 2**30, "addend": 1}),
            "addend must be a multiple of 1024 to drop 10 bits exactly",
        ),
    ],
)
def test_narrowing_is_exact_or_refused(unit: Requantize, message: str) -> None:
    with pytest.raises(LayerError, match=message):
        unit.narrowed(10)
    with pytest.raises(LayerError, match="shift_bits must be an integer of 0 or more, got -1"):
        unit.narrowed(-1)


def test_narrowing_nothing_keeps_the_unit() -> None:
    assert Requantize(**SHIFT).narrowed(0) == Requantize(**SHIFT)
    assert Requantize().narrowed(5) == Requantize()


def test_units_from_scales() -> None:
    unit = from_scale(0.1, mode="scale_bias_shift", multiplier_bits=8, **CLAMP)
    assert [unit.apply(a, filters=0)[0] for a in (4, 6, 15, 16, -5, -6)] == [0, 1, 1, 2, 0, -1]
    assert from_scale(0.1, mode="shift", **CLAMP).fields()["rounding"] == "half_up"
    scales: dict[str, Any] = {"input_scale": 0.1, "weight_scale": 0.7, "output_scale": 0.3}
    double = from_scales(**scales, preset="litert_linear_reference", **CLAMP)
    assert double.mode is Mode.F64_AWAY
    assert double.scale == float(np.float32(0.1)) * float(np.float32(0.7)) / float(np.float32(0.3))
    with pytest.raises(LayerError, match=r"preset must be one of tflite, .*, got 'caffe'"):
        from_scales(**scales, preset="caffe", **CLAMP)
