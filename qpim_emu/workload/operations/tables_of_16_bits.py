"""Tables of functions of 16-bit codes, as TFLite and TFLite Micro interpolate them."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.interpolation import sigmoid_table
from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.limits import real_number

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["CODES_OF_16_BITS", "sigmoid_of_16_bits", "tanh_of_16_bits"]

CODES_OF_16_BITS = range(-(1 << 15), 1 << 15)
UNITS = 3 << 12
"""Arguments are scaled to 1 / (3 * 4096): 512 of them to an entry of the table."""
LARGEST_MULTIPLIER = (1 << 15) - 1
MOST_SHIFT = 31
POWER_OF_TWO = -12
NEARLY = 1e-3
"""How far the logarithm of a power of two may be from an integer."""
LAST = 255


def scaled(scale: float, powers: range) -> IntArray:
    """Every code of 16 bits in units of 1 / (3 * 4096).

    Parameters
    ----------
    scale
        Of the codes; rounded to float32 first.
    powers
        Powers of two that are multiplied by 3 and no rounding.

    Raises
    ------
    LayerError
        If the scale is not positive and below 32768 / 12288 (TFLite's multiplier has 15 bits).
    """
    held = float(np.float32(real_number(scale, field="input_scale")))
    multiplier, shift = held * UNITS, 0
    if not 0 < multiplier <= LARGEST_MULTIPLIER:
        msg = f"input_scale must be positive and at most {LARGEST_MULTIPLIER / UNITS}, got {scale}"
        raise LayerError(msg)
    codes = np.array(CODES_OF_16_BITS, np.int64)
    power = round(log2(held))
    if power in powers and abs(log2(held) - power) < NEARLY:
        return codes * (3 << (power - POWER_OF_TWO))
    while multiplier <= LARGEST_MULTIPLIER / 2 and shift < MOST_SHIFT:
        multiplier, shift = 2 * multiplier, shift + 1
    half = (1 << shift) >> 1
    return (codes * int(multiplier) + half) >> shift


def magnitudes(arguments: IntArray, *, fraction_bits: int) -> IntArray:
    """Logistic function of magnitudes between the entries of its table; 16 more bits than that.

    Magnitudes from the last entry on give the largest value.
    """
    absolute = np.abs(arguments)
    index = np.minimum(absolute >> fraction_bits, LAST)
    table = np.append(sigmoid_table(), 0)  # what follows the last entry is not looked at
    here, slope = table[index], table[index + 1] - table[index]
    between: IntArray = (here << fraction_bits) + (absolute & ((1 << fraction_bits) - 1)) * slope
    return between


def sigmoid_of_16_bits(scale: float) -> tuple[int, ...]:
    """Tabulate the logistic function for every int16 code; output in units of 2**-15.

    Source: LOGISTIC of TFLite Micro and TFLite's reference kernels (integer_ops/logistic.h).

    Raises
    ------
    LayerError
        If the scale is out of range.
    """
    arguments = scaled(scale, range(POWER_OF_TWO, POWER_OF_TWO + 1))
    largest = LARGEST_MULTIPLIER << 10
    past = np.abs(arguments) >> 9 >= LAST
    value = np.where(past, largest, magnitudes(arguments, fraction_bits=9))
    mirrored = (1 << 25) - value - 1
    return tuple(((np.where(arguments >= 0, value, mirrored) + (1 << 9)) >> 10).tolist())


def tanh_of_16_bits(scale: float) -> tuple[int, ...]:
    """Tabulate the hyperbolic tangent for every int16 code; output in units of 2**-15.

    It is ``2 * sigmoid(2 * x) - 1``, from the same table. Source: TANH of TFLite Micro and
    TFLite's reference kernels (integer_ops/tanh.h).

    Raises
    ------
    LayerError
        If the scale is out of range.
    """
    arguments = scaled(scale, range(POWER_OF_TWO, POWER_OF_TWO + 2))
    largest = ((1 << 16) - 1) << 8
    past = np.abs(arguments) >> 8 >= LAST
    value = np.where(past, largest, magnitudes(arguments, fraction_bits=8)) - (1 << 23)
    mirrored = -value - 1
    return tuple(((np.where(arguments >= 0, value, mirrored) + (1 << 7)) >> 8).tolist())
