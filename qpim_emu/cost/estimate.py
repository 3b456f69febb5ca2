"""Counts of a network beside its 16-bit baseline, and the price of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.cost.energy import Energy, energy
from qpim_emu.cost.totals import Totals
from qpim_emu.hardware.switching import Switching

if TYPE_CHECKING:
    from qpim_emu.cost.parameters import Parameters
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.hardware.spec import Spec

__all__ = ["Count", "Estimate", "LayerEstimate", "Price", "saved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Counters, summed, and cycles of the slowest vault."""

    totals: Totals
    cycles: int

    @classmethod
    def of(cls, counters: Counters) -> Count:
        """Count of one layer."""
        return cls(totals=Totals.of(counters), cycles=int(counters.vault["cycles"].max()))

    @classmethod
    def zero(cls) -> Count:
        """Count of nothing."""
        return cls(totals=Totals.zero(), cycles=0)

    def __add__(self, other: Count) -> Count:
        return Count(totals=self.totals + other.totals, cycles=self.cycles + other.cycles)

    def energy(
        self,
        *,
        spec: Spec,
        parameters: Parameters,
        switching: Switching | str = Switching.ASSUMED,
    ) -> Energy:
        """Price the count; errors as `energy`."""
        return energy(
            self.totals,
            cycles=self.cycles,
            spec=spec,
            parameters=parameters,
            switching=switching,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Energy of a count and of its 16-bit baseline, and what lies between them."""

    energy: Energy
    baseline: Energy
    speed_up: float
    lines_saved: float

    @property
    def saving(self) -> float:
        """Share of the baseline's energy that is saved, of the whole system."""
        return saved(self.energy.total_pj, self.baseline.total_pj)

    @property
    def dram_saving(self) -> float:
        """The same of the DRAM terms alone."""
        return saved(self.energy.dram_pj, self.baseline.dram_pj)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerEstimate:
    """Counts of one layer, or of a whole network.

    Attributes
    ----------
    name
        Layer.
    weight_bits, activation_bits
        Widths that are read; None for what has none.
    count, baseline
        At these widths; at 16 bits, ungated, one block per read.
    """

    name: str
    weight_bits: int | None
    activation_bits: int | None
    count: Count
    baseline: Count

    def price(
        self,
        *,
        spec: Spec,
        parameters: Parameters,
        switching: Switching | str = Switching.ASSUMED,
    ) -> Price:
        """Price both counts; errors as `energy`."""
        mine, theirs = self.count, self.baseline
        return Price(
            energy=mine.energy(spec=spec, parameters=parameters, switching=switching),
            baseline=theirs.energy(spec=spec, parameters=parameters, switching=switching),
            speed_up=theirs.cycles / mine.cycles if mine.cycles else 1.0,
            lines_saved=saved(mine.totals.counts["enabled"], theirs.totals.counts["enabled"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Counts of a network, layer by layer.

    Attributes
    ----------
    network, profile
        What was counted, at which precisions.
    provenance, source
        Of the precisions.
    spec
        The machine.
    layers
        Counts in order.
    """

    network: str
    profile: str
    provenance: str
    source: str
    spec: Spec
    layers: tuple[LayerEstimate, ...]

    @property
    def total(self) -> LayerEstimate:
        """Counts of the whole network."""
        return LayerEstimate(
            name="total",
            weight_bits=None,
            activation_bits=None,
            count=sum((layer.count for layer in self.layers), Count.zero()),
            baseline=sum((layer.baseline for layer in self.layers), Count.zero()),
        )


def saved(mine: float, theirs: float) -> float:
    """Share of `theirs` that `mine` saves; 0 of nothing."""
    return 1 - mine / theirs if theirs else 0.0
