"""Energy of a run from its counters and cycles: named terms, linear in both."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from qpim_emu.cost.mac import mac_pj
from qpim_emu.cost.terms import DRAM_TERMS, Term
from qpim_emu.cost.totals import Totals
from qpim_emu.hardware.switching import Switching, read_switching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.cost.parameters import Parameters
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.hardware.spec import Spec

__all__ = ["ASSUMED_TOGGLING", "Energy", "energy"]

BITS_PER_BYTE = 8

ASSUMED_TOGGLING = 0.5
"""Share of the driven lines that toggle where published energies per bit hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """Energy by term.

    Parameters
    ----------
    terms
        Energy in pJ of every `Term`.

    Examples
    --------
    >>> one = Energy(terms=dict.fromkeys(Term, 1.0))
    >>> one.total_pj, one.dram_pj, (one + one).terms[Term.MAC]
    (12.0, 8.0, 2.0)
    """

    terms: Mapping[Term, float]

    def __post_init__(self) -> None:
        ordered = {term: float(self.terms[term]) for term in Term}
        object.__setattr__(self, "terms", MappingProxyType(ordered))

    @classmethod
    def zero(cls) -> Energy:
        """Make the energy of nothing."""
        return cls(terms=dict.fromkeys(Term, 0.0))

    @property
    def total_pj(self) -> float:
        """Sum of all terms, the energy of the system."""
        return sum(self.terms.values())

    @property
    def dram_pj(self) -> float:
        """Sum of the terms that the DRAM dies and their interface pay."""
        return sum(self.terms[term] for term in Term if term in DRAM_TERMS)

    def __add__(self, other: Energy) -> Energy:
        return Energy(terms={term: self.terms[term] + other.terms[term] for term in Term})


def energy(
    counters: Counters | Totals,
    *,
    cycles: int,
    spec: Spec,
    parameters: Parameters,
    switching: Switching | str = Switching.ASSUMED,
) -> Energy:
    """Price the counters and cycles of a layer or of a run.

    Parameters
    ----------
    counters
        Counters, or their sums.
    cycles
        Cycles of the slowest vault, summed over the layers: every vault waits for it.
    spec
        The machine, for the bits of a row, the number of vaults and the clock.
    parameters
        Energy parameters.
    switching
        ``assumed`` takes `ASSUMED_TOGGLING` for every line, as published energies do;
        ``measured`` prices the bus and the TSVs by the toggles that the run counted.

    Returns
    -------
    Energy
        Terms in pJ, each linear in counters and cycles.

    Raises
    ------
    InputError
        If a counter that costs energy is missing, toggles among them where switching is
        measured, or there is no such switching.
    """
    totals = counters if isinstance(counters, Totals) else Totals.of(counters)
    count = totals.counts
    column = parameters["column_array_pj_per_bit"] + parameters["column_bus_pj_per_bit"]
    vault_ns = cycles * float(spec.timing.tck_ns) * spec.vaults  # 1 mW for 1 ns is 1 pJ
    row_bits = spec.row_bytes * BITS_PER_BYTE
    buffer_bits = count["buffer_written_bits"] + count["buffer_read_bits"]
    lines = price_lines(totals, parameters, read_switching(switching))
    return Energy(
        terms={
            Term.ACTIVATION: parameters["activation_pj_per_row_bit"] * row_bits * count["act"],
            Term.COLUMN_ARRAY: parameters["column_array_pj_per_bit"] * count["enabled"],
            Term.COLUMN_BUS: lines[Term.COLUMN_BUS],
            Term.READ_FIXED: parameters["read_fixed_share"] * column * count["offered"],
            Term.TSV: lines[Term.TSV],
            Term.WRITE: lines[Term.WRITE],
            Term.NETWORK: parameters["network_pj_per_bit"] * count["vault_bits"],
            Term.BUFFER: parameters["buffer_pj_per_bit"] * buffer_bits,
            Term.MAC: sum(mac_pj(*key, parameters) * n for key, n in totals.macs.items()),
            Term.BACKGROUND: parameters["background_mw_per_vault"] * vault_ns,
            Term.REFRESH: parameters["refresh_mw_per_vault"] * vault_ns
            + parameters["refresh_pj_per_ref"] * count["ref"],
            Term.LOGIC_STATIC: parameters["logic_static_mw_per_vault"] * vault_ns,
        }
    )


def price_lines(totals: Totals, parameters: Parameters, switching: Switching) -> dict[Term, float]:
    """Price what toggles scale: the bus, the TSVs, and writes, which drive both.

    Toggles on the bus are not told apart by who drove it. Where they are measured, the bus term
    therefore pays for writes as well, and the write term for the rest of its energy alone. At
    `ASSUMED_TOGGLING` both ways come to the same sum, unless a write costs less than the bus.
    """
    bus, tsv = parameters["column_bus_pj_per_bit"], parameters["tsv_pj_per_bit"]
    write, count = parameters["write_pj_per_bit"], totals.counts
    if switching is Switching.ASSUMED:
        return {
            Term.COLUMN_BUS: bus * count["enabled"],
            Term.TSV: tsv * count["tsv_bits"],
            Term.WRITE: write * count["written_bits"],
        }
    toggles = totals.toggles
    return {
        Term.COLUMN_BUS: bus * toggles["bus_toggles"] / ASSUMED_TOGGLING,
        Term.TSV: tsv * toggles["tsv_toggles"] / ASSUMED_TOGGLING,
        Term.WRITE: max(0.0, write - bus) * count["written_bits"],
    }
