"""The digits network as data: topology and layerwise precisions, one row per MAC layer.

Every other module reads these rows; a different precision is a change of this table alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "IMAGE_SIZE",
    "INPUT",
    "INPUT_SCALE",
    "PLAN",
    "Activation",
    "CodesPlan",
    "Granularity",
    "Kind",
    "MacPlan",
    "Mode",
]


class Kind(StrEnum):
    """Kind of a MAC layer."""

    CONV = "conv2d"
    LINEAR = "linear"


class Activation(StrEnum):
    """What follows the MAC layer, and who computes it."""

    NONE = "none"
    CLAMP = "clamp"
    """ReLU by the requantize clamp: the smallest output code is the zero point."""
    SEPARATE = "separate"
    """ReLU as an operation of its own on the codes."""


class Granularity(StrEnum):
    """How many weight scales a layer has."""

    PER_CHANNEL = "per_channel"
    PER_TENSOR = "per_tensor"


class Mode(StrEnum):
    """Requantize mode, named as the machine names it."""

    Q31_DOUBLE = "q31_double"
    SHIFT_HALF_EVEN = "shift"
    SCALE_BIAS_SHIFT = "scale_bias_shift"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesPlan:
    """Format of a tensor of activation codes.

    Attributes
    ----------
    bits, signed
        Width and signedness of the codes.
    zero_point
        Code of the value 0; None leaves it to calibration.
    """

    bits: int
    signed: bool
    zero_point: int | None = 0

    @property
    def low(self) -> int:
        """Smallest code of the format."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """Largest code of the format."""
        return self.low + (1 << self.bits) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MacPlan:
    """One MAC layer with what follows it.

    Attributes
    ----------
    kernel, stride, pads
        Square kernel, stride, and zero padding as (top, left, bottom, right); a linear layer
        keeps the defaults.
    weight_bits, granularity
        Weights are signed codes of `weight_bits` bits with zero point 0.
    output, mode
        Format of the output codes and how the accumulator becomes one; None with
        ``Mode.NONE`` emits the accumulator itself.
    pool
        Side and stride of a max pooling that follows, 1 for none.
    """

    name: str
    kind: Kind
    inputs: int
    outputs: int
    weight_bits: int
    granularity: Granularity = Granularity.PER_CHANNEL
    kernel: int = 1
    stride: int = 1
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    groups: int = 1
    output: CodesPlan | None = None
    mode: Mode = Mode.NONE
    activation: Activation = Activation.NONE
    pool: int = 1


IMAGE_SIZE = 8
INPUT = CodesPlan(bits=5, signed=False)
"""Pixels are the codes 0..16 of the data set, as they are."""
INPUT_SCALE = 1 / 16
"""Real value of one input code: images run from 0 to 1."""

PLAN = (
    MacPlan(
        name="conv1",
        kind=Kind.CONV,
        inputs=1,
        outputs=16,
        kernel=3,
        pads=(1, 1, 1, 1),
        weight_bits=8,
        output=CodesPlan(bits=6, signed=False),
        mode=Mode.Q31_DOUBLE,
        activation=Activation.CLAMP,
    ),
    MacPlan(
        name="depthwise2",
        kind=Kind.CONV,
        inputs=16,
        outputs=16,
        kernel=3,
        pads=(1, 1, 1, 1),
        groups=16,
        weight_bits=5,
        output=CodesPlan(bits=4, signed=False, zero_point=None),
        mode=Mode.Q31_DOUBLE,
    ),
    MacPlan(
        name="pointwise3",
        kind=Kind.CONV,
        inputs=16,
        outputs=32,
        weight_bits=4,
        output=CodesPlan(bits=4, signed=True, zero_point=-8),
        mode=Mode.SCALE_BIAS_SHIFT,
        activation=Activation.CLAMP,
    ),
    MacPlan(
        name="conv4",
        kind=Kind.CONV,
        inputs=32,
        outputs=32,
        kernel=3,
        stride=2,
        pads=(0, 0, 1, 1),
        weight_bits=3,
        granularity=Granularity.PER_TENSOR,
        output=CodesPlan(bits=5, signed=True, zero_point=-8),
        mode=Mode.SHIFT_HALF_EVEN,
        activation=Activation.SEPARATE,
        pool=2,
    ),
    MacPlan(
        name="linear5",
        kind=Kind.LINEAR,
        inputs=128,
        outputs=32,
        weight_bits=3,
        output=CodesPlan(bits=6, signed=False),
        mode=Mode.Q31_DOUBLE,
        activation=Activation.CLAMP,
    ),
    MacPlan(
        name="linear6",
        kind=Kind.LINEAR,
        inputs=32,
        outputs=10,
        weight_bits=10,
        granularity=Granularity.PER_TENSOR,
    ),
)
