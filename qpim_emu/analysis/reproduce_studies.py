"""Ablations and sensitivities of the comparison with the paper."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qpim_emu.analysis.estimate import estimate_table
from qpim_emu.analysis.tables import WORD, read_profile, read_table
from qpim_emu.cost.energy import Energy
from qpim_emu.cost.presets import PRESETS
from qpim_emu.cost.reproduction import StudyRow
from qpim_emu.cost.terms import Term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qpim_emu.cost.estimate import Count, LayerEstimate, Price
    from qpim_emu.cost.parameters import Parameters
    from qpim_emu.hardware.spec import Spec

__all__ = ["ablations", "sensitivity"]

FIXED_SHARES = (0.03, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.69)
STATIC_FACTORS = (0, 0.5, 1, 2, 4, 8)
BLOCKS_PER_ACTIVATION = (8, 4, 2, 1)
DATAFLOWS = (1, 2, 4, 8, 16)
STATIC = (
    "background_mw_per_vault",
    "refresh_mw_per_vault",
    "refresh_pj_per_ref",
    "logic_static_mw_per_vault",
)
ARRAY, BUS = "column_array_pj_per_bit", "column_bus_pj_per_bit"
SCOPES: dict[str, tuple[tuple[Term, str], ...]] = {
    "column select to TSV": (),
    "global sense amplifier to TSV": ((Term.COLUMN_ARRAY, ARRAY),),
    "TSV alone": ((Term.COLUMN_ARRAY, ARRAY), (Term.COLUMN_BUS, BUS)),
}
"""How much of the read path the gates cover, and what is then paid for whole blocks."""

CHANGES: dict[str, Callable[[Spec], Spec]] = {
    "as in the headline": lambda spec: spec,
    "no dual reads": lambda spec: spec.replace(max_blocks_per_read=1),
    "no gating": lambda spec: spec.replace(gate_granularity=WORD),
    "gating granularity 2": lambda spec: spec.replace(gate_granularity=2),
    "gating granularity 4": lambda spec: spec.replace(gate_granularity=4),
    "gating granularity 8": lambda spec: spec.replace(gate_granularity=8),
    "up to four blocks per read": lambda spec: spec.replace(max_blocks_per_read=4),
}
"""Ablations of the machine. Without gating two blocks do not share the lines, so none is dual."""


def ablations(
    networks: tuple[str, ...], profile: str, spec: Spec, parameters: Parameters
) -> Iterator[StudyRow]:
    """Take the features of the machine away, one at a time; the baseline stays."""
    for setting, change in CHANGES.items():
        for network in networks:
            found = estimate_table(
                read_table(network), read_profile(profile, network), spec=spec, change=change
            )
            price = found.total.price(spec=spec, parameters=parameters)
            yield StudyRow.of("ablation", setting, network, price)
    for network in networks:
        read = read_profile(profile, network)
        whole = replace(read, weights=(WORD,) * len(read.weights))
        found = estimate_table(read_table(network), whole, spec=spec)
        price = found.total.price(spec=spec, parameters=parameters)
        yield StudyRow.of("ablation", "activations only", network, price)


def sensitivity(
    networks: tuple[str, ...], profile: str, spec: Spec, parameters: Parameters
) -> Iterator[StudyRow]:
    """Move what is uncertain, one thing at a time."""
    for network in networks:
        table, widths = read_table(network), read_profile(profile, network)
        total = estimate_table(table, widths, spec=spec).total
        for study, setting, changed in changed_parameters(parameters):
            yield StudyRow.of(study, setting, network, total.price(spec=spec, parameters=changed))
        for blocks in BLOCKS_PER_ACTIVATION:
            price = opened(total, blocks, spec).price(spec=spec, parameters=parameters)
            yield StudyRow.of("blocks per activation", str(blocks), network, price)
        for scope in SCOPES:
            price = scoped(total, scope, spec, parameters)
            yield StudyRow.of("gating scope", scope, network, price)
        for filters in DATAFLOWS:
            machine = spec.replace(filters_per_pass=filters)
            found = estimate_table(table, widths, spec=machine).total
            price = found.price(spec=machine, parameters=parameters)
            yield StudyRow.of("filters per pass", str(filters), network, price)


def changed_parameters(parameters: Parameters) -> Iterator[tuple[str, str, Parameters]]:
    """Sets of parameters by study and setting."""
    for share in FIXED_SHARES:
        on_top = parameters.replace(read_fixed_share=share)
        yield "fixed share on top of a read", f"{share:g}", on_top
    for share in FIXED_SHARES:
        # the whole block keeps its energy; a share of it is paid whatever the gates do
        whole = 1 + parameters["read_fixed_share"]
        left = {name: parameters[name] * whole * (1 - share) for name in (ARRAY, BUS)}
        within = parameters.replace(read_fixed_share=share / (1 - share), **left)
        yield "fixed share within a read", f"{share:g}", within
    for factor in STATIC_FACTORS:
        scaled = {name: parameters[name] * factor for name in STATIC}
        yield "static power", f"x {factor:g}", parameters.replace(**scaled)
    for name, one in PRESETS.items():
        yield "parameter preset", name, one


def opened(total: LayerEstimate, blocks: int, spec: Spec) -> LayerEstimate:
    """Same counts, but every activated row serves `blocks` blocks; times stay as they are."""

    def with_rows(count: Count) -> Count:
        held = count.totals.counts
        rows = (held["offered"] + held["written_bits"]) // (spec.block_lines * blocks)
        return replace(count, totals=replace(count.totals, counts={**held, "act": rows}))

    return replace(total, count=with_rows(total.count), baseline=with_rows(total.baseline))


def scoped(total: LayerEstimate, scope: str, spec: Spec, parameters: Parameters) -> Price:
    """Price with gates that cover only part of the read path."""
    price = total.price(spec=spec, parameters=parameters)
    offered = total.count.totals.counts["offered"]
    whole = {term: parameters[name] * offered for term, name in SCOPES[scope]}
    return replace(price, energy=Energy(terms={**price.energy.terms, **whole}))
