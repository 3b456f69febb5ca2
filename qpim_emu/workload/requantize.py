"""The requantize unit of a layer: its mode and constants, validated, and what it does."""

from __future__ import annotations

from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from typing import TYPE_CHECKING, Any, TypeAlias, overload

import numpy as np

from qpim_emu.arith.formats import BIPOLAR, Format, Int, UInt
from qpim_emu.arith.integers import is_integer
from qpim_emu.arith.requantize import RULES, Constants, Mode, requantize
from qpim_emu.arith.requantize.narrow import narrowed_constants
from qpim_emu.arith.requantize.read import (
    read_constants,
    read_limits,
    read_mode,
    read_rounding,
    read_zero_point,
)
from qpim_emu.arith.rounding import Rounding
from qpim_emu.errors import LayerError
from qpim_emu.typing import IntArray

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from qpim_emu.arith.rounding import Integers
    from qpim_emu.typing import BoolArray, FloatArray

__all__ = ["Filters", "Requantize"]

Filters: TypeAlias = int | slice | IntArray
"""Which filters the last axis of an array runs over."""

BIPOLAR_CODES = (BIPOLAR.min, BIPOLAR.max)

DEFAULTS: dict[str, Any] = {
    "mode": Mode.NONE,
    "addend": 0,
    "offset": 0,
    "zero_point": 0,
    "rounding": Rounding.FLOOR,
}


