"""The table of a network run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from qpim_emu.report.names import short_names

if TYPE_CHECKING:
    from rich.console import JustifyMethod

    from qpim_emu.report.rows import Row

__all__ = ["layer_table"]

COLUMNS = (
    "layer", "shape", "w/a", "MACs", "RD", "RD2", "gated", "bus", "cycles", "ovf", "exact",
)  # fmt: skip
NAME_WIDTH = 28


def layer_table(rows: list[Row], total: Row) -> Table:
    """Build a table with a row per node and the total below."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0), pad_edge=False)
    quads = any(row.rd4 for row in rows)
    for name in COLUMNS:
        justify: JustifyMethod = "left" if name in {"layer", "shape"} else "right"
        table.add_column(name, justify=justify, overflow="fold")
        if name == "RD2" and quads:
            table.add_column("RD4", justify="right", overflow="fold")
    names = short_names((row.name for row in rows), width=NAME_WIDTH)
    for row in rows:
        table.add_row(names[row.name], *cells(row, quads=quads))
    table.add_section()
    table.add_row(total.name, *cells(total, quads=quads), style="bold")
    return table


def cells(row: Row, *, quads: bool) -> list[str]:
    """Format a row but for its name."""
    reads = [count(row.rd), count(row.rd2), *([count(row.rd4)] if quads else [])]
    has_reads = bool(row.rd or row.rd2 or row.rd4)
    return [
        "x".join(str(size) for size in row.shape),
        "" if row.weight_bits is None else f"{row.weight_bits}/{row.activation_bits}",
        count(row.macs),
        *reads,
        f"{row.gated:.1%}" if has_reads else "",
        f"{row.bus_utilization:.1%}" if has_reads else "",
        count(row.cycles),
        str(row.overflows),
        {True: "yes", False: "NO", None: ""}[row.exact],
    ]


def count(value: int) -> str:
    """Format a count; nothing for zero."""
    return f"{value:,}" if value else ""
