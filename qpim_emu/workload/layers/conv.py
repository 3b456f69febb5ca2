"""Convolutions in one and two dimensions, grouped and depthwise."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from qpim_emu.errors import CodeError, LayerError
from qpim_emu.workload.checks import padding_pair, padding_pairs, pair, positive, read_shape
from qpim_emu.workload.geometry import ConvGeometry
from qpim_emu.workload.layers.base import MacLayer

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from qpim_emu.arith.formats import FormatLike
    from qpim_emu.arith.window import Window
    from qpim_emu.workload.accumulator import Accumulator
    from qpim_emu.workload.requantize import Requantize

__all__ = ["Conv1d", "Conv2d"]

WEIGHT_AXES_1D, WEIGHT_AXES_2D = 3, 4


@dataclass(frozen=True, slots=True, init=False, eq=False)
class Conv2d(MacLayer):
    """Two-dimensional convolution on integer codes.

    ``out[n, m, y, x] = bias[m] + sum(a * w)`` over the taps, rows first, then columns, then
    channels, with both zero points subtracted.

    Parameters
    ----------
    weights
        Weight codes, ``[filters, channels / groups, kernel height, kernel width]``.
    weight_type, activation_type
        Formats of the codes: ``Int(4)``, ``UInt(6)``, ``BIPOLAR`` or a name such as ``"int4"``.
    stride, dilation
        (vertical, horizontal), or one integer for both.
    padding
        ``((top, bottom), (left, right))``, ``(vertical, horizontal)`` or one integer.
    groups
        Number of channel groups; one channel per group makes the layer depthwise.
    weight_zero_point
        Scalar or one per filter.
    activation_zero_point
        Scalar; borders hold its code.
    bias
        Scalar or one per filter; ``None`` is 0.
    accumulator
        `Accumulator`, 48 bits wrapping by default.
    requantize
        `Requantize`; by default the accumulators are the outputs.
    weight_window, activation_window
        What is read of each stored word; the whole code by default (see `MacLayer.narrowed`).

    Raises
    ------
    LayerError
        If sizes, formats or constants do not fit together.
    CodeError
        If a weight is no code of its type.
    """

    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    dilation: tuple[int, int]
    groups: int

    def __init__(
        self,
        *,
        weights: ArrayLike,
        weight_type: FormatLike,
        activation_type: FormatLike,
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]] = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        weight_zero_point: ArrayLike = 0,
        activation_zero_point: int = 0,
        bias: ArrayLike | None = None,
        accumulator: Accumulator | None = None,
        requantize: Requantize | None = None,
        weight_window: Window | None = None,
        activation_window: Window | None = None,
    ) -> None:
        self._set_operands(
            weights=weights,
            weight_type=weight_type,
            activation_type=activation_type,
            weight_window=weight_window,
            activation_window=activation_window,
            weight_zero_point=weight_zero_point,
            activation_zero_point=activation_zero_point,
            bias=bias,
            accumulator=accumulator,
            requantize=requantize,
        )
        object.__setattr__(self, "stride", pair(stride, field="stride"))
        object.__setattr__(self, "padding", padding_pairs(padding))
        object.__setattr__(self, "dilation", pair(dilation, field="dilation"))
        object.__setattr__(self, "groups", positive(groups, field="groups"))
        check_weight_shape(self.weights.shape, WEIGHT_AXES_2D, self.groups)

    @property
    def channels(self) -> int:
        """Input channels over all groups."""
        return int(self.weights.shape[1]) * self.groups

    def geometry(self, shape: tuple[int, ...]) -> ConvGeometry:
        """Sizes of the layer at an input of `shape` ``[images, channels, height, width]``.

        Raises
        ------
        CodeError
            If the input does not fit the layer or leaves no output.
        """
        shape = read_shape(shape, axes=("images", self.channels, "height", "width"))
        geometry = ConvGeometry(
            images=shape[0],
            channels=shape[1],
            height=shape[2],
            width=shape[3],
            filters=self.filters,
            kernel=(int(self.weights.shape[2]), int(self.weights.shape[3])),
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )
        if geometry.out_height < 1 or geometry.out_width < 1:
            msg = f"input must be at least as large as the dilated kernel, got {list(shape[2:])}"
            raise CodeError(msg)
        return geometry

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of the outputs at an input of `shape`."""
        return self.geometry(shape).output_shape


