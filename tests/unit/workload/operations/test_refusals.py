"""What do operations refuse, and does the message name the field and the value?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from qpim_emu.arith.formats import BIPOLAR, Format, Int, UInt
from qpim_emu.errors import InputError, LayerError
from qpim_emu.workload.operations import (
    Add,
    AveragePool2d,
    Clamp,
    Concat,
    FloatSoftmax,
    GlobalAveragePool2d,
    Lookup,
    MaxPool2d,
    Mean,
    Mul,
    Operation,
    Pad,
    PairLookup,
    Relu,
    Repeat,
    Rescale,
    Reshape,
    Slice,
    Softmax,
    Sub,
    Transpose,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CODES: dict[str, Any] = {"low": -128, "high": 127}
SUM: dict[str, Any] = CODES | {
    "zero_points": (0, 0),
    "multipliers": (1 << 30, 1 << 30),
    "shifts": (0, 0),
    "output_multiplier": 1 << 30,
    "output_shift": 18,
    "output_zero_point": 0,
}
SCALED: dict[str, Any] = CODES | {
    "multiplier": 1 << 30,
    "shift": 0,
    "input_zero_point": 0,
    "output_zero_point": 0,
}
MUL: dict[str, Any] = CODES | {
    "zero_points": (0, 0),
    "multiplier": 1 << 30,
    "shift": 0,
    "output_zero_point": 0,
}
SCALES: dict[str, Any] = CODES | {"zero_points": (0, 0), "output_zero_point": 0}


def float_softmax(**constants: Any) -> FloatSoftmax:  # noqa: ANN401
    """Softmax of two codes, with other constants."""
    sound = {"length": 2, "input_scale": 0.1, "output_scale": 1 / 256}
    return FloatSoftmax.from_scales(**sound | {"output_zero_point": 0, "high": 255} | constants)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Relu(zero_point=1 << 20), "zero_point must be in -65536..65536, got 1048576"),
        (lambda: Relu(zero_point=True), "zero_point must be an integer, got True"),
        (lambda: Clamp(low=3, high=2), "low must be at most high (2), got 3"),
        (lambda: Clamp(low=0, high=1 << 17), "high must be in -65536..65536, got 131072"),
        (lambda: Add(**SUM | {"zero_points": (0,)}), "zero_points must be two integers, got (0,)"),
        (lambda: Add(**SUM | {"shifts": (0, 32)}), "shifts must be in 0..31, got 32"),
        (lambda: Sub(**SUM | {"shifts": (-1, 0)}), "shifts must be in 0..31, got -1"),
        (lambda: Sub(**SUM | {"output_shift": 32}), "output_shift must be in 0..31, got 32"),
        (lambda: Add(**SUM | {"left_shift": -1}), "left_shift must be in 0..31, got -1"),
        (
            lambda: Add(**SUM | {"multipliers": (1 << 31, 0)}),
            "multipliers must be in -2147483648..2147483647, got 2147483648",
        ),
        (
            lambda: Add.from_scales(scales=(1.0, 1.0), output_scale=2.0**-21, **SCALES),
            "output_shift must be in 0..31, got -3",
        ),
        (
            lambda: Sub.from_scales(scales=(1.0, 0.0), output_scale=1.0, **SCALES),
            "scale must be finite and positive, got 0.0",
        ),
        (
            lambda: Mul.from_scales(scales=(1.0, float("nan")), output_scale=1.0, **SCALES),
            "effective scale must be finite and positive, got nan",
        ),
        (lambda: Mul(**MUL | {"shift": 32}), "shift must be in -31..31, got 32"),
        (lambda: Mul(**MUL | {"low": 1, "high": 0}), "low must be at most high (0), got 1"),
        (lambda: Rescale(**SCALED | {"shift": -32}), "shift must be in -31..31, got -32"),
        (
            lambda: Rescale(**SCALED | {"output_zero_point": 0.5}),
            "output_zero_point must be an integer, got 0.5",
        ),
        (
            lambda: Mean(axes=(0,), **SCALED | {"multiplier": -1}),
            "multiplier must be in 0..2147483647, got -1",
        ),
        (lambda: Mean(axes=(), **SCALED), "axes must be one or more different axes, got ()"),
        (
            lambda: Mean(axes=(1, 1), **SCALED),
            "axes must be one or more different axes, got (1, 1)",
        ),
        (lambda: Lookup(table=(1, 2, 3), first=0), "table must have 2**bits entries, 1..16 bits"),
        (lambda: Lookup(table=(1, 2), first=1), "first must be 0 or -1, got 1"),
        (
            lambda: PairLookup(table=(1,) * 4, bits=(9, 8), firsts=(0, 0)),
            "bits must be at most 16 together, got (9, 8)",
        ),
        (
            lambda: PairLookup(table=(1,) * 3, bits=(1, 1), firsts=(0, 0)),
            "table must have 4 entries, got 3",
        ),
        (
            lambda: PairLookup(table=(1,) * 8, bits=(1, 2), firsts=(0, -1)),
            "firsts must be 0 or -2, got -1",
        ),
        (
            lambda: Lookup.sigmoid(input_scale=16.0, input_zero_point=0),
            "input_scale must be in 2**-28 .. 16, got 16.0",
        ),
        (
            lambda: Lookup.tanh(input_scale=1.0, input_zero_point=128),
            "input_zero_point must be in -128..127, got 128",
        ),
        (
            lambda: Softmax.from_scale(input_scale=2.0**-26),
            "beta * input_scale must be above 2**-26",
        ),
        (
            lambda: Softmax(multiplier=1, left_shift=0, diff_min=1),
            "diff_min must be in -2147483648..0, got 1",
        ),
        (
            lambda: FloatSoftmax(table=(1.0,), levels=1, zero_point=0, high=1),
            "table must have 256 entries, got 1",
        ),
        (
            lambda: FloatSoftmax(table=(0.1,) * 256, levels=1, zero_point=0, high=1),
            "table must be of float32 numbers 0..0.1, the last positive, got 0.1",
        ),
        (
            lambda: FloatSoftmax(table=(0.0,) * 256, levels=1, zero_point=0, high=1),
            "table must be of float32 numbers 0..0.0, the last positive, got 0.0",
        ),
        (
            lambda: FloatSoftmax(table=(1.0,) * 256, levels=1, zero_point=2, high=1),
            "zero_point must be in -65536..1, got 2",
        ),
        (
            lambda: float_softmax(output_scale=1e-9),
            "levels must be in 0..16777216, got",
        ),
        (
            lambda: float_softmax(output_scale=0.0),
            "output_scale must be positive and finite in float32, got 0.0",
        ),
        (lambda: Reshape(shape=(2, 0)), "shape must be an integer of 1 or more, got 0"),
        (lambda: Repeat(counts=(2, 0)), "counts must be an integer of 1 or more, got 0"),
        (lambda: Repeat(counts=()), "counts must be one for each axis, got none"),
        (lambda: Transpose(axes=(0, 2)), "axes must hold each of 0..1 once, got (0, 2)"),
        (lambda: Slice(starts=(0,), sizes=(1, 1)), "must have one value per axis, got 1, 2 and 1"),
        (lambda: Slice(starts=(-1,), sizes=(1,)), "starts must be in 0..2147483647, got -1"),
        (lambda: Slice(starts=(0,), sizes=(1,), steps=(0,)), "steps must not be 0, got (0,)"),
        (lambda: Concat(count=0), "count must be an integer of 1 or more, got 0"),
        (lambda: Concat(count=2, axis=-1), "axis must be in 0..64, got -1"),
        (lambda: Pad(padding=((1, 2, 3),)), "padding must be (before, after) for each axis"),  # type: ignore[arg-type]
        (lambda: Pad(padding=((-1, 0),)), "padding must be in 0..2147483647, got -1"),
        (lambda: MaxPool2d(kernel=2, low=5, high=4), "low must be at most high (4), got 5"),
        (lambda: MaxPool2d(kernel=2, padding=2), "padding must be smaller than the kernel (2, 2)"),
        (
            lambda: AveragePool2d(kernel=2, padding_code=1 << 17),
            "padding_code must be in -65536..65536, got 131072",
        ),
    ],
)
def test_parameters(make: Callable[[], Operation], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        make()


@pytest.mark.parametrize(
    ("operation", "shapes", "message"),
    [
        (Add(**SUM), [(2, 3), (3,)], "must have the shape [2, 3], or one value per channel"),
        (Mul(**MUL), [(2, 3), (2, 2)], "must have the shape [2, 3]"),
        (Sub(**SUM), [(1, 3), (2, 3)], "second input of Sub must have the shape [1, 3]"),
        (Mean(axes=(2,), **SCALED), [(3, 4)], "axes must be in 0..1, got (2,)"),
        (GlobalAveragePool2d(), [(3, 4)], "must have 3 axes besides the batch, got shape [3, 4]"),
        (Softmax.from_scale(input_scale=1.0), [(4096,)], "at most 4095 elements, got 4096"),
        (Softmax.from_scale(input_scale=1.0, axis=1), [(4,)], "axis must be in -1..0, got 1"),
        (float_softmax(), [(149,)], "at most 148 elements, got 149"),
        (float_softmax(length=1 << 15), [(32769,)], "at most 32768 elements, got 32769"),
        (float_softmax(), [()], "axis must be in -1..-1, got -1"),
        (Softmax.from_scale(input_scale=1.0), [()], "axis must be in -1..-1, got -1"),
        (Reshape(shape=(5,)), [(2, 3)], "shape must have the 6 elements of [2, 3], got (5,)"),
        (Repeat(counts=(2, 2)), [(2,)], "must have 2 axes besides the batch, got shape [2]"),
        (Transpose(axes=(1, 0)), [(2,)], "must have 2 axes besides the batch, got shape [2]"),
        (
            Slice(starts=(1,), sizes=(2,), steps=(2,)),
            [(3,)],
            "starts must stay within 0..2 on axis 0, got 1..3",
        ),
        (
            Slice(starts=(1,), sizes=(3,), steps=(-1,)),
            [(3,)],
            "starts must stay within 0..2 on axis 0, got 1..-1",
        ),
        (Slice(starts=(3,), sizes=(2,), steps=(-3,)), [(3,)], "must stay within 0..2 on axis 0"),
        (
            Concat(count=2, axis=1),
            [(2, 3), (3, 3)],
            "shapes equal but for axis 1, got [2, 3], [3, 3]",
        ),
        (Concat(count=2, axis=1), [(2,), (2,)], "shapes equal but for axis 1"),
        (Pad(padding=((1, 1),)), [(2, 2)], "must have 1 axes besides the batch"),
        (MaxPool2d(kernel=4), [(1, 3, 5)], "must be at least as large as the kernel (4, 4)"),
    ],
)
def test_shapes(operation: Operation, shapes: list[tuple[int, ...]], message: str) -> None:
    with pytest.raises(LayerError, match=re.escape(message)):
        operation.output_shape(*shapes)


@pytest.mark.parametrize(
    ("operation", "formats", "message"),
    [
        (Relu(zero_point=8), [Int(4)], "zero_point must be at most 7 (int4), got 8"),
        (Clamp(low=9, high=12), [Int(4)], "low..high must meet the codes of int4, got 9..12"),
        (MaxPool2d(kernel=1, low=8), [Int(4)], "low..high must meet the codes of int4, got 8..7"),
        (
            AveragePool2d(kernel=1, padding_code=-1),
            [UInt(4)],
            "padding_code must be one of uint4, got -1",
        ),
        (Add(**SUM), [Int(8), Int(13)], "shifted left by 20 must fit 32 bits, got int13, 0"),
        (Lookup(table=(0, 1), first=0), [Int(1)], "input of Lookup must be in 0..1, got int1"),
        (
            PairLookup(table=(0,) * 4, bits=(1, 1), firsts=(0, 0)),
            [UInt(1), Int(1)],
            "input of PairLookup must be in 0..1, got int1",
        ),
        (float_softmax(), [Int(9)], "must have at most 8 bits, got int9"),
        (Softmax.from_scale(input_scale=1.0), [Int(9)], "must have at most 8 bits, got int9"),
        (Rescale(**SCALED), [Int(33)], "must fit 32 bits, got int33, 0"),
        (Pad(padding=((1, 1),), code=8), [Int(4)], "code must be one of int4, got 8"),
        (Pad(padding=((1, 1),)), [BIPOLAR], "code must be one of bipolar, got 0"),
        (Concat(count=2), [BIPOLAR, Int(1)], "must be all or none bipolar, got bipolar, int1"),
    ],
)
def test_formats(operation: Operation, formats: list[Format], message: str) -> None:
    with pytest.raises(LayerError, match=re.escape(message)):
        operation.output_format(*formats)


@pytest.mark.parametrize(
    "operation",
    [
        Relu(),
        Clamp(low=-1, high=1),
        Add(**SUM),
        Sub(**SUM),
        Mul(**MUL),
        Rescale(**SCALED),
        Mean(axes=(0,), **SCALED),
        Lookup(table=(0, 1), first=0),
        PairLookup(table=(0,) * 4, bits=(1, 1), firsts=(0, 0)),
        Softmax.from_scale(input_scale=1.0),
        GlobalAveragePool2d(),
        AveragePool2d(kernel=1),
        MaxPool2d(kernel=1, low=0),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_bipolar_codes(operation: Operation) -> None:
    name = type(operation).__name__
    with pytest.raises(LayerError, match=f"input of {name} must not be bipolar, got bipolar"):
        operation.output_format(*[BIPOLAR] * operation.inputs)
