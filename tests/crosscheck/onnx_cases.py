"""Random ONNX models of one operator: shapes, scales and zero points, with ties and extremes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.frontends.onnx.tensors import FORMATS
from tests.crosscheck.onnx_models import Builder

if TYPE_CHECKING:
    import onnx

    from qpim_emu.typing import IntArray

__all__ = [
    "Windows",
    "conv_integer",
    "matmul_integer",
    "qdq_conv",
    "qdq_gemm",
    "qlinear_conv",
    "qlinear_matmul",
]

SIGNS = [("uint8", "int8"), ("uint8", "uint8"), ("int8", "int8")]
"""Types of activations and weights that ONNX Runtime has integer kernels for."""


def codes(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> IntArray:
    """Random codes, sometimes all at the ends of their range."""
    stored = FORMATS[kind]
    if rng.random() < 0.2:
        return rng.choice([stored.min, stored.max], shape)
    return rng.integers(stored.min, stored.max, shape, endpoint=True)


def scales(rng: np.random.Generator, shape: tuple[int, ...], *, ties: bool) -> Any:  # noqa: ANN401
    """Scales: any, or powers of two, whose products have exact ties."""
    if ties:
        return 2.0 ** rng.integers(-6, -2, shape)
    return rng.uniform(0.01, 0.05, shape)


@dataclass(frozen=True, slots=True)
class Windows:
    """Geometry of a random convolution."""

    sizes: tuple[int, ...]
    groups: int
    channels: int
    filters: int
    kernel: tuple[int, ...]
    attributes: dict[str, Any]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Windows:
        """Kernels, strides, dilations, paddings of every kind, groups, one axis or two."""
        axes = int(rng.choice([1, 2, 2, 2]))
        kernel = tuple(int(k) for k in rng.integers(1, 4, axes))
        dilations = tuple(int(d) for d in rng.choice([1, 1, 2], axes))
        reach = [d * (k - 1) + 1 for d, k in zip(dilations, kernel, strict=True)]
        sizes = tuple(int(r + rng.integers(0, 6)) for r in reach)
        groups = int(rng.choice([1, 1, 2, 3]))
        each = int(rng.choice([1, 2, 5]))
        attributes: dict[str, Any] = {
            "group": groups,
            "kernel_shape": kernel,
            "strides": [int(s) for s in rng.choice([1, 1, 2, 3], axes)],
            "dilations": dilations,
        }
        padding = rng.choice(["none", "pads", "VALID", "SAME_UPPER", "SAME_LOWER"])
        if padding == "pads":
            attributes["pads"] = [int(p) for p in rng.integers(0, 3, 2 * axes)]
        elif padding != "none":
            attributes["auto_pad"] = str(padding)
            if padding != "VALID":
                attributes["dilations"] = (1,) * axes
        filters = groups * int(rng.choice([1, 2, 3]))
        return cls(sizes, groups, groups * each, filters, kernel, attributes)

    def weights(self, rng: np.random.Generator, kind: str) -> IntArray:
        """Codes of the weights."""
        shape = (self.filters, self.channels // self.groups, *self.kernel)
        return codes(rng, kind, shape)


def point(rng: np.random.Generator, kind: str) -> int:
    """A zero point, odd more often than not."""
    return int(codes(rng, kind, ())) | int(rng.random() < 0.5)


def qlinear_conv(rng: np.random.Generator, kinds: tuple[str, str]) -> onnx.ModelProto:
    """One QLinearConv."""
    built, windows = Builder(), Windows.draw(rng)
    ties = bool(rng.random() < 0.4)
    each = (windows.filters,) if rng.random() < 0.6 else ()
    x = built.input("x", kinds[0], (int(rng.choice([1, 2])), windows.channels, *windows.sizes))
    growth = float(2 ** rng.integers(0, 6) if ties else rng.uniform(1, 40))
    inputs = [
        x,
        *built.quantization(scales(rng, (), ties=ties), point(rng, kinds[0]), kinds[0]),
        built.constant(windows.weights(rng, kinds[1]), kinds[1]),
        built.constant(scales(rng, each, ties=ties), "float"),
        built.constant(np.full(each, point(rng, kinds[1])), kinds[1]),
        *built.quantization(scales(rng, (), ties=ties) * growth, point(rng, kinds[0]), kinds[0]),
    ]
    if rng.random() < 0.6:
        inputs.append(built.constant(rng.integers(-4000, 4000, windows.filters), "int32"))
    built.node("QLinearConv", inputs, "y", **windows.attributes)
    built.output("y", kinds[0])
    return built.model()


def conv_integer(rng: np.random.Generator, kinds: tuple[str, str]) -> onnx.ModelProto:
    """One ConvInteger, with and without zero points."""
    built, windows = Builder(), Windows.draw(rng)
    x = built.input("x", kinds[0], (1, windows.channels, *windows.sizes))
    inputs = [x, built.constant(windows.weights(rng, kinds[1]), kinds[1])]
    if rng.random() < 0.7:
        inputs.append(built.constant(point(rng, kinds[0]), kinds[0]))
        inputs.append(built.constant(point(rng, kinds[1]), kinds[1]))
    built.node("ConvInteger", inputs, "y", **windows.attributes)
    built.output("y", "int32")
    return built.model()


def matrix_sizes(rng: np.random.Generator) -> tuple[int, int, int]:
    """Batch, channels and filters of a product."""
    return int(rng.integers(1, 5)), int(rng.integers(1, 40)), int(rng.integers(1, 10))


def qlinear_matmul(rng: np.random.Generator, kinds: tuple[str, str]) -> onnx.ModelProto:
    """One QLinearMatMul."""
    built, (batch, channels, filters) = Builder(), matrix_sizes(rng)
    ties = bool(rng.random() < 0.4)
    each = (filters,) if rng.random() < 0.5 else ()
    rows = (int(rng.integers(1, 6)),) if rng.random() < 0.3 else ()
    x = built.input("x", kinds[0], (batch, *rows, channels))
    growth = float(2 ** rng.integers(0, 6) if ties else rng.uniform(1, 40))
    inputs = [
        x,
        *built.quantization(scales(rng, (), ties=ties), point(rng, kinds[0]), kinds[0]),
        built.constant(codes(rng, kinds[1], (channels, filters)), kinds[1]),
        built.constant(scales(rng, each, ties=ties), "float"),
        built.constant(codes(rng, kinds[1], each), kinds[1]),
        *built.quantization(scales(rng, (), ties=ties) * growth, point(rng, kinds[0]), kinds[0]),
    ]
    built.node("QLinearMatMul", inputs, "y")
    built.output("y", kinds[0])
    return built.model()


def matmul_integer(rng: np.random.Generator, kinds: tuple[str, str]) -> onnx.ModelProto:
    """One MatMulInteger, with and without zero points, one of them per column."""
    built, (batch, channels, filters) = Builder(), matrix_sizes(rng)
    x = built.input("x", kinds[0], (batch, channels))
    inputs = [x, built.constant(codes(rng, kinds[1], (channels, filters)), kinds[1])]
    if rng.random() < 0.7:
        each = (filters,) if rng.random() < 0.5 else ()
        inputs.append(built.constant(point(rng, kinds[0]), kinds[0]))
        inputs.append(built.constant(codes(rng, kinds[1], each), kinds[1]))
    built.node("MatMulInteger", inputs, "y")
    built.output("y", "int32")
    return built.model()


def ending(
    rng: np.random.Generator,
    built: Builder,
    kinds: tuple[str, str],
    unit: Any,  # noqa: ANN401 - floats
    *,
    ties: bool,
) -> onnx.ModelProto:
    """Limit and quantize the result of a layer whose accumulators count in units of `unit`."""
    name, kind = "sum", kinds[0]
    after = rng.choice(["none", "Relu", "Clip"])
    scale = float(np.max(unit)) * 2.0 ** (FORMATS[kinds[1]].bits - 1 + rng.integers(0, 3))
    if not ties:
        scale *= rng.uniform(0.7, 1.4)
    zero_point = FORMATS[kind].min if after == "Relu" else point(rng, kind)
    if after == "Relu":
        name = built.node("Relu", [name], "limited")
    elif after == "Clip":
        bounds = [built.constant(-30.5 * scale, "float"), built.constant(22.25 * scale, "float")]
        name = built.node("Clip", [name, *bounds], "limited")
    built.quantize(name, scale, zero_point, kind, "y")
    built.output("y", kind)
    return built.model()


def bias(
    built: Builder,
    rng: np.random.Generator,
    filters: int,
    scale: Any,  # noqa: ANN401 - floats
) -> str:
    """Add a bias of the accumulators' scale."""
    name = built.constant(rng.integers(-4000, 4000, filters), "int32")
    by = [built.constant(scale, "float"), built.constant(np.zeros(np.shape(scale)), "int32")]
    return built.node("DequantizeLinear", [name, *by], "bias", axis=0)


