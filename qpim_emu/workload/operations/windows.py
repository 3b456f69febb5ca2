"""Sliding windows of the pooling operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.errors import LayerError
from qpim_emu.workload.checks import padding_pairs, pair
from qpim_emu.workload.operations.base import Operation, Shape, require_axes
from qpim_emu.workload.operations.limits import (
    CODES,
    check_limits,
    check_meets,
    require_integer_format,
)

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["Pooling"]

IMAGE_AXES = 3


@dataclass(frozen=True, slots=True, init=False)
class Pooling(Operation):
    """Common part of the pooling operations over ``[channels, height, width]``.

    Parameters
    ----------
    kernel
        (rows, columns) of a window, or one integer for both.
    stride
        (vertical, horizontal) steps; the kernel if not given.
    padding
        As for `Conv2d`; padded positions take no part, and every window must hold a real one.
    low, high
        Smallest and largest output code, where a fused activation limits them.

    Raises
    ------
    LayerError
        If a size is not positive, a window could lie in the padding entirely, or `low` exceeds
        `high`.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    low: int | None
    high: int | None

    def __init__(
        self,
        *,
        kernel: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        padding: int | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]] = 0,
        low: int | None = None,
        high: int | None = None,
    ) -> None:
        size = pair(kernel, field="kernel")
        sides = padding_pairs(padding)
        if any(side >= extent for axis, extent in zip(sides, size, strict=True) for side in axis):
            msg = f"padding must be smaller than the kernel {size}, got {sides}"
            raise LayerError(msg)
        object.__setattr__(self, "kernel", size)
        object.__setattr__(self, "stride", pair(size if stride is None else stride, field="stride"))
        object.__setattr__(self, "padding", sides)
        first, last = CODES
        check_limits(first if low is None else low, last if high is None else high)
        low, high = (None if limit is None else int(limit) for limit in (low, high))
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)

    def output_shape(self, *shapes: Shape) -> Shape:
        """Channels, and one output per window."""
        (shape,) = shapes
        require_axes(shape, IMAGE_AXES, name=type(self).__name__)
        sizes = tuple(
            (extent + sum(sides) - size) // step + 1
            for extent, sides, size, step in zip(
                shape[1:], self.padding, self.kernel, self.stride, strict=True
            )
        )
        if min(sizes) < 1:
            msg = f"input must be at least as large as the kernel {self.kernel}, got {shape[1:]}"
            raise LayerError(msg)
        return shape[0], *sizes

    def output_format(self, *formats: Format) -> Format:
        """Same format as the input, some of whose codes must lie within the limits."""
        (stored,) = formats
        if (self.low, self.high) != (None, None):
            require_integer_format(stored, self)
            low = stored.min if self.low is None else self.low
            check_meets(stored, low, stored.max if self.high is None else self.high)
        return stored

    def limited(self, codes: IntArray) -> IntArray:
        """Clamp codes to the limits there are."""
        above = codes if self.low is None else np.maximum(codes, self.low)
        return above if self.high is None else np.minimum(above, self.high)

    def windows(self, codes: IntArray, *, fill: int) -> IntArray:
        """Codes under every window, ``int64[batch, channels, rows, columns, kernel]``.

        Padded positions hold `fill`.
        """
        padded = np.pad(codes, ((0, 0), (0, 0), *self.padding), constant_values=fill)
        views = np.lib.stride_tricks.sliding_window_view(padded, self.kernel, axis=(2, 3))
        strided = views[:, :, :: self.stride[0], :: self.stride[1]]
        return strided.reshape(*strided.shape[:4], -1)
