"""Formats of traces, one per file; a writer takes a trace and a text file.

``docs/traces.md`` describes them, and how the machine of a reader must be set up to match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO, TypeAlias

from qpim_emu.traces.formats import (
    comma,
    drampower4,
    drampower5,
    dramsim3,
    lines,
    perfetto,
    ramulator,
    vcd,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qpim_emu.traces.source import Trace

__all__ = ["FORMATS", "Writer"]

Writer: TypeAlias = "Callable[[Trace, TextIO], None]"

FORMATS: Mapping[str, Writer] = {
    "csv": comma.write,
    "jsonl": lines.write,
    "drampower4": drampower4.write,
    "drampower5": drampower5.write,
    "dramsim3": dramsim3.write,
    "ramulator2": ramulator.write,
    "vcd": vcd.write,
    "perfetto": perfetto.write,
}
"""Writers by the name that users choose them with."""
