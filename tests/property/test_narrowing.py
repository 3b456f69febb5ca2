"""Does a narrowed layer compute what a layer on the shifted codes computes?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from qpim_emu.arith.formats import BIPOLAR, Format
from qpim_emu.arith.requantize import Mode
from qpim_emu.arith.window import Window
from qpim_emu.engine.run import run_layer
from qpim_emu.errors import LayerError
from qpim_emu.hardware import TOY
from qpim_emu.oracle import reference
from qpim_emu.testing.strategies import (
    LayerInput,
    accumulator_values,
    layers,
    requantize_units,
)
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from qpim_emu.testing.strategies.operands import Layer

ROUNDED_AFRESH = {Mode.NONE, Mode.Q31_DOUBLE, Mode.Q31_SINGLE, Mode.Q15_ACC64}
"""Modes whose narrowed form keeps the scale exact but rounds at its new shift, or not at all."""


@st.composite
def wide_layers(draw: st.DrawFn) -> tuple[LayerInput, int, int]:
    """Layers that read whole codes, with zero points that can be halved as often as asked."""
    drawn = draw(layers(policies=[Overflow.WRAP], max_macs=200))
    layer = drawn.layer
    assume(BIPOLAR not in {layer.weight_type, layer.activation_type})
    shifts = [draw(st.integers(0, f.bits - 1)) for f in (layer.weight_type, layer.activation_type)]
    halved = layer.weight_zero_point >> shifts[0] << shifts[0]
    highest = layer.activation_type.max >> shifts[1] << shifts[1]
    zero = draw(st.integers(layer.activation_type.min, highest)) >> shifts[1] << shifts[1]
    whole: dict[str, Any] = {
        "weight_window": Window(layer.weight_type),
        "activation_window": Window(layer.activation_type),
        "weight_zero_point": halved,
        "activation_zero_point": zero,
    }
    return LayerInput(layer=replace(layer, **whole), codes=drawn.codes), shifts[0], shifts[1]


def on_shifted_codes(layer: Layer, weight_shift: int, activation_shift: int) -> Layer:
    """Write the same layer on codes without their low bits, by the documented rules."""
    total = weight_shift + activation_shift
    weights = Format(layer.weight_type.bits - weight_shift, layer.weight_type.encoding)
    inputs = Format(layer.activation_type.bits - activation_shift, layer.activation_type.encoding)
    constants: dict[str, Any] = {
        "weights": np.floor_divide(layer.weights, 2**weight_shift),
        "weight_type": weights,
        "activation_type": inputs,
        "weight_window": Window(weights),
        "activation_window": Window(inputs),
        "weight_zero_point": layer.weight_zero_point // 2**weight_shift,
        "activation_zero_point": layer.activation_zero_point // 2**activation_shift,
        "bias": [round(Fraction(b, 2**total)) for b in layer.bias.tolist()],
        "requantize": layer.requantize.narrowed(total),
    }
    return replace(layer, **constants)


@given(drawn=wide_layers())
def test_narrowing_is_dropping_bits(drawn: tuple[LayerInput, int, int]) -> None:
    (layer, codes), weight_shift, activation_shift = (drawn[0].layer, drawn[0].codes), *drawn[1:]
    try:
        narrow = layer.narrowed(weight_shift=weight_shift, activation_shift=activation_shift)
    except LayerError as error:  # the requantization has no exact constants, or leaves its ranges
        assert not str(error).startswith(("weight", "activation", "bias"))  # noqa: PT017
        return
    shifted = np.floor_divide(codes, 2**activation_shift)
    spec = TOY.replace(bank_bytes=1 << 20)
    expected = reference(on_shifted_codes(layer, weight_shift, activation_shift), shifted)
    result = run_layer(narrow, codes, spec=spec)
    np.testing.assert_array_equal(result.accumulators, expected.accumulators)
    np.testing.assert_array_equal(result.outputs, expected.outputs)
    enabled = narrow.weight_window.precision, narrow.activation_window.precision
    assert set(result.counters.macs) == {enabled}


@given(
    unit=requantize_units(accumulator_bits=32, modes=[m for m in Mode if m not in ROUNDED_AFRESH]),
    bits=st.integers(0, 8),
    data=st.data(),
)
def test_narrowed_units_decide_alike(unit: Any, bits: int, data: st.DataObject) -> None:  # noqa: ANN401
    try:
        narrow = unit.narrowed(bits)
    except LayerError:
        return
    wide = data.draw(accumulator_values(unit, accumulator_bits=32))
    value = wide >> bits
    assert narrow.apply(value, filters=0) == unit.apply(value << bits, filters=0)
