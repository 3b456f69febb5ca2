"""Constants after the accumulator's unit has grown by a power of two.

A layer whose windows drop low bits accumulates in units of ``2**n``. Its requantization must do
to the new accumulator ``a`` what it did to ``a * 2**n``. Exact for every accumulator: ``shift``,
``scale_bias_shift``, ``multithreshold`` and the float modes (multiplying by a power of two is
exact, so every product is the same number). Exact in the scale, while roundings inside the mode
follow the new constants: the q31 and q15 modes (the shift changes, the multiplier does not).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Int
from qpim_emu.arith.requantize.mode import RULES, Mode
from qpim_emu.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.arith.rounding import Integers
    from qpim_emu.typing import FloatArray, IntArray

__all__ = ["narrowed_constants", "narrowed_fraction", "narrowed_scale", "narrowed_thresholds"]

MULTIPLIER = Int(32)
LAST_BIT = 63


def narrowed_constants(mode: Mode, old: Mapping[str, Any], shift_bits: int) -> dict[str, Any]:
    """Find the constants that change when the unit of the accumulator becomes ``2**shift_bits``.

    Parameters
    ----------
    mode
        The mode.
    old
        All its constants by name.
    shift_bits
        1 or more.

    Returns
    -------
    dict
        New values of those that change; their ranges are not checked here.

    Raises
    ------
    LayerError
        If ``scale_bias_shift`` has no exact ones.
    """
    if mode is Mode.NONE:
        return {}
    if mode is Mode.MULTITHRESHOLD:
        return {"thresholds": narrowed_thresholds(old["thresholds"], shift_bits)}
    if "scale" in RULES[mode].others:
        return {"scale": narrowed_scale(old["scale"], shift_bits)}
    if mode is Mode.SCALE_BIAS_SHIFT:
        names = ("multiplier", "addend", "shift")
        new = narrowed_fraction(*(old[name] for name in names), shift_bits=shift_bits)
        return dict(zip(names, new, strict=True))
    return {"shift": old["shift"] - shift_bits}


def narrowed_scale(scale: float | FloatArray, shift_bits: int) -> FloatArray:
    """Multiply scales by ``2**shift_bits``: exact, or infinite where it overflows."""
    with np.errstate(over="ignore"):
        return np.ldexp(np.asarray(scale, np.float64), shift_bits)


def narrowed_thresholds(thresholds: IntArray, shift_bits: int) -> IntArray:
    """Divide thresholds by ``2**shift_bits``, rounded up: ``a * 2**n >= t`` if ``a >= ceil``.

    Examples
    --------
    >>> narrowed_thresholds(np.array([-5, -4, 0, 1, 4]), 2).tolist()
    [-1, -1, 0, 1, 1]
    """
    below = min(shift_bits, LAST_BIT)
    floor = thresholds >> below
    rest = thresholds - (floor << below)
    ceiling: IntArray = floor + (rest != 0)
    return ceiling


def narrowed_fraction(
    multiplier: Integers, addend: Integers, shift: Integers, *, shift_bits: int
) -> tuple[Integers, Integers, Integers]:
    """Find the multiplier, addend and shift of ``scale_bias_shift`` for the new unit, exactly.

    Returns
    -------
    multiplier, addend, shift
        Integers where all arguments are integers, else ``int64[filters]`` each.

    Raises
    ------
    LayerError
        If no exact constants exist for a filter: see `exact_fraction`.
    """
    arrays = np.broadcast_arrays(multiplier, addend, shift)
    if arrays[0].ndim == 0:
        k, b, n = (int(array) for array in arrays)
        return exact_fraction(k, b, n, shift_bits)
    rows = zip(*(array.tolist() for array in arrays), strict=True)
    columns = np.array([exact_fraction(k, b, n, shift_bits) for k, b, n in rows], np.int64).T
    return columns[0], columns[1], columns[2]


def exact_fraction(
    multiplier: int, addend: int, shift: int, shift_bits: int
) -> tuple[int, int, int]:
    """Find constants with ``(a*k' + l') >> n' == (a*2**bits*k + l) >> n`` for every ``a``.

    - If the shift is at least `shift_bits`, or ``2**shift_bits`` divides the addend, both are
      divided by it: what the addend loses lies below the bits that the floor keeps.
    - Otherwise the multiplier takes the factor, if it has room.
    """
    unit = 1 << shift_bits
    if shift >= shift_bits or addend % unit == 0:
        return multiplier, addend >> shift_bits, shift - shift_bits
    if MULTIPLIER.contains(multiplier * unit):
        return multiplier * unit, addend, shift
    msg = (
        f"addend must be a multiple of {unit} to drop {shift_bits} bits exactly with shift {shift} "
        f"and multiplier {multiplier}, got {addend}"
    )
    raise LayerError(msg)
