"""The integer network: everything integer-only inference needs, and nothing else.

Real values never appear here. Weights are ``int64[filters, channels / groups, kh, kw]`` (or
``[outputs, inputs]``), activations ``int64[images, channels, height, width]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tools.digits.plan import Kind, Mode

__all__ = [
    "ACCUMULATOR_BITS",
    "Codes",
    "Flatten",
    "IntegerNetwork",
    "MacLayer",
    "MaxPool",
    "Operation",
    "Relu",
    "Requantize",
    "choose_accumulator_bits",
    "largest_total",
]

ACCUMULATOR_BITS = (16, 24, 32, 48, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """Format of a tensor of codes: value = scale x (code - zero_point)."""

    bits: int
    signed: bool
    zero_point: int

    @property
    def low(self) -> int:
        """Smallest code of the format."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """Largest code of the format."""
        return self.low + (1 << self.bits) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Requantize:
    """How an accumulator becomes an output code.

    Attributes
    ----------
    mode
        ``q31_double``: saturating rounding doubling high multiply by `multiplier` (int32),
        then rounding divide by ``2**shift`` (a negative shift first shifts left, wrapping).
        ``shift``: acc / 2**shift rounded half to even.
        ``scale_bias_shift``: ``(acc * multiplier + addend) >> shift``, floor; the addend
        ``1 << (shift - 1)`` makes it round half up.
    multiplier, addend, shift
        ``int64[filters]``, or ``int64[1]`` for all filters alike; shifts go right.
    zero_point
        Added to the result in every mode.
    low, high
        The final clamp; `low` at the zero point is a ReLU.
    """

    mode: Mode
    multiplier: NDArray[np.int64]
    addend: NDArray[np.int64]
    shift: NDArray[np.int64]
    zero_point: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MacLayer:
    """A convolution or a linear layer; `requantize` None emits the accumulator."""

    name: str
    kind: Kind
    weights: NDArray[np.int64]
    weight_bits: int
    bias: NDArray[np.int64]
    inputs: Codes
    stride: int
    pads: tuple[int, int, int, int]
    groups: int
    accumulator_bits: int
    requantize: Requantize | None
    outputs: Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Relu:
    """``max(code, zero_point)``, exact on codes."""

    name: str
    zero_point: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxPool:
    """Largest code of each `side` x `side` window, windows side by side, no padding."""

    name: str
    side: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flatten:
    """Images to vectors, channel-major: index = (channel * height + y) * width + x."""

    name: str


Operation = MacLayer | Relu | MaxPool | Flatten


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerNetwork:
    """Operations in order, the format of the images, and how pixels 0..16 become its codes.

    The input code of a pixel is ``pixel << input_shift``.
    """

    name: str
    inputs: Codes
    input_shift: int
    image_shape: tuple[int, int, int]
    operations: tuple[Operation, ...]


def largest_total(
    weights: NDArray[np.int64], bias: NDArray[np.int64], inputs: Codes
) -> NDArray[np.int64]:
    """Bound of every partial sum in any order, ``int64[filters]``.

    |bias| plus the sum of |weight| times the largest |code - zero point| the format allows.
    """
    reach = max(inputs.high - inputs.zero_point, inputs.zero_point - inputs.low)
    return np.abs(bias) + np.abs(weights).reshape(len(weights), -1).sum(axis=1) * reach


def choose_accumulator_bits(bound: NDArray[np.int64]) -> int:
    """Smallest width of `ACCUMULATOR_BITS` that no partial sum within `bound` leaves."""
    return next(bits for bits in ACCUMULATOR_BITS if int(bound.max()) < 1 << (bits - 1))
