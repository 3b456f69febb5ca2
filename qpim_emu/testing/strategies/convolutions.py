"""Convolutions: dense, grouped, depthwise, in one and two dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from qpim_emu.testing.strategies.operands import LayerInput, Options, input_codes, layer_operands
from qpim_emu.workload.layers import Conv1d, Conv2d

__all__ = ["conv1d_layers", "conv2d_layers", "depthwise_layers", "grouped_layers"]

MOST_PIXELS = 6
"""Most output positions along an axis: enough for three rectangles a vault, and wide rows."""

WIDEST_SIDE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis of a convolution."""

    kernel: int
    size: int
    stride: int
    dilation: int
    padding: tuple[int, int]
    positions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """Channels and filters of a convolution."""

    groups: int
    group_channels: int
    group_filters: int

    @property
    def filters(self) -> int:
        """Filters over all groups."""
        return self.groups * self.group_filters


@st.composite
def axes(draw: st.DrawFn, *, kernel: int, positions: int, bordered: bool) -> Axis:
    """Draw stride, dilation, borders and size of an axis with at most `positions` outputs.

    The input may be larger than its last window needs; borders are independent of each other.
    """
    found = draw(st.integers(1, max(1, min(MOST_PIXELS, positions))))
    stride = draw(st.sampled_from([1, 1, 2, 3]))
    dilation = draw(st.sampled_from([1, 1, 2]))
    padded = dilation * (kernel - 1) + 1 + (found - 1) * stride + draw(st.integers(0, stride - 1))
    sides = [0, 0]
    for side in range(2 if bordered else 0):
        sides[side] = draw(st.integers(0, min(WIDEST_SIDE, padded - 1 - sum(sides))))
    return Axis(
        kernel=kernel,
        size=padded - sum(sides),
        stride=stride,
        dilation=dilation,
        padding=(sides[0], sides[1]),
        positions=found,
    )


@st.composite
def dense_channels(draw: st.DrawFn, options: Options, kernel: int) -> Channels:
    """Draw channel counts around multiples of a block, and a few filters."""
    words = options.words_per_block
    near = [1, words, words + 1, 2 * words, 2 * words + 1, max(1, words - 1)]
    channels = draw(st.sampled_from(near) | st.integers(1, 2 * words + 1))
    affordable = options.max_macs // (kernel * channels)
    filters = draw(st.integers(1, max(1, min(words + 2, affordable))))
    return Channels(groups=1, group_channels=channels, group_filters=filters)


@st.composite
def grouped_channels(draw: st.DrawFn, options: Options, kernel: int) -> Channels:
    """Draw two or three groups of more than one channel."""
    groups = draw(st.integers(2, 3))
    channels = draw(st.integers(2, options.words_per_block + 1))
    affordable = options.max_macs // (kernel * channels * groups)
    filters = draw(st.integers(1, max(1, min(3, affordable))))
    return Channels(groups=groups, group_channels=channels, group_filters=filters)


@st.composite
def depthwise_channels(draw: st.DrawFn, options: Options, kernel: int) -> Channels:
    """Draw one to three channel blocks, the last one seldom full, and a multiplier."""
    channels = draw(st.integers(2, 2 * options.words_per_block + 1))
    multiplier = draw(st.integers(1, max(1, min(3, options.max_macs // (kernel * channels)))))
    return Channels(groups=channels, group_channels=1, group_filters=multiplier)


CHANNELS = {
    "dense": dense_channels,
    "grouped": grouped_channels,
    "depthwise": depthwise_channels,
}


@st.composite
def convolutions(
    draw: st.DrawFn, *, kind: str, options: Options, dimensions: int = 2
) -> LayerInput:
    """Draw a convolution of one kind within the options."""
    bordered = draw(st.booleans())
    height = draw(st.integers(1, 3)) if dimensions > 1 else 1
    width = draw(st.integers(1, 4))
    counts: Channels = draw(CHANNELS[kind](options, height * width))
    pixels = options.max_macs // (counts.filters * height * width * counts.group_channels)
    flat = Axis(kernel=1, size=1, stride=1, dilation=1, padding=(0, 0), positions=1)
    y = flat
    if dimensions > 1:
        y = draw(axes(kernel=height, positions=pixels, bordered=bordered))
    x = draw(axes(kernel=width, positions=pixels // y.positions, bordered=bordered))
    affordable = pixels // (y.positions * x.positions)
    images = draw(st.integers(1, max(1, min(2, affordable))))
    kernel = (height, width)[2 - dimensions :]
    common = draw(
        layer_operands(
            shape=(counts.filters, counts.group_channels, *kernel),
            options=options,
            bordered=bordered,
        )
    )
    layer = build(common, counts, y, x) if dimensions > 1 else build_1d(common, counts, x)
    size = (y.size, x.size)[2 - dimensions :]
    shape = (images, counts.groups * counts.group_channels, *size)
    return LayerInput(layer=layer, codes=draw(input_codes(layer, shape)))


def build(common: dict[str, Any], counts: Channels, y: Axis, x: Axis) -> Conv2d:
    """Put a `Conv2d` together."""
    return Conv2d(
        **common,
        stride=(y.stride, x.stride),
        padding=(y.padding, x.padding),
        dilation=(y.dilation, x.dilation),
        groups=counts.groups,
    )


def build_1d(common: dict[str, Any], counts: Channels, x: Axis) -> Conv1d:
    """Put a `Conv1d` together."""
    return Conv1d(
        **common, stride=x.stride, padding=x.padding, dilation=x.dilation, groups=counts.groups
    )


def conv2d_layers(*, options: Options | None = None) -> st.SearchStrategy[LayerInput]:
    """Draw two-dimensional convolutions over all channels, with input codes."""
    return convolutions(kind="dense", options=options or Options())


def grouped_layers(*, options: Options | None = None) -> st.SearchStrategy[LayerInput]:
    """Draw two-dimensional convolutions in groups of several channels, with input codes."""
    return convolutions(kind="grouped", options=options or Options())


def depthwise_layers(*, options: Options | None = None) -> st.SearchStrategy[LayerInput]:
    """Draw depthwise convolutions with multipliers of 1 to 3, with input codes."""
    return convolutions(kind="depthwise", options=options or Options())


def conv1d_layers(*, options: Options | None = None) -> st.SearchStrategy[LayerInput]:
    """Draw one-dimensional convolutions of all kinds, with input codes."""
    chosen = options or Options()
    return st.sampled_from(list(CHANNELS)).flatmap(
        lambda kind: convolutions(kind=kind, options=chosen, dimensions=1)
    )
