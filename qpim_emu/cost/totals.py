"""Counters of a run, summed: all that its energy depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.hardware.counters import Counters

__all__ = ["PRICED", "Totals"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Counters summed over vaults and banks.

    Parameters
    ----------
    counts
        Every counter of `PRICED` by name; others are ignored.
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
        return cls(
            counts={name: counters.total(name) for name in PRICED},
            macs={widths: int(count.sum()) for widths, count in counters.macs.items()},
        )

    @classmethod
    def zero(cls) -> Totals:
        """Make the totals of nothing."""
        return cls(counts=dict.fromkeys(PRICED, 0))

    def __add__(self, other: Totals) -> Totals:
        widths = {**self.macs, **other.macs}
        return Totals(
            counts={name: self.counts[name] + other.counts[name] for name in PRICED},
            macs={key: self.macs.get(key, 0) + other.macs.get(key, 0) for key in widths},
        )
