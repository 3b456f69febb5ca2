"""What precision saves: a run beside its baseline of whole words, one block per read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["savings_table"]

ENTRIES = (
    ("data lines enabled by reads", "enabled"),
    ("read commands", "reads"),
    ("rows opened", "act"),
    ("bits over the TSVs", "tsv_bits"),
    ("bits moved between vaults", "vault_bits"),
    ("cycles", "cycles"),
)


def savings_table(
    counters: Mapping[str, int], cycles: int, baseline: Mapping[str, int], baseline_cycles: int
) -> Table:
    """Build a table of what both cost and what the run saves.

    Parameters
    ----------
    counters, baseline
        Every counter of the run and of its baseline, summed over vaults and banks.
    cycles, baseline_cycles
        Their cycles.
    """
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0), pad_edge=False)
    table.add_column("")
    for title in ("baseline", "this run", "saved"):
        table.add_column(title, justify="right", no_wrap=True)
    mine, theirs = with_sums(counters, cycles), with_sums(baseline, baseline_cycles)
    for text, name in ENTRIES:
        saved = 1 - mine[name] / theirs[name] if theirs[name] else 0.0
        table.add_row(text, f"{theirs[name]:,}", f"{mine[name]:,}", f"{saved:.1%}")
    return table


def with_sums(counters: Mapping[str, int], cycles: int) -> dict[str, int]:
    """Counters with the reads of all sizes added up, and the cycles of the run."""
    reads = sum(counters[name] for name in ("rd", "rd2", "rd4"))
    return {**counters, "reads": reads, "cycles": cycles}
