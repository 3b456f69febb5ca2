"""Compiled averages over windows (`qpim_emu.workload.operations.average_pool`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["Windows", "average_windows"]


class Windows(NamedTuple):
    """Windows of an image, and what they make of it.

    Attributes
    ----------
    kernel, stride, corner
        Rows and columns of a window, steps, and borders above and to the left.
    padding_code, counted
        Code of the borders, and whether they count (1 or 0).
    low, high
        Limits of the outputs.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int]
    corner: tuple[int, int]
    padding_code: int
    counted: int
    low: int
    high: int


@compiled
def average_windows(codes: IntArray, windows: Windows, out: IntArray) -> None:
    """Average the codes under every window, ties away from zero.

    Parameters
    ----------
    codes
        ``int64[images, height, width]``, one of each channel.
    windows
        The windows.
    out
        ``int64[images, rows, columns]``, written.
    """
    (tall, wide), (down, right), (top, left) = windows.kernel, windows.stride, windows.corner
    images, height, width = codes.shape
    for image in range(images):
        for row in range(out.shape[1]):
            first_y, past_y = row * down - top, row * down - top + tall
            for column in range(out.shape[2]):
                first_x, past_x = column * right - left, column * right - left + wide
                total, count = 0, 0
                for y in range(max(first_y, 0), min(past_y, height)):
                    for x in range(max(first_x, 0), min(past_x, width)):
                        total += codes[image, y, x]
                        count += 1
                if windows.counted:
                    total += (tall * wide - count) * windows.padding_code
                    count = tall * wide
                magnitude = (abs(total) + count // 2) // count
                average = magnitude if total > 0 else -magnitude
                out[image, row, column] = min(max(average, windows.low), windows.high)
