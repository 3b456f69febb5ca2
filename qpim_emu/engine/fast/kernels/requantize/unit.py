"""What a mode of requantization is to emitted code: its constants, and its step.

Every mode is a tuple type of its own, so that a compiled function that gets a unit is compiled for
its mode, and cached. Its `step` is its function of `qpim_emu.arith.requantize` once more, written
for vectors; clamp and zero point are the same for all (`qpim_emu.engine.fast.kernels.codes`).

Totals come in lanes as wide as accumulators are held, 32 or 64 bits; results may be wider.
`qpim_emu.engine.fast.units` says which constants are taken, so that nothing leaves its lane that
should not, and leaves all others to the definitions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.engine.fast.kernels.values import Values
    from qpim_emu.typing import IntArray

__all__ = ["COMMON", "LANES", "Coded", "Constants", "Later", "Nothing", "Unit"]

LANES = 16
"""Outputs drained at once: columns of a chunk."""

COMMON = ("low", "high", "zero")
"""Constants of every mode: limits of the clamp, and what is added after it."""


class Unit(NamedTuple):
    """Constants of a layer's filters, lane by lane.

    Attributes
    ----------
    constants
        ``int64[chunks, constants, LANES]``: `COMMON`, then those that the mode names; floats as
        the bits of ``float64``.
    thresholds
        ``int64[chunks or 1, T, LANES]``, ascending; ``T`` is 0 but in ``multithreshold``.
    """

    constants: IntArray
    thresholds: IntArray


class Nothing(Unit):
    """Gives the accumulators out as they are, in any number of words."""

    __slots__ = ()


class Later(Unit):
    """What emitted code does not stand for: the definitions make the codes afterwards."""

    __slots__ = ()


class Constants(NamedTuple):
    """Constants of a chunk, as vectors.

    Attributes
    ----------
    values
        64 bits each, by their names.
    reached
        Counts the thresholds that totals reach, in lanes of the same width.
    """

    values: dict[str, Values]
    reached: Callable[[Values], Values]

    def like(self, total: Values, name: str) -> Values:
        """Look an integer up, as wide as the totals."""
        return self.values[name].to(total.kind)


class Coded(Unit):
    """A mode that makes codes.

    Attributes
    ----------
    names
        Its own constants.
    """

    __slots__ = ()
    names: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    def step(total: Values, c: Constants) -> Values:
        """Rescale totals; neither clamped nor moved by the zero point."""
        raise NotImplementedError