@dataclass(frozen=True, slots=True, init=False, eq=False)
class Conv1d(MacLayer):
    """One-dimensional convolution on integer codes.

    Runs as a `Conv2d` of height 1. Parameters are those of `Conv2d`, with ``weights``
    ``[filters, channels / groups, kernel]``, one integer for stride and dilation, and
    ``padding`` as ``(left, right)`` or one integer. Inputs are ``[images, channels, length]``.
    """

    stride: int
    padding: tuple[int, int]
    dilation: int
    groups: int

    def __init__(
        self,
        *,
        weights: ArrayLike,
        weight_type: FormatLike,
        activation_type: FormatLike,
        stride: int = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int = 1,
        groups: int = 1,
        weight_zero_point: ArrayLike = 0,
        activation_zero_point: int = 0,
        bias: ArrayLike | None = None,
        accumulator: Accumulator | None = None,
        requantize: Requantize | None = None,
        weight_window: Window | None = None,
        activation_window: Window | None = None,
    ) -> None:
        self._set_operands(
            weights=weights,
            weight_type=weight_type,
            activation_type=activation_type,
            weight_window=weight_window,
            activation_window=activation_window,
            weight_zero_point=weight_zero_point,
            activation_zero_point=activation_zero_point,
            bias=bias,
            accumulator=accumulator,
            requantize=requantize,
        )
        object.__setattr__(self, "stride", positive(stride, field="stride"))
        object.__setattr__(self, "padding", padding_pair(padding))
        object.__setattr__(self, "dilation", positive(dilation, field="dilation"))
        object.__setattr__(self, "groups", positive(groups, field="groups"))
        check_weight_shape(self.weights.shape, WEIGHT_AXES_1D, self.groups)

    @property
    def channels(self) -> int:
        """Input channels over all groups."""
        return int(self.weights.shape[1]) * self.groups

    def as_conv2d(self) -> Conv2d:
        """Return the same layer as a `Conv2d` over images of height 1, the same one every time."""
        found = conv2d_of.get(self)
        if found is None:
            found = conv2d_of[self] = self._make_conv2d()
        return found

    def _make_conv2d(self) -> Conv2d:
        common = {f.name: getattr(self, f.name) for f in fields(MacLayer)}
        return Conv2d(
            **{**common, "weights": self.weights[:, :, None, :]},
            stride=(1, self.stride),
            padding=((0, 0), self.padding),
            dilation=(1, self.dilation),
            groups=self.groups,
        )

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of the outputs at an input of `shape`."""
        shape = read_shape(shape, axes=("images", self.channels, "length"))
        images, filters, _, length = self.as_conv2d().output_shape((*shape[:2], 1, shape[2]))
        return images, filters, length


conv2d_of: WeakKeyDictionary[Conv1d, Conv2d] = WeakKeyDictionary()
"""Layers as `Conv1d.as_conv2d` returned them; what is kept of a layer is found by its identity."""


def check_weight_shape(shape: tuple[int, ...], axes: int, groups: int) -> None:
    """Refuse weights without filters, channels or taps, or not divisible into groups."""
    if len(shape) != axes or not all(shape):
        kernel = "kernel height, kernel width" if axes == WEIGHT_AXES_2D else "kernel"
        msg = f"weights must have shape [filters, channels / groups, {kernel}], got {list(shape)}"
        raise LayerError(msg)
    if shape[0] % groups:
        msg = f"groups must divide the {shape[0]} filters, got {groups}"
        raise LayerError(msg)
