"""Images, and the borders that SAME puts around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.frontends.tflite.refusal import Refusal

if TYPE_CHECKING:
    from qpim_emu.frontends.tflite.call import Call
    from qpim_emu.frontends.tflite.tensors import FileTensor

__all__ = ["image_shape", "padding_of"]

IMAGE_AXES = 4
SAME, VALID = 0, 1

Sides = tuple[int, int]


def image_shape(tensor: FileTensor) -> tuple[int, int, int, int]:
    """Shape of a tensor of four axes, none of them empty."""
    if len(tensor.shape) != IMAGE_AXES or min(tensor.shape) < 1:
        msg = f"{tensor.title} must have four axes of 1 or more, got {list(tensor.shape)}"
        raise Refusal(msg)
    first, height, width, last = tensor.shape
    return first, height, width, last


def padding_of(
    call: Call, scheme: int, *, kernel: Sides, stride: Sides, dilation: Sides = (1, 1)
) -> tuple[Sides, Sides]:
    """Compute the borders (top, bottom), (left, right) of an image.

    VALID has none. SAME has as many outputs as the input has steps; the border that this takes
    is split in halves, the larger one at the bottom and the right (``ComputePaddingWithOffset``
    in TFLite's kernels/padding.h).

    Raises
    ------
    Refusal
        If a stride or a dilation is not positive, or the scheme is another.
    """
    if scheme not in {SAME, VALID}:
        msg = f"padding must be SAME or VALID, got number {scheme}"
        raise Refusal(msg)
    if min(*stride, *dilation, *kernel) < 1:
        msg = f"kernel, strides and dilations must be positive, got {kernel}, {stride}, {dilation}"
        raise Refusal(msg)
    if scheme == VALID:
        return (0, 0), (0, 0)
    _, *sizes, _ = image_shape(call.tensor())
    vertical, horizontal = (
        same(size, extent, step, spread)
        for size, extent, step, spread in zip(sizes, kernel, stride, dilation, strict=True)
    )
    return vertical, horizontal


def same(size: int, kernel: int, stride: int, dilation: int) -> Sides:
    """Border before and behind one axis."""
    outputs = -(-size // stride)
    reach = dilation * (kernel - 1) + 1
    total = max(0, (outputs - 1) * stride + reach - size)
    return total // 2, total - total // 2