def qdq_conv(
    rng: np.random.Generator, kinds: tuple[str, str], *, ties: bool = False
) -> onnx.ModelProto:
    """One Conv between DequantizeLinear and QuantizeLinear."""
    built, windows = Builder(), Windows.draw(rng)
    each = (windows.filters,) if rng.random() < 0.6 else ()
    x_scale = np.float32(scales(rng, (), ties=ties))
    w_scale = np.asarray(scales(rng, each, ties=ties), np.float32)
    x = built.input("x", kinds[0], (1, windows.channels, *windows.sizes))
    real = built.dequantize(x, x_scale, point(rng, kinds[0]), kinds[0])
    weights = built.constant(windows.weights(rng, kinds[1]), kinds[1])
    points = np.zeros(each) if each else point(rng, kinds[1])
    inputs = [real, built.dequantize(weights, w_scale, points, kinds[1], axis=0)]
    if rng.random() < 0.6:
        inputs.append(bias(built, rng, windows.filters, x_scale * w_scale))
    built.node("Conv", inputs, "sum", **windows.attributes)
    return ending(rng, built, kinds, x_scale * w_scale, ties=ties)


def qdq_gemm(
    rng: np.random.Generator, kinds: tuple[str, str], *, ties: bool = False
) -> onnx.ModelProto:
    """One Gemm or MatMul between DequantizeLinear and QuantizeLinear."""
    built, (batch, channels, filters) = Builder(), matrix_sizes(rng)
    turned, plain = bool(rng.random() < 0.5), bool(rng.random() < 0.4)
    rows = (int(rng.integers(1, 6)),) if plain and rng.random() < 0.5 else ()
    each = (filters,) if rng.random() < 0.5 else ()
    x_scale = np.float32(scales(rng, (), ties=ties))
    w_scale = np.asarray(scales(rng, each, ties=ties), np.float32)
    x = built.input("x", kinds[0], (batch, *rows, channels))
    real = built.dequantize(x, x_scale, point(rng, kinds[0]), kinds[0])
    shape = (filters, channels) if turned and not plain else (channels, filters)
    weights = built.constant(codes(rng, kinds[1], shape), kinds[1])
    axis = 0 if turned and not plain else 1
    points = np.zeros(each) if each else point(rng, kinds[1])
    inputs = [real, built.dequantize(weights, w_scale, points, kinds[1], axis=axis)]
    if plain:
        built.node("MatMul", inputs, "sum")
    else:
        inputs.append(bias(built, rng, filters, x_scale * w_scale))
        built.node("Gemm", inputs, "sum", transB=int(turned))
    return ending(rng, built, kinds, x_scale * w_scale, ties=ties)
