"""Trunc: integers whose low bits are dropped.

Source: the operator's definition in the qonnx package (``custom_op/general``), with float32
arithmetic replaced by exact numbers.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Format, Int, UInt
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.qonnx.parameters import (
    integer_attribute,
    one_integer,
    positive_fractions,
)
from qpim_emu.frontends.qonnx.quantizer import Quantizer
from qpim_emu.frontends.qonnx.read_quantizer import (
    code_range,
    declared_or_wider,
    read_bits,
    read_rounding,
    read_zero_point,
    rounded_bounds,
)
from qpim_emu.frontends.qonnx.rounding import (
    RoundingMode,
    first_that_round_to,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qpim_emu.frontends.onnx.graph import GraphNode

__all__ = ["read_trunc"]

LARGEST_SHIFT = 32
FIRST_TRUNC = 4
"""How many constants version 1 has."""


def read_trunc(
    node: GraphNode, constants: Sequence[NDArray[Any]], *, reach: tuple[Fraction, Fraction]
) -> Quantizer:
    """Read ``Trunc`` of version 1 (five inputs) or 2 (six): low bits of integers are dropped.

    What it reads is divided by the scale and rounded half to even (it is an integer already
    where the scale is that of its input), divided by a power of two, and rounded by its mode.
    Version 1 keeps scale and zero point, and clamps nothing; version 2 has both of its own.

    Parameters
    ----------
    node
        The operator.
    constants
        Its inputs but the first.
    reach
        Smallest and largest real number it can read.

    Raises
    ------
    RefusedError
        If a parameter has no exact meaning in integers.
    """
    scale = single(constants[0], field="scale")
    zero = read_zero_point(constants[1])
    mode = read_rounding(node, RoundingMode.FLOOR)
    if len(constants) == FIRST_TRUNC:
        bits = read_bits(constants[3])
        shift = one_integer(constants[2], field="input bit width") - bits
        check_shift(shift)
        low, high = (x / scale + zero for x in reach)
        stored = declared_or_wider(bits, floor(low / 2**shift), ceil(high / 2**shift))
        cut = truncated(stored, (stored.min, stored.max), shift, mode)
        return replace(cut, divisor=(scale,), addend=zero, scale=(scale,), zero=zero)
    coarse = single(constants[3], field="output scale")
    shift = exact_power(coarse / scale)
    signed = bool(integer_attribute(node.attributes, "signed", 1))
    narrow = bool(integer_attribute(node.attributes, "narrow", 0))
    bits = read_bits(constants[4])
    if zero % (1 << shift):
        msg = f"zero point must be a multiple of {1 << shift}, got {zero}"
        raise RefusedError(msg)
    limits = code_range(bits, signed=signed, narrow=narrow)
    cut = truncated(Int(bits) if signed else UInt(bits), limits, shift, mode)
    return replace(cut, divisor=(scale,), addend=zero, scale=(coarse,), zero=zero >> shift)


def single(values: NDArray[Any], *, field: str) -> Fraction:
    """Read the only one of some numbers above 0."""
    if values.size != 1:
        msg = f"{field} must be one number, got shape {list(values.shape)}"
        raise RefusedError(msg)
    return positive_fractions(values, field=field)[0]


def exact_power(ratio: Fraction) -> int:
    """Find the n of ``2**n``, 0 or more.

    Raises
    ------
    RefusedError
        If the number is none of them: qonnx would round it.
    """
    shift = ratio.numerator.bit_length() - 1
    if ratio.denominator != 1 or ratio.numerator != 1 << shift:
        msg = f"output scale must be a power of two times the scale, got {float(ratio)} times"
        raise RefusedError(msg)
    return check_shift(shift)


def check_shift(shift: int) -> int:
    """Refuse to drop fewer than no bits, or absurdly many."""
    if not 0 <= shift <= LARGEST_SHIFT:
        msg = f"bits to drop must be in 0..{LARGEST_SHIFT}, got {shift}"
        raise RefusedError(msg)
    return shift


def truncated(stored: Format, limits: tuple[int, int], shift: int, mode: RoundingMode) -> Quantizer:
    """Round to integers, half to even; then drop bits, rounding by `mode`."""
    low, high = limits
    coarse = rounded_bounds(low, high, mode)
    scaled = coarse.twice << shift  # twice the integer that is reached, or just not
    least = np.where(coarse.closed, -(-scaled // 2), scaled // 2 + 1)
    return Quantizer(
        format=stored,
        low=low,
        high=high,
        divisor=(Fraction(1),),
        addend=0,
        bounds=(first_that_round_to(least, RoundingMode.HALF_EVEN),),
        scale=(Fraction(1),),
        zero=0,
        code_unit=Fraction(1 << shift),
    )
