"""Tensors of a file: their types, scales and constant codes."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Format, Int
from qpim_emu.frontends.tflite.refusal import Refusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import FloatArray, IntArray

__all__ = ["FORMATS", "FileTensor", "doubles"]

FORMATS = {"INT8": Int(8), "INT16": Int(16), "INT4": Int(4)}
"""Formats of codes that a network holds, by type of tensor."""

NUMBERS = {"INT8": "i1", "INT16": "<i2", "INT32": "<i4", "INT64": "<i8"}
"""How constants of a type lie in the file."""

LOW_NIBBLE = 0xF


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FileTensor:
    """A tensor of a file.

    Attributes
    ----------
    index, name
        Its number and its name, which need not be the only one of its kind.
    type
        As the schema spells it.
    shape
        With the batch; as the file declares it.
    data
        Bytes of a constant, or None.
    scales, zero_points, axis
        As the file holds them, one or one per index of the axis.
    is_sparse, is_variable
        Whether it is stored sparsely, and whether it is a state of the model.
    """

    index: int
    name: str
    type: str
    shape: tuple[int, ...]
    data: NDArray[np.uint8] | None = None
    scales: NDArray[Any] | None = None
    zero_points: NDArray[Any] | None = None
    axis: int = 0
    is_sparse: bool = False
    is_variable: bool = False

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"tensor {self.index} ({self.name})"

    @property
    def held_bytes(self) -> int:
        """Bytes of its elements, scales and zero points in the file."""
        held = (self.data, self.scales, self.zero_points)
        return sum(0 if each is None else int(each.nbytes) for each in held)

    @property
    def is_constant(self) -> bool:
        """Whether the file holds its elements."""
        return self.data is not None

    @property
    def format(self) -> Format:
        """Format of its codes.

        Raises
        ------
        Refusal
            If they are floats, or integers that no network holds.
        """
        if self.type not in FORMATS:
            msg = (
                f"{self.title} must hold codes of INT8, INT16 or INT4, got {self.type}; "
                "quantize the whole model to integers"
            )
            raise Refusal(msg)
        return FORMATS[self.type]

    def scale(self) -> float:
        """The one scale of the tensor.

        Raises
        ------
        Refusal
            If it has none, or one per index, or one that is not finite and positive.
        """
        scales = self.channel_scales(1)
        return float(scales[0])

    def channel_scales(self, channels: int, *, axis: int = 0) -> FloatArray:
        """One scale, or one per index of an axis of `channels` indices.

        Raises
        ------
        Refusal
            If there is another number of them, of another axis, or they are not finite and
            positive.
        """
        count = 0 if self.scales is None else len(self.scales)
        if self.scales is None or count not in {1, channels}:
            wanted = "one scale" if channels == 1 else f"one scale or {channels}"
            msg = f"{self.title} must have {wanted}, got {count}"
            raise Refusal(msg)
        if count > 1 and self.axis != axis:
            msg = f"scales of {self.title} must be for axis {axis}, got axis {self.axis}"
            raise Refusal(msg)
        values = doubles(self.scales)
        if not (np.isfinite(values) & (values > 0)).all():
            msg = f"scales of {self.title} must be finite and positive, got {values.min()}"
            raise Refusal(msg)
        return values

    def zero_point(self) -> int:
        """The one zero point of the tensor, 0 unless given; it is a code.

        Raises
        ------
        Refusal
            If there are several different ones, or it is no code.
        """
        points = np.zeros(1, np.int64) if self.zero_points is None else self.zero_points
        first = int(points[0])
        if (points != first).any():
            msg = (
                f"zero points of {self.title} must be the same, got {points.min()}..{points.max()}"
            )
            raise Refusal(msg)
        if not self.format.contains(first):
            msg = f"zero point of {self.title} must be one of {self.format}, got {first}"
            raise Refusal(msg)
        return first

    def constant(self) -> IntArray:
        """Elements of a constant, ``int64`` in the file's shape.

        Raises
        ------
        Refusal
            If it is none, sparse, of another type, or its data have another size.
        """
        if self.data is None:
            msg = f"{self.title} must be a constant of the file"
            raise Refusal(msg)
        if self.is_sparse:
            msg = f"{self.title} must be dense, got sparse; store the weights densely"
            raise Refusal(msg)
        count = prod(self.shape)
        if self.type == "INT4":
            return self.sized((count + 1) // 2, count, nibbles(self.data)[:count])
        if self.type not in NUMBERS:
            msg = f"{self.title} must hold integers, got {self.type}"
            raise Refusal(msg)
        kind = np.dtype(NUMBERS[self.type])
        whole = self.data[: self.data.size - self.data.size % kind.itemsize]
        return self.sized(count * kind.itemsize, count, whole.view(kind))

    def sized(self, wanted: int, count: int, values: NDArray[Any]) -> IntArray:
        """Elements in their shape, if the data have the size they must have."""
        if self.data is None or self.data.size != wanted or values.size != count:
            size = 0 if self.data is None else self.data.size
            msg = f"data of {self.title} must have {wanted} bytes, got {size}"
            raise Refusal(msg)
        return values.astype(np.int64).reshape(self.shape)


def doubles(values: NDArray[Any]) -> FloatArray:
    """Numbers of a file as float64, whatever bits they are."""
    with np.errstate(invalid="ignore"):  # a signalling NaN
        return np.asarray(values, np.float64)


def nibbles(data: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Unpack signed 4-bit integers, two a byte, the low half first."""
    pairs = np.stack([data & LOW_NIBBLE, data >> 4], axis=-1).reshape(-1).astype(np.int8)
    return np.where(pairs > LOW_NIBBLE >> 1, pairs - (LOW_NIBBLE + 1), pairs).astype(np.int8)
