"""Counters of a run, summed: all that its energy depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.hardware.counters import Counters

__all__ = ["MEASURED", "PRICED", "Totals"]

PRICED = (
    "act",
    "ref",
    "offered",
    "enabled",
    "written_bits",
    "tsv_bits",
    "vault_bits",
    "buffer_written_bits",
    "buffer_read_bits",
)
"""Counters that cost energy, besides the MACs by width."""

MEASURED = ("bus_toggles", "tsv_toggles")
"""Counters that measured switching needs besides; runs hold them on request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Counters summed over vaults and banks.

    Parameters
    ----------
    counts
        Every counter of `PRICED` by name, and those of `MEASURED` where they were counted; others
        are ignored.
    macs
        Multiply-accumulates by (weight bits, activation bits).

    Raises
    ------
    InputError
        If a counter of `PRICED` is missing.
    """

    counts: Mapping[str, int]
    macs: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        missing = [name for name in PRICED if name not in self.counts]
        if missing:
            msg = f"counts must hold {', '.join(PRICED)}, got none of {', '.join(missing)}"
            raise InputError(msg)

    @classmethod
    def of(cls, counters: Counters) -> Totals:
        """Sum the counters of a run."""
        measured = [name for name in MEASURED if name in counters.vault]
        return cls(
            counts={name: counters.total(name) for name in (*PRICED, *measured)},
            macs={widths: int(count.sum()) for widths, count in counters.macs.items()},
        )

    @classmethod
    def zero(cls) -> Totals:
        """Make the totals of nothing."""
        return cls(counts=dict.fromkeys((*PRICED, *MEASURED), 0))

    @property
    def toggles(self) -> dict[str, int]:
        """The counters of `MEASURED`.

        Raises
        ------
        InputError
            If they were not counted.
        """
        missing = [name for name in MEASURED if name not in self.counts]
        if missing:
            msg = (
                f"counts must hold {', '.join(MEASURED)} for measured switching, got none of "
                f"{', '.join(missing)}: they need data, and a run with switching='measured'"
            )
            raise InputError(msg)
        return {name: self.counts[name] for name in MEASURED}

    @property
    def toggled(self) -> float:
        """Share of the bus lines driven by reads and writes that toggled, 0..1 (0 of none).

        Raises
        ------
        InputError
            If toggles were not counted.
        """
        driven = self.counts["tsv_bits"]
        return self.toggles["bus_toggles"] / driven if driven else 0.0

    def __add__(self, other: Totals) -> Totals:
        widths = {**self.macs, **other.macs}
        both = [name for name in MEASURED if name in self.counts and name in other.counts]
        return Totals(
            counts={name: self.counts[name] + other.counts[name] for name in (*PRICED, *both)},
            macs={key: self.macs.get(key, 0) + other.macs.get(key, 0) for key in widths},
        )
