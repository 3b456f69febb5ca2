"""What a check found, as a table and the elements that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.cli.models import titles
from qpim_emu.crosscheck.passes import READ_ANOTHER
from qpim_emu.report.names import visible

if TYPE_CHECKING:
    from rich.console import Console

    from qpim_emu.crosscheck.check import CheckResult
    from qpim_emu.crosscheck.compare import Comparison, Mismatch

__all__ = ["show_result"]

COLUMNS = ("layer", "step", "compared", "teacher-forced", "free-running")
LONGEST_FRACTION = 24
NAME_WIDTH = 40


def show_result(console: Console, result: CheckResult) -> None:
    """Print the table, the mismatches below it, and the verdict."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0), pad_edge=False)
    for title in COLUMNS:
        justify = "left" if title in {"layer", "step"} else "right"
        table.add_column(title, overflow="fold", justify=justify)  # type: ignore[arg-type] # literals
    names = titles(result.nodes, result.model.tensors, width=NAME_WIDTH)
    for name, pair in result.nodes.items():
        cells = (f"{pair.forced.compared:,}", verdict(pair.forced), verdict(pair.free))
        table.add_row(names[name], pair.forced.step, *cells)
    console.print(table)
    for name, pair in result.nodes.items():
        explain(console, pair.forced, f"{names[name]}, teacher-forced")
        if pair.forced.is_exact and pair.free.remark != READ_ANOTHER:
            explain(console, pair.free, f"{names[name]}, free-running")
    compared = sum(pair.forced.compared for pair in result.nodes.values())
    said = "every element agrees" if result.is_exact else "NOT the same"
    console.print(
        f"{result.shown} of {len(result.nodes)} tensors shown by {result.oracle}, "
        f"{compared:,} elements compared each way: {said}",
        style="bold" if result.is_exact else "bold red",
        soft_wrap=True,
    )


def verdict(found: Comparison) -> str:
    """Cell of a comparison."""
    if not found.compared:
        return "not compared"
    return f"{found.wrong:,} differ" if found.wrong else "exact"


def explain(console: Console, found: Comparison, title: str) -> None:
    """Print the elements that differ, and what is known about them."""
    if found.is_exact:
        return
    console.print(
        f"{title}: {found.wrong:,} of {found.compared:,} differ, by at most {found.largest}",
        style="red",
        soft_wrap=True,
    )
    for one in found.shown:
        for line in lines_of(one):
            console.print(f"  {visible(line)}", soft_wrap=True)
    if found.remark:
        console.print(f"  {visible(found.remark)}", style="bold", soft_wrap=True)


def lines_of(one: Mismatch) -> list[str]:
    """Describe a mismatch."""
    where = f"element {list(one.element)} ({list(one.file_element)} in the file) of {one.image}"
    lines = [f"{where}: expected {one.expected}, got {one.got}"]
    if one.accumulator is not None:
        lines.append(f"accumulator {one.accumulator}{nearness_of(one)}")
    return [*lines, f"at {one.place}"]


def nearness_of(one: Mismatch) -> str:
    """Say how near the accumulator is to another code."""
    near = one.nearness
    if near is None:
        return ", not rounded"
    if near.value is None:
        return f", {near.distance} from a threshold"
    distance = "at a tie" if near.distance == 0 else f"{float(near.distance):.3g} from a tie"
    exact = f" ({near.value})" if len(str(near.value)) <= LONGEST_FRACTION else ""
    return f", unrounded code {float(near.value):.9g}{exact}, {distance}"
