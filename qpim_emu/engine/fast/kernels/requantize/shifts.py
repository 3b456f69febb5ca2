"""Mode ``shift`` with its roundings, and shifts that other modes end with.

A carry of 0 or 1 is added to the floor, as `qpim_emu.arith.rounding` explains. It follows from
comparing the bits shifted out with half a unit less one (``below >> 1``), which is 0 for shifts by
0 bits and needs no bit more than a lane has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qpim_emu.engine.fast.kernels.requantize.unit import Coded

if TYPE_CHECKING:
    from qpim_emu.engine.fast.kernels.requantize.unit import Constants
    from qpim_emu.engine.fast.kernels.values import Values

__all__ = ["Floor", "HalfAway", "HalfEven", "HalfUp", "TowardZero", "half_away", "half_up_product"]


class Split(NamedTuple):
    """A value cut by a shift: what is left, what is shifted out, and the most that can be."""

    floor: Values
    rest: Values
    below: Values


def split(value: Values, right: Values) -> Split:
    """Shift by 0 bits to less than a lane has."""
    below = (value.full(1) << right) - 1
    return Split(value >> right, value & below, below)


def sign(value: Values) -> Values:
    """-1 where a value is negative, else 0."""
    last: int = value.kind.width - 1
    return value >> last


def half_away(value: Values, right: Values) -> Values:
    """Shift and round to nearest, ties away from zero."""
    floor, rest, below = split(value, right)
    return floor.increased(rest.compare(">", (below >> 1) - sign(value)))


def half_up_product(value: Values, before: Values) -> Values:
    """Shift by ``before + 1`` bits, ties upwards; only for values below the largest of a lane."""
    return ((value >> before) + 1) >> 1


class Floor(Coded):
    """``shift``, rounding down."""

    __slots__ = ()
    names = ("right",)

    @staticmethod
    def step(total: Values, c: Constants) -> Values:
        """Drop the bits shifted out."""
        return total >> c.like(total, "right")


class TowardZero(Coded):
    """``shift``, rounding towards zero."""

    __slots__ = ()
    names = ("right",)

    @staticmethod
    def step(total: Values, c: Constants) -> Values:
        """Carry where the total is negative and something is shifted out."""
        floor, rest, _ = split(total, c.like(total, "right"))
        return floor.increased((rest & sign(total)).compare(">", 0))


class HalfUp(Coded):
    """``shift`` to nearest, ties upwards."""

    __slots__ = ()
    names = ("right",)

    @staticmethod
    def step(total: Values, c: Constants) -> Values:
        """Carry from half a unit on."""
        floor, rest, below = split(total, c.like(total, "right"))
        return floor.increased(rest.compare(">", below >> 1))


class HalfEven(Coded):
    """``shift`` to nearest, ties to even."""

    __slots__ = ()
    names = ("right",)

    @staticmethod
    def step(total: Values, c: Constants) -> Values:
        """Carry beyond half a unit, from half a unit on where the floor is odd."""
        floor, rest, below = split(total, c.like(total, "right"))
        return floor.increased(rest.compare(">", (below >> 1) + 1 - (floor & 1)))


class HalfAway(Coded):
    """``shift`` to nearest, ties away from zero."""

    __slots__ = ()
    names = ("right",)

    @staticmethod
    def step(total: Values, c: Constants) -> Values:
        """Carry from half a unit on, of negative totals beyond it."""
        return half_away(total, c.like(total, "right"))