@dataclass(frozen=True, slots=True, init=False, eq=False)
class Requantize:
    """How a layer turns accumulators into output codes.

    Rescale by the mode, add the zero point, clamp to [low, high]. See
    `qpim_emu.arith.requantize` for the modes, one module each, and
    `qpim_emu.workload.from_scales` for constants derived from real scales.

    Parameters
    ----------
    mode
        ``"none"`` (the accumulators are the outputs), ``"shift"``, ``"scale_bias_shift"``,
        ``"q31_double"``, ``"q31_single"``, ``"q15_acc64"``, ``"f64_away"``, ``"f32_even"``,
        ``"f_even_zp_in"`` or ``"multithreshold"``.
    multiplier
        Scalar or one per filter. ``scale_bias_shift``, ``q31_double``: signed 32 bits;
        ``q31_single``, ``q15_acc64``: 0..2**31 - 1.
    shift
        Scalar or one per filter, positive right and negative left. ``shift``,
        ``scale_bias_shift``: signed 8 bits; ``q31_double``: -31..31; ``q31_single``: -30..31;
        ``q15_acc64``: -7..31 (the negative of TFLite's exponent).
    addend
        ``scale_bias_shift``: scalar or one per filter, signed 64 bits; 0 unless given.
    scale
        Float modes: scalar or one per filter, finite and positive; ``f32_even`` and
        ``f_even_zp_in`` hold it rounded to float32.
    thresholds
        ``multithreshold``: ascending, ``[T]`` or ``[filters, T]``, signed 64 bits.
    offset
        ``multithreshold``: code below all thresholds; scalar or one per filter, signed 32 bits;
        0 unless given.
    zero_point
        Output zero point, scalar or one per filter, signed 32 bits; 0 for ``none`` and
        ``multithreshold``.
    low, high
        Limits of the clamp, signed 48 bits. Not for ``none``; optional for ``multithreshold``
        (``offset`` and ``offset + T``); required by the others.
    rounding
        ``shift`` only: a `Rounding` or its name.

    Raises
    ------
    LayerError
        If a constant is missing, belongs to another mode, is outside its range, or two of them
        are for different numbers of filters.

    Examples
    --------
    >>> unit = Requantize(mode="shift", shift=[1, 2], rounding="half_up", low=-8, high=7)
    >>> unit.apply(-5, filters=0)
    (-2, False)
    >>> unit.apply(np.array([[-5, 99]]), filters=slice(None))
    (array([[-2,  7]]), array([[False,  True]]))
    """

    mode: Mode
    multiplier: Integers | None
    shift: Integers | None
    addend: Integers | None
    scale: float | FloatArray | None
    thresholds: IntArray | None
    offset: Integers | None
    zero_point: Integers
    low: int | None
    high: int | None
    rounding: Rounding
    _of_filter: dict[int, Constants] = field(init=False, repr=False)

    def __init__(
        self,
        *,
        mode: Mode | str = Mode.NONE,
        multiplier: ArrayLike | None = None,
        shift: ArrayLike | None = None,
        addend: ArrayLike | None = None,
        scale: ArrayLike | None = None,
        thresholds: ArrayLike | None = None,
        offset: ArrayLike | None = None,
        zero_point: ArrayLike = 0,
        low: int | None = None,
        high: int | None = None,
        rounding: Rounding | str = Rounding.FLOOR,
    ) -> None:
        mode = read_mode(mode)
        low, high = read_limits(mode, low, high)
        given = {
            "multiplier": multiplier,
            "shift": shift,
            "addend": addend,
            "scale": scale,
            "thresholds": thresholds,
            "offset": offset,
        }
        values: dict[str, object] = {
            "mode": mode,
            **read_constants(mode, given),
            "zero_point": read_zero_point(mode, zero_point),
            "low": low,
            "high": high,
            "rounding": read_rounding(mode, rounding),
            "_of_filter": {},
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        counts = {name: len(value) for name, value in self._per_filter()}
        if len(set(counts.values())) > 1:
            msg = f"constants must be for one number of filters, got {counts}"
            raise LayerError(msg)
        if mode is Mode.MULTITHRESHOLD and self.limits[0] > self.limits[1]:
            msg = f"low..high must meet the codes of the thresholds, got {self.limits}"
            raise LayerError(msg)

    def __eq__(self, other: object) -> bool:
        """Whether two units have the same mode and the same constants."""
        return isinstance(other, Requantize) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    @property
    def limits(self) -> tuple[int, int]:
        """Limits of the clamp, those of the thresholds' codes where they were not given."""
        if self.thresholds is None:
            return self.low or 0, self.high or 0
        offset = 0 if self.offset is None else self.offset
        first, last = int(np.min(offset)), int(np.max(offset)) + self.thresholds.shape[-1]
        return first if self.low is None else self.low, last if self.high is None else self.high

    def check_accumulator(self, bits: int) -> None:
        """Refuse accumulators wider than the mode takes.

        Raises
        ------
        LayerError
            If it takes at most 32 (q31 modes), 48 (q15) or 53 bits (float modes).
        """
        widest = RULES[self.mode].accumulator_bits
        if bits > widest:
            msg = f"accumulator bits must be at most {widest} for mode {self.mode}, got {bits}"
            raise LayerError(msg)

    def check_filters(self, filters: int) -> None:
        """Refuse per-filter constants that are not for `filters` filters.

        Raises
        ------
        LayerError
            Naming the first such constant and its length.
        """
        for name, value in self._per_filter():
            if len(value) != filters:
                msg = f"{name} must be a scalar or {filters} values, got {len(value)}"
                raise LayerError(msg)

    def output_format(self, accumulator_bits: int) -> Format:
        """Find the smallest format of all output codes.

        Bipolar where only -1 and +1 can occur: two equal thresholds above an offset of -1.

        Parameters
        ----------
        accumulator_bits
            Width of the accumulator, which mode ``none`` gives out as it is.

        Examples
        --------
        >>> unit = Requantize(mode="multithreshold", thresholds=[5, 5], offset=-1)
        >>> unit.apply(4, filters=0)[0], unit.apply(5, filters=0)[0], str(unit.output_format(48))
        (-1, 1, 'bipolar')
        """
        if self.mode is Mode.NONE:
            return Int(accumulator_bits)
        if self._gives_signs():
            return BIPOLAR
        low, high = self.limits
        if low >= 0:
            return UInt(max(1, high.bit_length()))
        return Int(1 + max((~low).bit_length(), max(high, 0).bit_length()))

    @overload
    def apply(self, accumulators: int, *, filters: int) -> tuple[int, bool]: ...
    @overload
    def apply(self, accumulators: IntArray, *, filters: Filters) -> tuple[IntArray, BoolArray]: ...
    def apply(
        self, accumulators: Integers, *, filters: Filters
    ) -> tuple[Integers, bool | BoolArray]:
        """Compute output codes.

        Parameters
        ----------
        accumulators
            An integer, or ``int64[..., filters]``, of a width that `check_accumulator` accepts.
        filters
            Filter of the integer; or what the last axis runs over: ``slice(None)`` for all
            filters, some of them as a slice or ``int64`` indices, or one for all positions.

        Returns
        -------
        codes
            As `accumulators`.
        clamped
            Whether the clamp changed the code, per code; its sum is the counter of clamp
            saturations.
        """
        if isinstance(accumulators, np.ndarray):
            return requantize(self.mode, accumulators, self.of_filters(filters))
        if not is_integer(filters):
            msg = f"filters must be the filter of the accumulator, got {filters!r}"
            raise LayerError(msg)
        if not is_integer(accumulators):
            msg = f"accumulators must be an integer or an array of them, got {accumulators!r}"
            raise LayerError(msg)
        return requantize(self.mode, int(accumulators), self.of_filter(int(filters)))

    def of_filter(self, m: int) -> Constants:
        """Look up the scalar constants of filter `m` (kept after the first call)."""
        found = self._of_filter.get(m)
        if found is None:
            found = self._of_filter[m] = self.of_filters(m)
        return found

    def of_filters(self, filters: Filters) -> Constants:
        """Select the constants of some filters, in the form `requantize` takes."""
        chosen: dict[str, Any] = {
            name: value for name, value in self._constants() if value is not None
        }
        for name, value in self._per_filter():
            try:
                part = value[filters]
            except IndexError as error:
                msg = f"filters must be among the {len(value)} of {name}, got {filters!r}"
                raise LayerError(msg) from error
            chosen[name] = part.item() if part.ndim == 0 else part
        low, high = self.limits
        return Constants(**chosen | {"low": low, "high": high, "rounding": self.rounding})

    def narrowed(self, shift_bits: int) -> Requantize:
        """Do to accumulators in units of ``2**shift_bits`` what this unit does in units of 1.

        Exact for every accumulator: ``shift``, ``scale_bias_shift``, ``multithreshold``
        (thresholds become ``ceil(t / 2**shift_bits)``), ``f64_away`` and ``f_even_zp_in``;
        ``f32_even`` too. The q31 modes and ``q15_acc64`` keep their multiplier and change their
        shift: the scale is exact, the rounding that of the new shift. ``none`` stays as it is:
        its outputs are in the new unit.

        Raises
        ------
        LayerError
            If the new constants leave their ranges, or ``scale_bias_shift`` has no exact ones.
        """
        if not is_integer(shift_bits) or shift_bits < 0:
            msg = f"shift_bits must be an integer of 0 or more, got {shift_bits!r}"
            raise LayerError(msg)
        if shift_bits == 0:
            return self
        constants = dict(self._constants())
        return Requantize(
            **self.fields() | narrowed_constants(self.mode, constants, int(shift_bits))
        )

    def fields(self) -> dict[str, Any]:
        """Give the constants that differ from their defaults, by name, for files and copies.

        Returns
        -------
        dict
            Names to ``str``, ``int``, ``float`` or arrays; ``Requantize(**fields)`` equals this
            unit.

        Examples
        --------
        >>> Requantize(mode="shift", shift=3, low=0, high=15).fields()
        {'mode': 'shift', 'shift': 3, 'low': 0, 'high': 15}
        """
        named = {f.name: getattr(self, f.name) for f in dataclass_fields(self) if f.init}
        return {
            name: str(value) if isinstance(value, str) else value
            for name, value in named.items()
            if isinstance(value, np.ndarray) or value not in {None, DEFAULTS.get(name)}
        }

    def _gives_signs(self) -> bool:
        """Whether the codes are -1 below a threshold and +1 from it on, and nothing else."""
        if self.thresholds is None or self.thresholds.shape[-1] != len(BIPOLAR_CODES):
            return False
        pairs = self.thresholds.reshape(-1, len(BIPOLAR_CODES))
        return (
            bool((pairs[:, 0] == pairs[:, 1]).all())
            and bool(np.all(np.asarray(self.offset) == BIPOLAR.min))
            and self.limits == BIPOLAR_CODES
        )

    def _constants(self) -> Iterator[tuple[str, Any]]:
        """Constants that may be one per filter."""
        for name in (
            "multiplier",
            "shift",
            "addend",
            "scale",
            "thresholds",
            "offset",
            "zero_point",
        ):
            yield name, getattr(self, name)

    def _per_filter(self) -> Iterator[tuple[str, Any]]:
        """Those of them that are, with filters on their first axis."""
        for name, value in self._constants():
            axes = 1 if name == "thresholds" else 0
            if isinstance(value, np.ndarray) and value.ndim > axes:
                yield name, value

    def _key(self) -> tuple[object, ...]:
        """Make a value that is equal and hashes equal for equal units."""
        return tuple(
            (name, value.shape, value.tobytes()) if isinstance(value, np.ndarray) else (name, value)
            for name, value in self.fields().items()
        )
