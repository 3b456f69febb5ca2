"""Energy parameters as data: value, unit, range seen in the literature, source."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from qpim_emu.errors import InputError, SpecError
from qpim_emu.hardware.sources import Provenance

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["UNITS", "UNKNOWN_SPREAD", "Parameter", "Parameters", "find_number_problem"]

UNITS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "activation_pj_per_row_bit": ("pJ/bit", "ACT and PRE, per bit of the row"),
        "column_array_pj_per_bit": ("pJ/bit", "array to global sense amplifier, per enabled line"),
        "column_bus_pj_per_bit": ("pJ/bit", "global sense amplifier to die edge, per enabled line"),
        "read_fixed_share": ("1", "of a full block's column energy, on top, per block read"),
        "tsv_pj_per_bit": ("pJ/bit", "TSV and die I/O, per line enabled or bit written"),
        "write_pj_per_bit": ("pJ/bit", "column path of writes, per bit written"),
        "network_pj_per_bit": ("pJ/bit", "between vaults, per bit moved"),
        "buffer_pj_per_bit": ("pJ/bit", "PE buffer, per bit written or read"),
        "mac_2x2_pj": ("pJ", "multiply-accumulate of operands whose widths multiply to 4"),
        "mac_4x4_pj": ("pJ", "the same, widths that multiply to 16"),
        "mac_8x8_pj": ("pJ", "the same, widths that multiply to 64"),
        "mac_16x16_pj": ("pJ", "the same, widths that multiply to 256"),
        "background_mw_per_vault": ("mW", "DRAM background, per vault"),
        "refresh_mw_per_vault": ("mW", "refresh spread over time, per vault"),
        "refresh_pj_per_ref": ("pJ", "one refresh command of one vault"),
        "logic_static_mw_per_vault": ("mW", "leakage of the logic die, per vault"),
    }
)
"""Unit and meaning of every parameter by name."""

UNKNOWN_SPREAD = 0.5
"""Share of the value that stands for its range, both ways, where no range is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One energy parameter.

    Parameters
    ----------
    value
        In the unit that `UNITS` gives.
    low, high
        Range seen in the literature, in the same unit; both None where none is known.
    provenance
        ``published``, ``derived`` or ``assumed``.
    source
        Paper, data file or reason.

    Raises
    ------
    InputError
        If a number is negative or not finite, the range does not hold the value or is half
        given, or the provenance is none of the three.
    """

    value: float
    low: float | None = None
    high: float | None = None
    provenance: Provenance
    source: str

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            if name != "value" and number is None:
                continue
            if problem := find_number_problem(number):
                msg = f"{name} {problem}"
                raise InputError(msg)
        if (self.low is None) != (self.high is None):
            msg = f"low and high must be given together, got {self.low} and {self.high}"
            raise InputError(msg)
        if self.low is not None and self.high is not None:
            check_order(self.low, self.value, self.high)
        if self.provenance not in tuple(Provenance):
            msg = f"provenance must be one of {', '.join(Provenance)}, got {self.provenance!r}"
            raise InputError(msg)
        source: object = self.source
        if not isinstance(source, str):
            msg = f"source must be a string, got {source!r}"
            raise InputError(msg)
        object.__setattr__(self, "provenance", Provenance(self.provenance))

    @property
    def has_range(self) -> bool:
        """Whether a range is known."""
        return self.low is not None

    @property
    def bounds(self) -> tuple[float, float]:
        """The range, or the value plus or minus `UNKNOWN_SPREAD` of it where none is known."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        return (1 - UNKNOWN_SPREAD) * self.value, (1 + UNKNOWN_SPREAD) * self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """A complete set of energy parameters.

    Parameters
    ----------
    name
        What reports call the set.
    values
        A `Parameter` for every name of `UNITS`.

    Raises
    ------
    SpecError
        Naming every missing and every unknown parameter.

    Examples
    --------
    >>> from qpim_emu.cost.presets import HMC_LIT
    >>> HMC_LIT["tsv_pj_per_bit"]
    0.8
    >>> HMC_LIT.replace(tsv_pj_per_bit=0.1)["tsv_pj_per_bit"]
    0.1
    """

    name: str
    values: Mapping[str, Parameter]

    def __post_init__(self) -> None:
        problems = [f"{name} must be given, got nothing" for name in UNITS if name not in self]
        problems += [
            f"{name} must be one of {', '.join(UNITS)}, got an unknown name"
            for name in self.values
            if name not in UNITS
        ]
        if problems:
            raise SpecError(problems)
        ordered = {name: self.values[name] for name in UNITS}
        object.__setattr__(self, "values", MappingProxyType(ordered))

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __getitem__(self, name: str) -> float:
        """Value of a parameter."""
        return self.values[name].value

    def replace(self, **changes: float) -> Parameters:
        """Copy the set with other values, which are then assumed and have no known range.

        Raises
        ------
        SpecError
            If a name is unknown.
        InputError
            If a value is no energy.
        """
        changed = {
            name: Parameter(
                value=value, provenance=Provenance.ASSUMED, source=f"changed from {self.name}"
            )
            for name, value in changes.items()
        }
        return Parameters(name=f"{self.name}, changed", values={**self.values, **changed})


def find_number_problem(value: object) -> str | None:
    """Say what keeps a value from being an energy or a power, if anything does."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            if math.isfinite(value) and float(value) >= 0:
                return None
        except OverflowError:
            pass  # an integer beyond every float: the same message
    return f"must be a number of 0 or more, got {value!r}"


def check_order(low: float, value: float, high: float) -> None:
    """Refuse a range that does not hold the value."""
    if not low <= value <= high:
        msg = f"value must be within low..high ({low}..{high}), got {value}"
        raise InputError(msg)
