"""Are constants derived from scales to the bit, as the frameworks derive them?"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.arith.constants import (
    mode_constants,
    nearest_fraction,
    nearest_power_of_two,
    quantize_multiplier,
)
from qpim_emu.arith.requantize import RULES, Mode
from qpim_emu.arith.scales import PRESETS, ScaleRule, effective_scale
from qpim_emu.errors import InputError

SCALES = st.floats(2.0**-30, 2.0**20)


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        (0.0, (0, 0)),
        (0.5, (2**30, 0)),
        (0.75, (3 << 29, 0)),
        (1.0, (2**30, -1)),
        (3.0, (3 << 29, -2)),
        (1 - 2.0**-33, (2**30, -1)),  # the significand rounds up to 1 and becomes 1/2
        (1 - 2.0**-31, (2**31 - 1, 0)),
        (0.5 + 2.0**-32, (2**30 + 1, 0)),  # a tie of the 31st bit: away from zero
        (2.0**-32, (2**30, 31)),  # the smallest power that stays
        (2.0**-33, (0, 0)),  # a shift by 32: flushed to zero
        (math.nextafter(2.0**-32, 0), (2**30, 31)),  # rounds up before the flush is decided
        (2.0**40, (2**30, -41)),
    ],
)
def test_quantize_multiplier_at_its_boundaries(scale: float, expected: tuple[int, int]) -> None:
    assert quantize_multiplier(scale) == expected


def test_single_rounding_saturates_large_scales() -> None:
    assert quantize_multiplier(2.0**29, mode=Mode.Q31_SINGLE) == (2**30, -30)
    assert quantize_multiplier(2.0**30, mode=Mode.Q31_SINGLE) == (2**31 - 1, -30)


@given(SCALES)
def test_multiplier_is_within_half_a_unit(scale: float) -> None:
    multiplier, shift = quantize_multiplier(scale)
    assert 2**30 <= multiplier < 2**31
    error = abs(Fraction(scale) * Fraction(2) ** (31 + shift) - multiplier)
    assert error <= Fraction(1, 2)


@given(SCALES, st.integers(2, 32))
def test_no_fraction_is_nearer(scale: float, bits: int) -> None:
    k, n = nearest_fraction(scale, multiplier_bits=bits)
    largest = 2 ** (bits - 1) - 1
    assert 0 < k <= largest
    error = abs(Fraction(scale) - k / Fraction(2) ** n)
    for other_n in (n - 1, n, n + 1):
        exact = Fraction(scale) * Fraction(2) ** other_n
        for other in (math.floor(exact), math.ceil(exact)):
            if other <= largest:
                assert error <= abs(Fraction(scale) - other / Fraction(2) ** other_n)


@given(SCALES)
def test_no_power_of_two_is_nearer(scale: float) -> None:
    shift = nearest_power_of_two(scale)
    error = abs(Fraction(scale) - Fraction(2) ** -shift)
    assert error <= abs(Fraction(scale) - Fraction(2) ** -(shift + 1))
    assert error <= abs(Fraction(scale) - Fraction(2) ** -(shift - 1))


def test_small_and_large_fractions() -> None:
    assert nearest_fraction(2.0**-127, multiplier_bits=16) == (1, 127)
    assert nearest_power_of_two(0.75) == 0
    with pytest.raises(InputError, match=r"scale must be below 2\*\*143, got"):
        nearest_fraction(2.0**200, multiplier_bits=16)


def test_rules_differ_where_float32_does() -> None:
    scales = np.float32(0.1), np.float32(0.7), np.float32(0.3)
    x, w, y = (Fraction(float(s)) for s in scales)
    double = float(scales[0]) * float(scales[1]) / float(scales[2])
    product = float(np.float32(float(x * w))) / float(y)
    single = float(np.float32(float(Fraction(float(np.float32(float(x * w)))) / y)))
    results = [float(effective_scale(*scales, rule=rule)) for rule in ScaleRule]
    assert results == [double, product, single]
    assert len(set(results)) == 3


def test_scales_are_float32_as_model_files_hold_them() -> None:
    assert float(effective_scale(0.1, 1.0, 1.0, rule=ScaleRule.DOUBLE)) == float(np.float32(0.1))
    with pytest.raises(InputError, match="effective scale must be finite and positive, got"):
        effective_scale(1.0, [0.5, 0.0], 1.0, rule=ScaleRule.F32)


def test_per_tensor_linear_layers_of_tflite_multiply_in_float32() -> None:
    assert PRESETS["tflite"].rule is ScaleRule.DOUBLE
    assert PRESETS["tflite_linear_per_tensor"].rule is ScaleRule.PRODUCT_F32


def test_mode_constants_are_per_filter_when_the_scales_are() -> None:
    for preset in PRESETS.values():
        names = set(RULES[preset.mode].integers) or {"scale"}
        constants = mode_constants(preset.mode, [0.5, 0.003])
        assert set(constants) == names
        assert all(isinstance(v, np.ndarray) and v.shape == (2,) for v in constants.values())
    assert mode_constants(Mode.SHIFT, 0.25) == {"shift": 2}
    with pytest.raises(InputError, match="mode must be one with a scale, got none"):
        mode_constants(Mode.NONE, 0.5)


@pytest.mark.parametrize("scale", [-0.5, math.inf, math.nan])
def test_impossible_scales_are_refused(scale: float) -> None:
    with pytest.raises(InputError, match="scale must be finite and 0 or more, got"):
        quantize_multiplier(scale)
    with pytest.raises(InputError, match="scale must be finite and positive, got"):
        nearest_power_of_two(scale)
    with pytest.raises(InputError, match="scale must be finite and positive, got"):
        nearest_fraction(scale, multiplier_bits=8)
