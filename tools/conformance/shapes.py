"""Sizes of layers of every kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.conformance.draws import Draws

__all__ = ["KINDS", "Shape", "draw_shape"]

KINDS = ("linear", "conv", "pointwise", "depthwise", "grouped", "linear")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of a layer in the columns' order."""

    linear: int = 0
    images: int = 1
    channels: int
    height: int = 1
    width: int = 1
    filters: int
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    groups: int = 1

    def columns(self) -> list[int]:
        """Numbers of a question."""
        sizes = (self.linear, self.images, self.channels, self.height, self.width, self.filters)
        return [*sizes, *self.kernel, *self.stride, *self.dilation, *self.padding, self.groups]

    @property
    def weights(self) -> int:
        """How many weights there are."""
        return self.filters * self.products

    @property
    def products(self) -> int:
        """Products of an output."""
        return self.channels // self.groups * prod(self.kernel)

    @property
    def codes(self) -> int:
        """How many input codes there are."""
        return self.images * self.channels * self.height * self.width

    @property
    def outputs(self) -> tuple[int, int]:
        """Height and width of the outputs."""
        top, bottom, left, right = self.padding
        sizes = (self.height + top + bottom, self.width + left + right)
        each = zip(sizes, self.kernel, self.stride, self.dilation, strict=True)
        height, width = ((size - d * (k - 1) - 1) // s + 1 for size, k, s, d in each)
        return height, width


def draw_shape(draws: Draws, kind: str) -> Shape:
    """Draw the sizes of a layer of a kind."""
    channels, filters = draws.between(1, 6), draws.between(1, 4)
    if kind == "linear":
        images = draws.between(1, 4)
        return Shape(linear=1, images=images, channels=draws.between(1, 40), filters=filters)
    height, width = draws.between(3, 4), draws.between(3, 4)
    common = Shape(channels=channels, filters=filters, height=height, width=width)
    common = replace(common, images=draws.choice((1, 1, 2)), stride=(draws.between(1, 2), 1))
    if kind == "pointwise":
        return common
    kernel = draws.between(1, 3), draws.between(1, 3)
    sides = (draws.between(0, 1) for _ in range(4))
    top, bottom, left, right = sides
    dilation = (
        draws.choice((1, 1, 2)) if kernel[0] == 2 else 1,  # noqa: PLR2004 - 3 rows of 5 may not fit
        draws.choice((1, 1, 2)) if kernel[1] == 2 else 1,  # noqa: PLR2004 - as above
    )
    padding = (top, bottom, left, right)
    common = replace(common, kernel=kernel, padding=padding, dilation=dilation)
    if kind == "conv":
        return common
    if kind == "depthwise":
        channels = draws.between(2, 6)
        filters = channels * draws.choice((1, 1, 2))
        return replace(common, channels=channels, groups=channels, filters=filters)
    groups = draws.between(2, 3)
    per_group, filters = draws.between(2, 5), groups * draws.between(1, 2)
    return replace(common, channels=groups * per_group, groups=groups, filters=filters)
