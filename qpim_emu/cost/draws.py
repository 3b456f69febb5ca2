"""How far the savings move when uncertain parameters do: seeded Monte-Carlo draws."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from qpim_emu.hardware.sources import Provenance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qpim_emu.cost.estimate import LayerEstimate
    from qpim_emu.cost.parameters import Parameters
    from qpim_emu.hardware.spec import Spec

__all__ = [
    "NARROW_SHARE",
    "PERCENTILES",
    "Interval",
    "draw_parameters",
    "narrowed",
    "saving_intervals",
    "uncertain",
]

Interval: TypeAlias = tuple[float, float]

PERCENTILES = (5, 95)
"""What an interval spans."""


NARROW_SHARE: Interval = (0.03, 0.06)
"""Fixed share of a read as circuit models alone have it, without the measured devices."""


def narrowed(parameters: Parameters) -> Parameters:
    """Copy the set with the fixed share of a read confined to `NARROW_SHARE`, its value as well."""
    low, high = NARROW_SHARE
    share = parameters.values["read_fixed_share"]
    value = min(max(share.value, low), high)
    confined = replace(share, value=value, low=low, high=high)
    return replace(parameters, values={**parameters.values, "read_fixed_share": confined})


def uncertain(parameters: Parameters) -> dict[str, Interval]:
    """Bounds of every parameter that is assumed or derived, by name."""
    return {
        name: one.bounds
        for name, one in parameters.values.items()
        if one.provenance is not Provenance.PUBLISHED
    }


def draw_parameters(parameters: Parameters, *, draws: int, seed: int) -> Iterator[Parameters]:
    """Draw every uncertain parameter uniformly and independently within its bounds."""
    generator = np.random.default_rng(seed)
    bounds = uncertain(parameters)
    for _ in range(draws):
        yield parameters.replace(
            **{name: float(generator.uniform(*limits)) for name, limits in bounds.items()}
        )


def saving_intervals(
    counts: LayerEstimate, drawn: Sequence[Parameters], *, spec: Spec
) -> tuple[Interval, Interval]:
    """Span of the savings over drawn parameters: of the system, and of the DRAM.

    Parameters
    ----------
    counts
        What is priced.
    drawn
        Parameters, at least one set.
    spec
        The machine.
    """
    prices = [counts.price(spec=spec, parameters=parameters) for parameters in drawn]
    system = np.percentile([price.saving for price in prices], PERCENTILES)
    dram = np.percentile([price.dram_saving for price in prices], PERCENTILES)
    return (float(system[0]), float(system[1])), (float(dram[0]), float(dram[1]))
