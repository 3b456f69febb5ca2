"""Ranges of codes and of constants: what operations refuse, and the formats they give."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Encoding, Format, Int, UInt
from qpim_emu.arith.integers import is_integer
from qpim_emu.arith.scales import real_numbers
from qpim_emu.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.workload.operations.base import Operation

__all__ = [
    "CODES",
    "MULTIPLIERS",
    "POSITIVE_MULTIPLIERS",
    "RIGHT_SHIFTS",
    "SHIFTS",
    "check_limits",
    "check_meets",
    "check_register",
    "hold_integers",
    "integer_in",
    "integer_pair",
    "number_pair",
    "real_number",
    "require_integer_format",
    "sequence_of",
    "smallest_format",
]

REGISTER_LIMIT = 1 << 31
CODES = (-(1 << 16), 1 << 16)
"""Zero points and limits of codes."""
MULTIPLIERS = (-(1 << 31), (1 << 31) - 1)
"""Q0.31 multipliers."""
POSITIVE_MULTIPLIERS = (0, MULTIPLIERS[1])
SHIFTS = (-31, 31)
"""Shifts of `q31_double`: positive to the right."""
RIGHT_SHIFTS = (0, 31)


def integer_in(value: object, limits: tuple[int, int], *, field: str) -> int:
    """Return an integer within limits, or refuse it."""
    low, high = limits
    if not is_integer(value):
        msg = f"{field} must be an integer, got {value!r}"
        raise LayerError(msg)
    if not low <= value <= high:
        msg = f"{field} must be in {low}..{high}, got {value}"
        raise LayerError(msg)
    return int(value)


def hold_integers(operation: Any) -> None:  # noqa: ANN401 - any dataclass of an operation
    """Hold NumPy integers as Python's, which no product overflows."""
    for item in fields(operation):
        value = getattr(operation, item.name)
        if is_integer(value):
            object.__setattr__(operation, item.name, int(value))


def sequence_of(values: object, *, field: str) -> tuple[Any, ...]:
    """Return a sequence as a tuple, or refuse what is none."""
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if not isinstance(values, tuple | list):
        msg = f"{field} must be a tuple, got {values!r}"
        raise LayerError(msg)
    return tuple(values)


def real_number(value: object, *, field: str) -> float:
    """Return a real number, or refuse anything else."""
    given: Any = value
    number = real_numbers(given, field=field)
    if number.ndim:
        msg = f"{field} must be one number, got {value!r}"
        raise LayerError(msg)
    return float(number)


def number_pair(values: object, *, field: str) -> tuple[float, float]:
    """Return two real numbers, or refuse anything else."""
    both = sequence_of(values, field=field)
    if len(both) != 2:  # noqa: PLR2004 - one per input
        msg = f"{field} must be two numbers, got {values!r}"
        raise LayerError(msg)
    return real_number(both[0], field=field), real_number(both[1], field=field)


def integer_pair(values: Sequence[int], limits: tuple[int, int], *, field: str) -> tuple[int, int]:
    """Return two integers within limits, or refuse them."""
    both = sequence_of(values, field=field)
    if len(both) != 2:  # noqa: PLR2004 - one per input
        msg = f"{field} must be two integers, got {values!r}"
        raise LayerError(msg)
    first, second = (integer_in(value, limits, field=field) for value in both)
    return first, second


def check_limits(low: object, high: object) -> None:
    """Refuse limits of codes that are no integers or leave nothing between them."""
    if integer_in(low, CODES, field="low") > integer_in(high, CODES, field="high"):
        msg = f"low must be at most high ({high}), got {low}"
        raise LayerError(msg)


def check_meets(stored: Format, low: int, high: int) -> None:
    """Refuse limits with no code of a format between them: clamping would leave the format."""
    if low > stored.max or high < stored.min:
        msg = f"low..high must meet the codes of {stored}, got {low}..{high}"
        raise LayerError(msg)


def require_integer_format(stored: Format, operation: Operation) -> Format:
    """Return a format, refusing bipolar codes, which no integer arithmetic applies to."""
    if stored.encoding is Encoding.BIPOLAR:
        msg = f"input of {type(operation).__name__} must not be bipolar, got {stored}"
        raise LayerError(msg)
    return stored


def check_register(stored: Format, zero_point: int, *, left_shift: int = 0) -> None:
    """Refuse codes that leave 32 bits once their zero point is taken off and they are shifted."""
    largest = max(abs(stored.min - zero_point), abs(stored.max - zero_point))
    if largest << left_shift >= REGISTER_LIMIT:
        shifted = f" shifted left by {left_shift}" if left_shift else ""
        msg = f"input minus its zero point{shifted} must fit 32 bits, got {stored}, {zero_point}"
        raise LayerError(msg)


def smallest_format(low: int, high: int) -> Format:
    """Find the narrowest integer format that holds ``low..high``, unsigned if it can be.

    Examples
    --------
    >>> str(smallest_format(-3, 7)), str(smallest_format(0, 7)), str(smallest_format(0, 0))
    ('int4', 'uint3', 'uint1')
    """
    if low >= 0:
        return UInt(max(1, high.bit_length()))
    return Int(1 + max((~low).bit_length(), max(high, 0).bit_length()))
