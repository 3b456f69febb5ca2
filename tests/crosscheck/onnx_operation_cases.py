"""Random ONNX models of operators beside the layers, between Q and DQ and as ONNX Runtime's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.crosscheck.onnx_cases import point, scales
from tests.crosscheck.onnx_models import Builder

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import onnx

__all__ = [
    "DELICATE",
    "MOVEMENTS",
    "PAIRS",
    "UNARY",
    "averaged",
    "concat",
    "moved",
    "pair",
    "pooled",
    "softmax",
    "table",
]

IMAGE = (1, 3, 6, 5)
PAIRS = ["Add", "Mul"]
UNARY: Mapping[str, dict[str, Any]] = {
    "LeakyRelu": {"alpha": 0.1},
    "Sigmoid": {},
    "Relu": {},
    "Tanh": {},
}
MOVEMENTS: Mapping[str, tuple[dict[str, Any], list[list[int]]]] = {
    "Flatten": ({}, []),
    "Reshape": ({}, [[0, 5, -1]]),
    "Transpose": ({"perm": [0, 2, 3, 1]}, []),
    "Unsqueeze": ({}, [[1, -1]]),
    "Slice": ({}, [[1, 4, 0], [3, 0, 99], [1, 2, 3], [1, -2, 1]]),
    "MaxPool": ({"kernel_shape": [3, 2], "strides": [2, 1], "pads": [1, 0, 1, 1]}, []),
}
"""Attributes of each operator, and its constant inputs."""


DELICATE = [
    ((0.163, 161), (0.164, 73), (0.108, 250)),
    ((0.026, 238), (0.171, 250), (0.08, 243)),
    ((0.162, 96), (0.047, 40), (0.084, 204)),
]
"""Scales and zero points of inputs and output where sums that are rounded otherwise differ."""


def wide(rng: np.random.Generator) -> float:
    """Scale of an output that holds most sums."""
    return float(rng.uniform(0.05, 0.15))


def pair(
    rng: np.random.Generator,
    kind: str,
    name: str,
    *,
    own: bool,
    chosen: tuple[tuple[float, int], ...] = (),
) -> onnx.ModelProto:
    """One Add or Mul of two images; `own` spells it as ONNX Runtime's operator.

    Scales and zero points are random, unless those of both inputs and the output are `chosen`.
    """
    built, ties = Builder(), bool(rng.random() < 0.3)
    second = [IMAGE, (1, 3, 1, 1)][int(rng.random() < 0.2 and not own)]
    names = [built.input("a", kind, IMAGE), built.input("b", kind, second)]
    by = [(float(scales(rng, (), ties=ties)), point(rng, kind)) for _ in names]
    output = (0.125 if ties else wide(rng), point(rng, kind))
    if chosen:
        *by, output = chosen
    if own:
        inputs = [
            part
            for each, (scale, zero) in zip(names, by, strict=True)
            for part in (each, *built.quantization(scale, zero, kind))
        ]
        built.node(
            f"com.microsoft.QLinear{name}", [*inputs, *built.quantization(*output, kind)], "y"
        )
    else:
        reals = [
            built.dequantize(each, scale, zero, kind)
            for each, (scale, zero) in zip(names, by, strict=True)
        ]
        built.quantize(built.node(name, reals, "sum"), *output, kind, "y")
    built.output("y", kind)
    return built.model()


def table(rng: np.random.Generator, kind: str, name: str, *, own: bool) -> onnx.ModelProto:
    """One function of each code."""
    built = Builder()
    x = built.input("x", kind, IMAGE)
    zero = point(rng, kind)
    source = (float(scales(rng, (), ties=False)), zero)
    output = (1 / 200 if name in {"Sigmoid", "Tanh"} else wide(rng), point(rng, kind))
    if own:
        by = built.quantization(*source, kind), built.quantization(*output, kind)
        built.node(f"com.microsoft.QLinear{name}", [x, *by[0], *by[1]], "y", **UNARY[name])
    else:
        real = built.dequantize(x, *source, kind)
        built.quantize(built.node(name, [real], "f", **UNARY[name]), *output, kind, "y")
    built.output("y", kind)
    return built.model()


def softmax(rng: np.random.Generator, kind: str) -> onnx.ModelProto:
    """One QLinearSoftmax along any axis, some with outputs that are clamped and ties."""
    built = Builder()
    sizes = tuple(int(size) for size in rng.integers(5, 40, 2))
    x, version = built.input("x", kind, (1, *sizes)), int(rng.choice([11, 13, 17]))
    by = built.quantization(float(10 ** rng.uniform(-3.5, 0.5)), point(rng, kind), kind)
    scale = float(rng.choice([1 / 256, 1 / 255, 0.0039, 1 / 3, 10 ** rng.uniform(-3, -0.5)]))
    zero = point(rng, kind) if rng.random() < 0.5 else {"uint8": 0, "int8": -128}[kind]
    to = built.quantization(scale, zero, kind)
    axis = int(rng.choice([-1, 2, 1])) if version >= 13 else 2
    inputs = [x, *by, *to]
    built.node("com.microsoft.QLinearSoftmax", inputs, "y", axis=axis, opset=version)
    built.output("y", kind)
    return built.model()


def pooled(rng: np.random.Generator, kind: str, *, own: bool) -> onnx.ModelProto:
    """One GlobalAveragePool."""
    built = Builder()
    sizes = [int(size) for size in rng.integers(1, 9, 2)]
    x = built.input("x", kind, (1, int(rng.integers(1, 20)), *sizes))
    source = (float(scales(rng, (), ties=bool(rng.random() < 0.5))), point(rng, kind))
    output = (source[0] * float(rng.choice([1, 0.5, 0.37])), point(rng, kind))
    if own:
        by = built.quantization(*source, kind), built.quantization(*output, kind)
        inputs = [x, *by[0], *by[1]]
        built.node("com.microsoft.QLinearGlobalAveragePool", inputs, "y", channels_last=0)
    else:
        real = built.dequantize(x, *source, kind)
        built.quantize(built.node("GlobalAveragePool", [real], "mean"), *output, kind, "y")
    built.output("y", kind)
    return built.model()


def averaged(rng: np.random.Generator, kind: str, *, own: bool) -> onnx.ModelProto:
    """One AveragePool, of windows with and without ties."""
    built = Builder()
    x = built.input("x", kind, (1, 3, 9, 8))
    ties = bool(rng.random() < 0.3)
    kernel = [2, 2] if ties else [int(size) for size in rng.integers(1, 4, 2)]
    source = (float(scales(rng, (), ties=ties)), point(rng, kind))
    gain = 1.0 if ties or rng.random() < 0.5 else float(rng.uniform(0.4, 1))
    output = (source[0] * gain, point(rng, kind))
    attributes: dict[str, Any] = {"kernel_shape": kernel, "strides": [2, 1]}
    if rng.random() < 0.3:
        attributes |= {"pads": [kernel[0] // 2, 0, 0, kernel[1] // 2], "count_include_pad": 1}
    if own:
        by = built.quantization(*source, kind), built.quantization(*output, kind)
        built.node("com.microsoft.QLinearAveragePool", [x, *by[0], *by[1]], "y", **attributes)
    else:
        mean = built.node("AveragePool", [built.dequantize(x, *source, kind)], "mean", **attributes)
        built.quantize(mean, *output, kind, "y")
    built.output("y", kind)
    return built.model()


def concat(rng: np.random.Generator, kind: str, *, own: bool) -> onnx.ModelProto:
    """One Concat of three images, of one quantization and of others."""
    built = Builder()
    names = [built.input(name, kind, IMAGE) for name in "abc"]
    output = (wide(rng), point(rng, kind))
    by = [output, output, (float(scales(rng, (), ties=False)), point(rng, kind))]
    if own:
        inputs = [
            part
            for name, (scale, zero) in zip(names, by, strict=True)
            for part in (name, *built.quantization(scale, zero, kind))
        ]
        first = built.quantization(*output, kind)
        built.node("com.microsoft.QLinearConcat", [*first, *inputs], "y", axis=2)
    else:
        reals = [
            built.dequantize(name, scale, zero, kind)
            for name, (scale, zero) in zip(names, by, strict=True)
        ]
        built.quantize(built.node("Concat", reals, "all", axis=-1), *output, kind, "y")
    built.output("y", kind)
    return built.model()


def moved(rng: np.random.Generator, kind: str, name: str, *, real: bool) -> onnx.ModelProto:
    """One movement, of codes or of the reals they stand for."""
    built = Builder()
    attributes, constants = MOVEMENTS[name]
    source = (wide(rng), point(rng, kind))
    x = built.input("x", kind, IMAGE)
    start = built.dequantize(x, *source, kind) if real else x
    inputs = [start, *(built.constant(values, "int64") for values in constants)]
    end = built.node(name, inputs, "moved", **attributes)
    if real:
        end = built.quantize(end, *source, kind, "y")
    built.output(end, kind)
    return built.model()
