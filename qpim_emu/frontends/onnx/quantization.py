"""Scale, zero point and format of quantized tensors, and float32 steps from one to the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.frontends.onnx.refusal import RefusedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

    Reals = NDArray[np.float32]

__all__ = ["Quantization", "along", "dequantized", "quantized"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quantization:
    """``real = scale * (code - zero point)``.

    Attributes
    ----------
    format
        Of the codes.
    scale
        ``float32``, a scalar or one per place on `axis`.
    zero_point
        ``int64``, likewise.
    axis
        Axis of the file's tensor that several scales are for.
    """

    format: Format
    scale: NDArray[np.float32]
    zero_point: IntArray
    axis: int = 1

    def __post_init__(self) -> None:
        if not (np.isfinite(self.scale).all() and (self.scale > 0).all()):
            wrong = self.scale[~(np.isfinite(self.scale) & (self.scale > 0))]
            msg = f"scales must be finite and positive, got {wrong.flat[0]}"
            raise RefusedError(msg)

    @property
    def is_per_tensor(self) -> bool:
        """Whether one scale and one zero point hold for every code."""
        return self.scale.size == 1 and self.zero_point.size == 1

    def same(self, other: Quantization) -> bool:
        """Whether codes mean the same in both."""
        return (
            self.format == other.format
            and np.array_equal(self.scale, other.scale)
            and np.array_equal(self.zero_point, other.zero_point)
        )

    def one(self, what: str) -> tuple[np.float32, int]:
        """Scale and zero point of the whole tensor, refusing several."""
        if not self.is_per_tensor:
            msg = f"{what} must have one scale and zero point, got one per place on an axis"
            raise RefusedError(msg)
        return np.float32(self.scale.flat[0]), int(self.zero_point.flat[0])

    def code(self, value: float) -> int:
        """Code of a real value, saturated, as QuantizeLinear computes it."""
        return int(quantized(np.float32(value), self))


def along(values: NDArray[Any], axis: int, axes: int) -> NDArray[Any]:
    """See one value per place on an axis so that it spreads over a tensor of so many axes."""
    if values.size == 1:
        return values.reshape(())
    if values.ndim != 1 or not -axes <= axis < axes:
        msg = f"scales must be for one axis of {axes}, got shape {values.shape} for axis {axis}"
        raise RefusedError(msg)
    return values.reshape([-1 if place == axis % axes else 1 for place in range(axes)])


def quantized(reals: Reals | np.float32, to: Quantization) -> IntArray:
    """Compute ``saturate(rint(float32(real / scale)) + zero point)``, ``int64``.

    Source: QuantizeLinear of the ONNX standard; the zero point is added after the rounding.
    """
    array = np.asarray(reals, np.float32)
    with np.errstate(over="ignore"):
        quotient = array / along(to.scale, to.axis, array.ndim)
    limit = np.float32(1 << 30)
    whole: IntArray = np.clip(np.rint(quotient), -limit, limit).astype(np.int64)
    codes: IntArray = whole + along(to.zero_point, to.axis, array.ndim)
    return np.clip(codes, to.format.min, to.format.max)


def dequantized(codes: IntArray, by: Quantization) -> Reals:
    """Compute ``float32(float32(code - zero point) * scale)``.

    Source: DequantizeLinear of the ONNX standard.

    Raises
    ------
    RefusedError
        If a product is beyond float32.
    """
    difference = codes - along(by.zero_point, by.axis, codes.ndim)
    with np.errstate(over="ignore"):
        reals: Reals = difference.astype(np.float32) * along(by.scale, by.axis, codes.ndim)
    if not np.isfinite(reals).all():
        msg = f"scale must give reals within float32, got {by.scale.max()}"
        raise RefusedError(msg)
    return reals
