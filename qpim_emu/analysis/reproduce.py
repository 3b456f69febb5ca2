"""The paper's comparison: six networks at published precisions, beside 16 bits.

The abstract of Quant-PIM gives a range of savings and names neither networks nor precisions. The
choice of both here is ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.analysis.estimate import estimate_table
from qpim_emu.analysis.reproduce_studies import ablations, sensitivity
from qpim_emu.analysis.tables import read_profile, read_table
from qpim_emu.cost.draws import draw_parameters, narrowed, saving_intervals
from qpim_emu.cost.reproduction import HeadlineRow, Reproduction, StudyRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qpim_emu.cost.parameters import Parameters
    from qpim_emu.hardware.spec import Spec

__all__ = ["DRAWS", "FILTERS", "NETWORKS", "PROFILE", "SEED", "reproduce"]

NETWORKS = ("AlexNet", "NiN", "GoogLeNet", "VGG_M", "VGG_S", "VGG_19")
PROFILE = "stripes_loom_100"
FILTERS = (1, 16)
"""Filters per pass: streaming one block per MAC and lane, and reuse as in TETRIS."""

DRAWS, SEED = 1000, 2021


def reproduce(
    *,
    spec: Spec,
    parameters: Parameters,
    networks: tuple[str, ...] = NETWORKS,
    draws: int = DRAWS,
    seed: int = SEED,
    progress: Callable[[str], None] = lambda _: None,
) -> Reproduction:
    """Count and price everything.

    Parameters
    ----------
    spec
        The machine; its filters per pass are set by the comparison.
    parameters
        Energy parameters.
    networks
        Layer tables that have the profile.
    draws, seed
        Parameter sets to draw for the intervals, and the seed they come from.
    progress
        Called with the name of each part before it starts.

    Raises
    ------
    InputError
        If a network does not fit the machine or has no such profile.
    """
    spec = spec.replace(filters_per_pass=FILTERS[0], name=spec.name)
    progress("headline")
    headline = tuple(headline_rows(networks, spec, parameters, draws=draws, seed=seed))
    progress("anchors")
    anchors = tuple(anchor_rows(networks, spec, parameters))
    progress("ablations")
    ablated = tuple(ablations(networks, PROFILE, spec, parameters))
    progress("sensitivity")
    return Reproduction(
        profile=PROFILE,
        networks=networks,
        origins={name: origin(name) for name in networks},
        spec=spec,
        parameters=parameters,
        draws=draws,
        seed=seed,
        headline=headline,
        anchors=anchors,
        ablations=ablated,
        sensitivity=tuple(sensitivity(networks, PROFILE, spec, parameters)),
    )


def origin(network: str) -> tuple[str, str, str]:
    """Source of a network's shapes, provenance and source of its precisions."""
    profile = read_profile(PROFILE, network)
    return read_table(network).source, profile.provenance, profile.source


def headline_rows(
    networks: tuple[str, ...], spec: Spec, parameters: Parameters, *, draws: int, seed: int
) -> Iterator[HeadlineRow]:
    """Savings of every network at both dataflows; all are priced with the same draws."""
    drawn = list(draw_parameters(parameters, draws=draws, seed=seed))
    narrow = list(draw_parameters(narrowed(parameters), draws=draws, seed=seed))
    for filters in FILTERS:
        machine = spec.replace(filters_per_pass=filters)
        for network in networks:
            table, profile = read_table(network), read_profile(PROFILE, network)
            total = estimate_table(table, profile, spec=machine).total
            system, dram = saving_intervals(total, drawn, spec=machine)
            yield HeadlineRow(
                network=network,
                filters_per_pass=filters,
                price=total.price(spec=machine, parameters=parameters),
                system_interval=system,
                narrow_interval=saving_intervals(total, narrow, spec=machine)[0],
                dram_interval=dram,
            )


def anchor_rows(
    networks: tuple[str, ...], spec: Spec, parameters: Parameters
) -> Iterator[StudyRow]:
    """Uniform 8 and 16 bits, whose savings can be worked out without a model."""
    for profile in ("uniform8", "uniform16"):
        for network in networks:
            estimate = estimate_table(
                read_table(network), read_profile(profile, network), spec=spec
            )
            price = estimate.total.price(spec=spec, parameters=parameters)
            yield StudyRow.of("uniform widths", profile, network, price)
