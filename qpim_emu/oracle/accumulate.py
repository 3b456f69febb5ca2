"""Accumulator policies on Python integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import AccumulatorOverflowError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["accumulator_range", "clip", "outside", "overflow_error", "saturating_sums", "wrap"]


def accumulator_range(bits: int) -> tuple[int, int]:
    """Smallest and largest value of a two's complement register of `bits` bits."""
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def outside(value: int, bits: int) -> bool:
    """Whether `value` does not fit the register."""
    low, high = accumulator_range(bits)
    return value < low or value > high


def wrap(value: int, bits: int) -> int:
    """Bring `value` into the register by whole multiples of ``2**bits``.

    Examples
    --------
    >>> wrap(128, 8), wrap(-129, 8), wrap(127, 8)
    (-128, 127, 127)
    """
    low, _ = accumulator_range(bits)
    wrapped: int = (value - low) % 2**bits + low
    return wrapped


def clip(value: int, bits: int) -> int:
    """Bring `value` to the nearest value of the register."""
    low, high = accumulator_range(bits)
    return max(low, min(high, value))


def saturating_sums(start: int, addends: Iterable[int], bits: int) -> tuple[list[int], int]:
    """Add one addend after the other, clipping each time.

    Returns
    -------
    list[int], int
        The register after each addition, and how many additions were clipped.

    Examples
    --------
    >>> saturating_sums(100, [50, -30, 40], 8)  # 150 clips to 127; 97; 137 clips to 127
    ([127, 97, 127], 2)
    """
    sums: list[int] = []
    clipped = 0
    register = start
    for addend in addends:
        clipped += outside(register + addend, bits)
        register = clip(register + addend, bits)
        sums.append(register)
    return sums, clipped


def overflow_error(place: tuple[int, int, int], total: int, bits: int) -> AccumulatorOverflowError:
    """Describe a total that leaves a ``trap`` accumulator, at (image, filter, pixel)."""
    low, high = accumulator_range(bits)
    image, filter_, pixel = place
    return AccumulatorOverflowError(
        f"total of output (n={image}, m={filter_}, pixel={pixel}) must fit int{bits} "
        f"({low}..{high}), got {total}"
    )
