"""Random shapes, scales and windows of models with one operator."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from tests.frontends.tflite_models import Tensor

__all__ = [
    "Scaled",
    "Shape",
    "activation",
    "image",
    "integers",
    "quantized",
    "windowed",
    "zero_point_of",
]

Rng = np.random.Generator
Shape: TypeAlias = tuple[int, ...]
SAME, VALID = 0, 1


class Scaled(Tensor):
    """A tensor with one scale."""

    scale: float


def zero_point_of(rng: Rng, kind: str) -> int:
    """A zero point; 0 for 16 bits."""
    return int(rng.integers(-128, 128)) if kind == "INT8" else 0


def quantized(rng: Rng, shape: Shape, kind: str, *, scale: float | None = None) -> Scaled:
    """An input or output of any scale."""
    smaller = 1 if kind == "INT8" else 1 / 200
    drawn = float(np.exp(rng.uniform(-5, 0))) * smaller
    return Scaled(
        shape=shape,
        type=kind,
        scale=drawn if scale is None else scale,
        zero_point=zero_point_of(rng, kind),
    )


def activation(rng: Rng) -> dict[str, Any]:
    """A fused activation, or none."""
    return {"fusedActivationFunction": int(rng.choice([0, 0, 1, 2, 3]))}


def image(rng: Rng, *, largest: int = 9) -> Shape:
    """Shape of an image, channels last."""
    height, width = (int(size) for size in rng.integers(1, largest + 1, 2))
    return 1, height, width, int(rng.integers(1, 7))


def windowed(
    rng: Rng, *, dilated: bool = False
) -> tuple[Shape, tuple[int, int], Shape, dict[str, Any]]:
    """Shape of an image, a kernel that fits it, the output's first three sizes, and options."""
    shape = image(rng)
    scheme = int(rng.choice([SAME, VALID]))
    dilation = [1, 1]
    kernel = [int(rng.integers(1, min(5, size + 1))) for size in shape[1:3]]
    if dilated and rng.random() < 0.3:
        dilation = [int(d) for d in rng.integers(1, 4, 2)]
        if scheme == VALID:
            kernel = [
                min(k, (size - 1) // d + 1)
                for k, size, d in zip(kernel, shape[1:3], dilation, strict=True)
            ]
    stride = [1, 1] if max(dilation) > 1 else [int(step) for step in rng.integers(1, 4, 2)]
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    sizes = [
        -(-size // step) if scheme == SAME else (size - extent) // step + 1
        for size, step, extent in zip(shape[1:3], stride, reach, strict=True)
    ]
    options: dict[str, Any] = {"padding": scheme, "strideH": stride[0], "strideW": stride[1]}
    if dilated:
        options |= {"dilationHFactor": dilation[0], "dilationWFactor": dilation[1]}
    return shape, (kernel[0], kernel[1]), (1, *sizes), options


def integers(values: Any) -> Tensor:  # noqa: ANN401 - a list of lists of integers, too
    """A constant of axes, sizes and the like."""
    return Tensor(shape=np.shape(values), type="INT32", data=np.array(values))
