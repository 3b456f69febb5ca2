"""The terms of the energy: what each pays for, and whether the DRAM dies or the logic die pays."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["DRAM_TERMS", "STATIC_TERMS", "TERM_TEXTS", "Term"]


class Term(StrEnum):
    """One named part of the energy of a run."""

    ACTIVATION = "activation"
    COLUMN_ARRAY = "column_array"
    COLUMN_BUS = "column_bus"
    READ_FIXED = "read_fixed"
    TSV = "tsv"
    WRITE = "write"
    NETWORK = "network"
    BUFFER = "buffer"
    MAC = "mac"
    BACKGROUND = "background"
    REFRESH = "refresh"
    LOGIC_STATIC = "logic_static"


TERM_TEXTS = {
    Term.ACTIVATION: "rows activated and precharged",
    Term.COLUMN_ARRAY: "column path of reads, array to global sense amplifiers: lines enabled",
    Term.COLUMN_BUS: "column path of reads, global sense amplifiers to the die edge: lines enabled",
    Term.READ_FIXED: "fixed share of reads, column select and address: blocks read",
    Term.TSV: "TSVs and die I/O: lines enabled by reads, and bits written",
    Term.WRITE: "column path of writes: bits written",
    Term.NETWORK: "network between the vaults: bits moved to place operands",
    Term.BUFFER: "PE buffer: bits written and read",
    Term.MAC: "multiply-accumulates, by operand widths",
    Term.BACKGROUND: "DRAM background: time",
    Term.REFRESH: "DRAM refresh: time, or refresh commands",
    Term.LOGIC_STATIC: "leakage of the logic die: time",
}
"""What each term pays for, and what it scales with (assumed switching; see `energy`)."""

STATIC_TERMS = frozenset({Term.BACKGROUND, Term.REFRESH, Term.LOGIC_STATIC})
"""Terms that scale with time (refresh: or with refresh commands, whose number time sets)."""

DRAM_TERMS = frozenset(
    {
        Term.ACTIVATION,
        Term.COLUMN_ARRAY,
        Term.COLUMN_BUS,
        Term.READ_FIXED,
        Term.TSV,
        Term.WRITE,
        Term.BACKGROUND,
        Term.REFRESH,
    }
)
"""Terms that the DRAM dies and their interface pay; the logic die pays the others."""
