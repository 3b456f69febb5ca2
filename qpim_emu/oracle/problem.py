"""One shape for every MAC layer: a grouped convolution over images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from qpim_emu.arith.formats import Encoding
from qpim_emu.errors import InputError, LayerError
from qpim_emu.oracle.operands import code_range
from qpim_emu.workload.accumulator import Overflow
from qpim_emu.workload.checks import check_codes, integers
from qpim_emu.workload.layers.conv import Conv1d, Conv2d
from qpim_emu.workload.layers.linear import Linear

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from qpim_emu.typing import IntArray

__all__ = ["Groups", "Layer", "Problem", "addition_order", "problem_of"]

Layer: TypeAlias = Conv1d | Conv2d | Linear
Groups: TypeAlias = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """A layer and its input, seen as a convolution in two dimensions.

    Attributes
    ----------
    layer
        The layer itself: number formats, zero points, bias, policy, requantization.
    codes, weights
        ``int64[images, channels, height, width]`` and
        ``int64[filters, group channels, kernel height, kernel width]``.
    stride, dilation
        (vertical, horizontal).
    padding
        ((top, bottom), (left, right)).
    groups
        Number of channel groups.
    shape
        Shape of the outputs in the layer's own axes.
    """

    layer: Layer
    codes: IntArray
    weights: IntArray
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    dilation: tuple[int, int]
    groups: int
    shape: tuple[int, ...]

    @property
    def out_size(self) -> tuple[int, int]:
        """Rows and columns of output pixels."""
        return self.positions(0), self.positions(1)

    @property
    def products(self) -> int:
        """Products in one output."""
        return int(self.weights[0].size)

    def positions(self, axis: int) -> int:
        """Count the places of the kernel along one axis (0 vertical, 1 horizontal)."""
        padded = self.codes.shape[2 + axis] + self.padding[axis][0] + self.padding[axis][1]
        last_tap = self.dilation[axis] * (self.weights.shape[2 + axis] - 1)
        return len(range(0, padded - last_tap, self.stride[axis]))

    def tap(self, k: int) -> tuple[int, int, int]:
        """Kernel row, kernel column and channel in the group of product `k`."""
        _, channels, _, kernel_width = self.weights.shape
        return k // channels // kernel_width, k // channels % kernel_width, k % channels


def problem_of(layer: Layer, x: ArrayLike) -> Problem:
    """Check an input and see the layer as a `Problem`.

    Raises
    ------
    CodeError
        If `x` does not fit the layer, or holds a value that is no code of its type.
    LayerError
        If borders cannot be represented: bipolar activations, or a zero point outside the
        activation window.
    """
    codes = integers(x, field="input")
    shape = layer.output_shape(codes.shape)
    check_codes(codes, layer.activation_type, field="input")
    if isinstance(layer, Conv2d):
        weights = layer.weights
        stride, dilation, padding = layer.stride, layer.dilation, layer.padding
    elif isinstance(layer, Conv1d):
        codes, weights = codes[:, :, None, :], layer.weights[:, :, None, :]
        stride, dilation, padding = (1, layer.stride), (1, layer.dilation), ((0, 0), layer.padding)
    else:
        codes, weights = codes[:, :, None, None], layer.weights[:, :, None, None]
        stride, dilation, padding = (1, 1), (1, 1), ((0, 0), (0, 0))
    check_border(layer, padding)
    return Problem(
        layer=layer,
        codes=codes,
        weights=weights,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=1 if isinstance(layer, Linear) else layer.groups,
        shape=shape,
    )


def check_border(layer: Layer, padding: tuple[tuple[int, int], tuple[int, int]]) -> None:
    """Refuse borders whose code, the zero point, does not exist in the activation window."""
    if not any(side for axis in padding for side in axis):
        return
    window = layer.activation_window
    if window.format.encoding is Encoding.BIPOLAR:
        msg = f"padding must be 0 for bipolar activations, got {padding}"
        raise LayerError(msg)
    low, high = code_range(window.format)
    if not low <= layer.activation_zero_point <= high:
        msg = (
            f"activation_zero_point must lie in {window} ({low}..{high}) where there are borders, "
            f"got {layer.activation_zero_point}"
        )
        raise LayerError(msg)


def addition_order(problem: Problem, groups: Groups | None) -> list[list[int]] | None:
    """Check the order of additions: every product once, and given where it matters.

    Raises
    ------
    InputError
        If the layer saturates and no order is given, or a product is missing or repeated.
    """
    if groups is None:
        if problem.layer.accumulator.overflow is Overflow.SATURATE:
            msg = "groups must be given for a saturating accumulator (the order matters), got None"
            raise InputError(msg)
        return None
    order = [[int(k) for k in group] for group in groups]
    listed = sorted(k for group in order for k in group)
    if listed != list(range(problem.products)):
        msg = (
            f"groups must hold every product 0..{problem.products - 1} exactly once, "
            f"got {len(listed)} entries {abbreviated(listed)}"
        )
        raise InputError(msg)
    return order


def abbreviated(values: Sequence[int]) -> str:
    """Write the first few values of a list."""
    shown = ", ".join(str(value) for value in values[:8])
    return f"[{shown}, ...]" if len(values) > len(values[:8]) else f"[{shown}]"
