"""Fully connected layers and matrix products."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from qpim_emu.errors import LayerError
from qpim_emu.workload.checks import frozen_integers, read_shape
from qpim_emu.workload.geometry import LinearGeometry
from qpim_emu.workload.layers.base import MacLayer
from qpim_emu.workload.layers.conv import Conv2d

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from qpim_emu.arith.formats import FormatLike
    from qpim_emu.arith.window import Window
    from qpim_emu.workload.accumulator import Accumulator
    from qpim_emu.workload.requantize import Requantize

__all__ = ["Linear", "matmul"]

MATRIX_AXES = 2


@dataclass(frozen=True, slots=True, init=False, eq=False)
class Linear(MacLayer):
    """Fully connected layer on integer codes.

    ``out[n, m] = bias[m] + sum_k (x[n, k] - activation_zero_point) * (w[m, k] - zero_point[m])``.
    The machine streams the weights and holds activation vectors.

    Parameters
    ----------
    weights
        Weight codes, ``[filters, channels]``.
    weight_type, activation_type, weight_zero_point, activation_zero_point, bias, accumulator, \
requantize, weight_window, activation_window
        As for `Conv2d`.

    Raises
    ------
    LayerError
        If sizes, formats or constants do not fit together.
    CodeError
        If a weight is no code of its type.
    """

    def __init__(
        self,
        *,
        weights: ArrayLike,
        weight_type: FormatLike,
        activation_type: FormatLike,
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
        if self.weights.ndim != MATRIX_AXES or not all(self.weights.shape):
            msg = f"weights must have shape [filters, channels], got {list(self.weights.shape)}"
            raise LayerError(msg)

    @property
    def channels(self) -> int:
        """Length of an input vector."""
        return int(self.weights.shape[1])

    def geometry(self, shape: tuple[int, ...]) -> LinearGeometry:
        """Sizes of the layer at an input of `shape` ``[batch, channels]``.

        Raises
        ------
        CodeError
            If the input does not fit the layer.
        """
        shape = read_shape(shape, axes=("batch", self.channels))
        return LinearGeometry(batch=shape[0], channels=shape[1], filters=self.filters)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of the outputs at an input of `shape`."""
        return self.geometry(shape).output_shape

    def as_conv2d(self) -> Conv2d:
        """Return the layer as a 1x1 convolution, which streams activations instead.

        A batch ``x[n, channels]`` becomes one image of n pixels, ``x.T[None, :, None, :]``.
        """
        common: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(MacLayer)}
        return Conv2d(**{**common, "weights": self.weights[:, :, None, None]})


def matmul(matrix: ArrayLike, **options: Any) -> Linear:  # noqa: ANN401 - passed on to Linear
    """Build the `Linear` layer that computes ``x @ matrix``.

    Parameters
    ----------
    matrix
        Codes, ``[channels, filters]``: the right-hand matrix as it is written in a product.
    options
        Every other parameter of `Linear`.
    """
    codes = frozen_integers(matrix, field="matrix")
    if codes.ndim != MATRIX_AXES:
        msg = f"matrix must have shape [channels, filters], got {list(codes.shape)}"
        raise LayerError(msg)
    return Linear(weights=codes.T, **options)
