"""What the comparison with the paper consists of: rows of figures, before any formatting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qpim_emu.cost.draws import Interval
    from qpim_emu.cost.estimate import Price
    from qpim_emu.cost.parameters import Parameters
    from qpim_emu.hardware.spec import Spec

__all__ = ["LEFT_OUT", "PAPER_RANGE", "HeadlineRow", "Reproduction", "StudyRow", "span"]

PAPER_RANGE = (0.391, 0.504)
"""System energy saved, as the paper's abstract states it, for networks it does not name."""

LEFT_OUT = "VGG_19"
"""The network that the second range leaves out, a choice made after seeing its figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlineRow:
    """One network at the headline's precisions.

    Attributes
    ----------
    network, filters_per_pass
        What was counted, and how many filters share a streamed block.
    price
        Energies and times.
    system_interval, dram_interval
        Span of the savings over the drawn parameters.
    narrow_interval
        Span of the system's, with the fixed share of a read as circuit models alone have it.
    """

    network: str
    filters_per_pass: int
    price: Price
    system_interval: Interval
    narrow_interval: Interval
    dram_interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRow:
    """One network under one changed setting."""

    study: str
    setting: str
    network: str
    saving: float
    dram_saving: float
    lines_saved: float
    speed_up: float

    @classmethod
    def of(cls, study: str, setting: str, network: str, price: Price) -> StudyRow:
        """Take the figures of a price."""
        return cls(
            study=study,
            setting=setting,
            network=network,
            saving=price.saving,
            dram_saving=price.dram_saving,
            lines_saved=price.lines_saved,
            speed_up=price.speed_up,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """Everything that ``qpim cost reproduce`` found out.

    Attributes
    ----------
    profile, networks
        Precisions, and the networks in order.
    origins
        By network: source of its shapes, provenance and source of its precisions.
    spec, parameters
        Machine (at one filter per pass) and energy parameters of the headline.
    draws, seed
        How many parameter sets were drawn, from which seed.
    headline, anchors, ablations, sensitivity
        The figures.
    """

    profile: str
    networks: tuple[str, ...]
    origins: Mapping[str, tuple[str, str, str]]
    spec: Spec
    parameters: Parameters
    draws: int
    seed: int
    headline: tuple[HeadlineRow, ...]
    anchors: tuple[StudyRow, ...]
    ablations: tuple[StudyRow, ...]
    sensitivity: tuple[StudyRow, ...]


def span(rows: Sequence[HeadlineRow], filters_per_pass: int, *, without: str = "") -> Interval:
    """Smallest and largest saving of the headline at one dataflow.

    Leaving out the only network there is leaves it in.
    """
    mine = [row for row in rows if row.filters_per_pass == filters_per_pass]
    kept = [row for row in mine if row.network != without] or mine
    savings = [row.price.saving for row in kept]
    return min(savings), max(savings)
