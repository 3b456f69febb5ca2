"""Softmax by a table of float32 numbers, in fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from qpim_emu.oracle.operations.softmax import by_vector

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import FloatSoftmax

__all__ = ["float_softmax"]


def float_softmax(operation: FloatSoftmax, codes: IntArray) -> IntArray:
    """Probabilities along the axis, by a table of exponentials."""
    return by_vector(lambda vector: shares(operation, vector), operation.axis, codes)


def shares(operation: FloatSoftmax, codes: list[int]) -> list[int]:
    """Probabilities of one vector."""
    largest = max(codes)
    exponentials = [Fraction(operation.table[code - largest + 255]) for code in codes]
    total = Fraction(0)
    for value in exponentials:
        total = single(total + value)
    quotients = [value * operation.levels / total for value in exponentials]
    return [min(round(value) + operation.zero_point, operation.high) for value in quotients]


def single(value: Fraction) -> Fraction:
    """Round what is 0 or more to 24 binary digits, the last of 2**-149 or more, ties to even."""
    if not value:
        return value
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    if value < Fraction(2) ** exponent:
        exponent -= 1
    unit = Fraction(2) ** max(exponent - 23, -149)
    return round(value / unit) * unit
