"""Do the operations give what TFLite Micro's reference kernels gave, compiled and run?

The expected values come from those kernels (with gemmlowp's fixed point, double rounding): the
first few outputs, and the CRC-32 of all of them as little-endian ``int32``.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.arith.scales import ScaleRule
from qpim_emu.workload.operations import (
    Add,
    AveragePool2d,
    Lookup,
    MaxPool2d,
    Mean,
    Mul,
    Rescale,
    Softmax,
    Sub,
)

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations.scaled_sum import ScaledSum

ALL_CODES = np.arange(-128, 128)[None]
STEPS = {8: (37, 101), 16: (5003, 7919)}
INT8: dict[str, Any] = {"low": -128, "high": 127}
INT16: dict[str, Any] = {"low": -32768, "high": 32767}


def codes(count: int, *, bits: int = 8, step: int = 37) -> IntArray:
    """Every code of a width sooner or later, ``int64[1, count]``."""
    return ((np.arange(count, dtype=np.int64) * step + 11) % (1 << bits) - (1 << (bits - 1)))[None]


def pair(bits: int) -> tuple[IntArray, IntArray]:
    """Two long inputs that meet in many ways."""
    first, second = STEPS[bits]
    return codes(2000, bits=bits, step=first), codes(2000, bits=bits, step=second)


def crc(outputs: IntArray) -> int:
    """One number for all outputs."""
    return zlib.crc32(outputs.astype("<i4").tobytes())


def of_scales(
    kind: type[ScaledSum | Mul], bits: int, scales: tuple[float, ...], points: tuple[int, ...]
) -> dict[str, Any]:
    """Arguments of `from_scales`."""
    arguments = {
        "scales": scales[:2],
        "zero_points": points[:2],
        "output_scale": scales[2],
        "output_zero_point": points[2],
    } | (INT8 if bits == 8 else INT16)
    return arguments if kind is Mul else arguments | {"bits": bits}


GENERAL = (0.05, 0.031, 0.07), (-5, 17, 3)
SAME = (0.2, 0.2, 0.1), (0, -128, -128)
WIDE = (0.003, 0.0007, 0.002), (0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "bits", "constants", "first", "checksum"),
    [
        (Add, 8, GENERAL, [-128, -65, 6, -36, 35, -7, 64, -48], 2404236681),
        (Add, 8, SAME, [-128, -64, 127, -24, 127, 16, 127, 56], 2589775945),
        (Add, 16, WIDE, [-32768, -32768, -32768, -29772, -19496, -9220, 1056, 11333], 295166050),
        (Sub, 8, GENERAL, [-18, -36, -54, 41, 23, 118, 99, -102], 357646478),
        (Sub, 8, SAME, [-128, -128, -128, -128, -128, 0, -128, -128], 4051817746),
        (Sub, 16, WIDE, [-32768, -32768, -28205, -23472, -18739, -14006, -9273, -4541], 2221262130),
        (Mul, 8, GENERAL, [127, 58, -54, 5, 14, -128, -94, -128], 2504372166),
        (Mul, 16, WIDE, [32767, 32767, 32767, 32767, 14466, -32768, -32768, 32767], 500395236),
    ],
)
def test_pairs(
    kind: type[Add | Sub | Mul],
    bits: int,
    constants: tuple[tuple[float, ...], tuple[int, ...]],
    first: list[int],
    checksum: int,
) -> None:
    operation = kind.from_scales(**of_scales(kind, bits, *constants))
    outputs = operation.compute(*pair(bits))
    assert outputs[0, :8].tolist() == first
    assert crc(outputs) == checksum


def test_constants_of_sums_are_computed_in_double_and_of_differences_in_float32() -> None:
    add = Add.from_scales(**of_scales(Add, 8, *GENERAL))
    sub = Sub.from_scales(**of_scales(Sub, 8, *GENERAL))
    assert (add.multipliers, add.shifts) == ((1073741824, 1331439820), (0, 1))
    assert (sub.multipliers, sub.shifts) == ((1073741824, 1331439872), (0, 1))
    assert (add.output_multiplier, add.output_shift) == (1533916908, 19)
    assert (sub.output_multiplier, sub.output_shift) == (1533916928, 19)
    as_tflite = Sub.from_scales(**of_scales(Sub, 8, *GENERAL), rule=ScaleRule.DOUBLE)
    assert as_tflite.multipliers == add.multipliers


@pytest.mark.parametrize(
    ("bits", "axes", "scales", "points", "first", "checksum"),
    [
        (8, (0, 1), (0.05, 0.031), (-5, 17), [38, 36, 13, 10, 8, 27], 247184459),
        (8, (2,), (0.05, 0.05), (3, 3), [-25, -16, -7, 1, 10, 19, 28, -7], 2603013535),
        (
            16,
            (1,),
            (0.0007, 0.0005),
            (0, 0),
            [1491, 8495, -2851, -14197, -7193, -189, -8585, -1581],
            1081914617,
        ),
    ],
)
def test_mean(
    bits: int,
    axes: tuple[int, ...],
    scales: tuple[float, float],
    points: tuple[int, int],
    first: list[int],
    checksum: int,
) -> None:
    mean = Mean.from_scales(
        axes=axes,
        input_scale=scales[0],
        output_scale=scales[1],
        input_zero_point=points[0],
        output_zero_point=points[1],
        **(INT8 if bits == 8 else INT16),
    )
    outputs = mean.compute(codes(120, bits=bits, step=STEPS[bits][0]).reshape(1, 4, 5, 6))
    assert outputs.reshape(-1)[:8].tolist() == first
    assert crc(outputs) == checksum


@pytest.mark.parametrize(
    ("scales", "points", "some", "checksum"),
    [
        ((0.05, 0.031), (-5, 17), [-128, -122, -62, -2, 57, 117, 127], 1339834833),
        ((0.02, 0.05), (0, -128), [-128, -128, -128, -128, -120, -105, -90], 2505070574),
    ],
)
def test_rescale(
    scales: tuple[float, float], points: tuple[int, int], some: list[int], checksum: int
) -> None:
    rescale = Rescale.from_scales(
        input_scale=scales[0],
        output_scale=scales[1],
        input_zero_point=points[0],
        output_zero_point=points[1],
        **INT8,
    )
    outputs = rescale.compute(ALL_CODES)
    assert outputs[0, ::37].tolist() == some
    assert crc(outputs) == checksum


@pytest.mark.parametrize(
    ("name", "scale", "point", "some", "checksum"),
    [
        ("sigmoid", 0.05, -5, [-127, -125, -108, -37, 71, 117, 126], 2817301717),
        ("sigmoid", 0.3, 100, [-128, -128, -128, -128, -128, -128, -92], 2805966382),
        ("sigmoid", 0.004, 0, [-32, -23, -14, -4, 5, 15, 24], 347778120),
        ("tanh", 0.05, -5, [-128, -128, -126, -69, 109, 127, 127], 1321534701),
        ("tanh", 0.3, 100, [-128, -128, -128, -128, -128, -128, -121], 1266594083),
        ("tanh", 0.004, 0, [-60, -45, -27, -9, 10, 29, 46], 4156646499),
    ],
)
def test_tables(name: str, scale: float, point: int, some: list[int], checksum: int) -> None:
    lookup = getattr(Lookup, name)(input_scale=scale, input_zero_point=point)
    outputs = lookup.compute(ALL_CODES)
    assert outputs[0, ::37].tolist() == some
    assert crc(outputs) == checksum


@pytest.mark.parametrize(
    ("scale", "beta", "depth", "constants", "checksum"),
    [
        (0.05, 1.0, 10, (1717986944, 22, -496), 1107828133),
        (0.3, 0.5, 100, (1288490240, 24, -124), 2641319197),
        (0.01, 1.0, 400, (1374389504, 20, -1984), 330670692),
        (1.7, 1.0, 100, (1825361152, 27, -15), 1223161343),
    ],
)
def test_softmax(
    scale: float, beta: float, depth: int, constants: tuple[int, ...], checksum: int
) -> None:
    softmax = Softmax.from_scale(input_scale=scale, beta=beta)
    assert (softmax.multiplier, softmax.left_shift, softmax.diff_min) == constants
    assert crc(softmax.compute(codes(2000).reshape(-1, depth))) == checksum


def test_pooling() -> None:
    image = codes(48).reshape(1, 1, 6, 8)
    options: dict[str, Any] = {"stride": 2, "padding": ((1, 1), (0, 0)), "low": -100, "high": 90}
    average = AveragePool2d(kernel=(3, 2), **options).compute(image)
    largest = MaxPool2d(kernel=(3, 2), **options).compute(image)
    assert average.reshape(-1).tolist() == [-79, -5, 70, -49, -19, 56, 2, -53, 62, 8, -47, 28]
    assert largest.reshape(-1).tolist() == [-40, 34, 90, 90, 40, 90, 90, 6, 90, 90, 12, 86]
