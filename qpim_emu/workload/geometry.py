"""Shapes of a MAC layer at one input: the numbers the mapping and the engines count with."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ConvGeometry", "LinearGeometry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvGeometry:
    """Sizes of a two-dimensional convolution.

    All sizes count elements; ``channels`` and ``filters`` are totals over the groups.
    """

    images: int
    channels: int
    height: int
    width: int
    filters: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    dilation: tuple[int, int]
    groups: int

    @property
    def out_height(self) -> int:
        """Rows of output pixels."""
        reach = self.dilation[0] * (self.kernel[0] - 1) + 1
        return (self.height + sum(self.padding[0]) - reach) // self.stride[0] + 1

    @property
    def out_width(self) -> int:
        """Output pixels in a row."""
        reach = self.dilation[1] * (self.kernel[1] - 1) + 1
        return (self.width + sum(self.padding[1]) - reach) // self.stride[1] + 1

    @property
    def pixels(self) -> int:
        """Output pixels of one image."""
        return self.out_height * self.out_width

    @property
    def output_shape(self) -> tuple[int, int, int, int]:
        """Shape of the outputs."""
        return self.images, self.filters, self.out_height, self.out_width

    @property
    def padded_width(self) -> int:
        """Input pixels in a row with its borders."""
        return self.width + sum(self.padding[1])

    @property
    def group_channels(self) -> int:
        """Input channels that one filter sees."""
        return self.channels // self.groups

    @property
    def group_filters(self) -> int:
        """Filters of one group."""
        return self.filters // self.groups

    @property
    def is_depthwise(self) -> bool:
        """Whether every filter sees exactly one of several channels."""
        return self.groups > 1 and self.group_channels == 1

    @property
    def has_border(self) -> bool:
        """Whether any side is padded."""
        return any(side for axis in self.padding for side in axis)

    @property
    def products(self) -> int:
        """Products in one output (K), border taps included."""
        return self.kernel[0] * self.kernel[1] * self.group_channels

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the whole layer, border taps included."""
        return self.images * self.filters * self.pixels * self.products


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearGeometry:
    """Sizes of a fully connected layer over a batch of vectors."""

    batch: int
    channels: int
    filters: int

    @property
    def output_shape(self) -> tuple[int, int]:
        """Shape of the outputs."""
        return self.batch, self.filters

    @property
    def products(self) -> int:
        """Products in one output (K)."""
        return self.channels

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the whole layer."""
        return self.batch * self.filters * self.channels
