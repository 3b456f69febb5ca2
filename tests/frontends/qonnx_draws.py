"""Random QONNX models of one or two quantized layers, at 1..16 bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.frontends.qonnx_models import MODES, Builder, scale_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Drawn", "draw_model"]

MOST_EXACT_BITS = 6


@dataclass(kw_only=True)
class Drawn:
    """A model in the making: what was built, the tensor at its end, and what that is."""

    builder: Builder
    rng: np.random.Generator
    exact: bool
    tensor: str = "in"
    shape: tuple[int, ...]
    spread: float = 1.0
    padded: bool = True

    def choose(self, *options: Any) -> Any:  # noqa: ANN401 - any of them
        """One of some values."""
        return options[int(self.rng.integers(len(options)))]

    def bits(self) -> int:
        """A width; narrow enough for float32 to be exact where it has to be."""
        if self.exact:
            return int(self.rng.integers(1, MOST_EXACT_BITS))
        return int(self.rng.integers(1, 17 if self.rng.random() < 0.3 else 9))

    def scale(self, target: float) -> NDArray[Any]:
        """A scale near a target: a power of two where floats have to be exact."""
        rough = 2.0 ** np.round(np.log2(target))
        return np.asarray(rough if self.exact else target * self.rng.uniform(0.7, 1.3), np.float32)


def draw_model(seed: int, *, exact: bool) -> Builder:
    """Draw a model; with `exact`, one that float32 computes without rounding anything."""
    rng = np.random.default_rng(seed)
    image = bool(rng.integers(4))
    shape = (int(rng.integers(1, 5)), 6, 5) if image else (int(rng.integers(1, 20)),)
    drawn = Drawn(builder=Builder(shape), rng=rng, exact=exact, shape=shape)
    quantize(drawn, rng.uniform(0.5, 2))
    for _ in range(int(rng.integers(1, 3))):
        add_layer(drawn)
        add_reals(drawn)
        quantize(drawn, drawn.spread)
        add_movement(drawn)
    return drawn.builder


def quantize(drawn: Drawn, spread: float) -> None:
    """Quantize what there is, so that the codes are used up to their ends and beyond."""
    builder, rng = drawn.builder, drawn.rng
    if rng.random() < 0.15:
        drawn.tensor = builder.bipolar(drawn.tensor, drawn.scale(spread))
        drawn.padded, drawn.spread = False, spread
        return
    bits = drawn.bits()
    signed = int(rng.integers(2))
    narrow = int(rng.integers(2)) if bits > 1 else 0
    zero = int(rng.integers(-3, 4)) if rng.random() < 0.3 and bits > 2 else 0
    scale = drawn.scale(2 * spread / 2 ** (bits - signed))
    drawn.tensor = builder.quant(
        drawn.tensor,
        scale,
        bits,
        zero=zero,
        signed=signed,
        narrow=narrow,
        mode=drawn.choose(*MODES),
        kind=drawn.choose("Quant", "IntQuant"),
    )
    in_range = (-(2 ** (bits - 1)) if signed else 0) <= zero <= 2 ** (bits - signed) - 1
    drawn.padded = in_range and (bits > 1 or not signed)
    drawn.spread = spread


def add_weights(drawn: Drawn, shape: tuple[int, ...], axis: int) -> str:
    """Quantized weights, with one scale or one per filter."""
    builder, rng = drawn.builder, drawn.rng
    per_filter = bool(rng.integers(2))
    sizes = tuple(n if i == axis and per_filter else 1 for i, n in enumerate(shape))
    scale = scale_of(rng, exact=drawn.exact, shape=sizes if per_filter else ())
    bits = drawn.bits()
    reach = float(np.max(scale)) * 2 ** (bits - 1)
    weights = builder.constant(rng.normal(0, reach / 2, shape))
    if rng.random() < 0.15:
        return builder.bipolar(weights, scale)
    narrow = int(rng.integers(2)) if bits > 1 else 0
    return builder.quant(weights, scale, bits, signed=1, narrow=narrow, mode=drawn.choose(*MODES))


def add_layer(drawn: Drawn) -> None:
    """A convolution, or a product with a matrix."""
    if len(drawn.shape) == 1:
        add_product(drawn)
    else:
        add_convolution(drawn)


def add_product(drawn: Drawn) -> None:
    """Gemm with a bias, or MatMul."""
    builder, rng = drawn.builder, drawn.rng
    channels, filters = drawn.shape[0], int(rng.integers(1, 5))
    transposed = bool(rng.integers(2))
    shape = (filters, channels) if transposed else (channels, filters)
    weights = add_weights(drawn, shape, 0 if transposed else 1)
    if transposed or rng.integers(2):
        bias = [] if drawn.exact else [builder.constant(rng.normal(0, 1, filters))]
        drawn.tensor = builder.node("Gemm", drawn.tensor, weights, *bias, transB=int(transposed))
    else:
        drawn.tensor = builder.node("MatMul", drawn.tensor, weights)
    drawn.shape = (filters,)


def add_convolution(drawn: Drawn) -> None:
    """A convolution, dense, grouped or depthwise."""
    builder, rng = drawn.builder, drawn.rng
    channels = drawn.shape[0]
    groups = drawn.choose(1, channels)
    filters = groups * int(rng.integers(1, 4))
    kernel = (int(rng.integers(1, 4)), int(rng.integers(1, 3)))
    weights = add_weights(drawn, (filters, channels // groups, *kernel), 0)
    pads = [int(n) for n in rng.integers(0, 2, 4)] if drawn.padded else [0, 0, 0, 0]
    stride = [int(n) for n in rng.integers(1, 3, 2)]
    bias = [] if drawn.exact else [builder.constant(rng.normal(0, 1, filters))]
    drawn.tensor = builder.node(
        "Conv", drawn.tensor, weights, *bias, pads=pads, strides=stride, group=groups
    )
    sizes = (
        (extent + pads[i] + pads[i + 2] - kernel[i]) // stride[i] + 1
        for i, extent in enumerate(drawn.shape[1:])
    )
    drawn.shape = (filters, *sizes)


def add_reals(drawn: Drawn) -> None:
    """What lies between a layer and its quantizer: normalization, factors, limits."""
    builder, rng = drawn.builder, drawn.rng
    if not drawn.exact and rng.integers(2):
        drawn.tensor = builder.batch_norm(drawn.tensor, rng, drawn.shape[0])
    if not drawn.exact and rng.random() < 0.3:
        along = (drawn.shape[0], *[1] * (len(drawn.shape) - 1))
        amount = builder.constant(rng.normal(0, 1, along))
        drawn.tensor = builder.node(drawn.choose("Mul", "Add", "Sub"), drawn.tensor, amount)
    if rng.integers(2):
        drawn.tensor = builder.node("Relu", drawn.tensor)
    elif rng.random() < 0.3:
        limits = [builder.constant(-1.5), builder.constant(2.25)]
        drawn.tensor = builder.node("Clip", drawn.tensor, *limits)
    if len(drawn.shape) == 3 and min(drawn.shape[1:]) > 1 and rng.random() < 0.2:
        drawn.tensor = builder.node("MaxPool", drawn.tensor, kernel_shape=[2, 2])
        drawn.shape = (drawn.shape[0], *(size - 1 for size in drawn.shape[1:]))


def add_movement(drawn: Drawn) -> None:
    """What moves codes, or takes the largest of them."""
    builder, rng = drawn.builder, drawn.rng
    if len(drawn.shape) == 1:
        return
    kind = drawn.choose("none", "flat", "turned", "pool", "larger")
    channels, height, width = drawn.shape
    if kind == "flat":
        drawn.tensor = builder.node("Flatten", drawn.tensor)
        drawn.shape = (channels * height * width,)
    elif kind == "turned":
        drawn.tensor = builder.node("Transpose", drawn.tensor, perm=[0, 1, 3, 2])
        drawn.shape = (channels, width, height)
    elif kind == "pool":
        drawn.tensor = builder.node("MaxPool", drawn.tensor, kernel_shape=[1, 1], strides=[2, 2])
        drawn.shape = (channels, -(-height // 2), -(-width // 2))
    elif kind == "larger" and rng.integers(2):
        scales = builder.constant([1, 1, 2, 3])
        drawn.tensor = builder.node(
            "Resize",
            drawn.tensor,
            builder.constant([]),
            scales,
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        )
        drawn.shape = (channels, 2 * height, 3 * width)
