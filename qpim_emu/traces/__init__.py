"""Command traces: what the vaults of a layer are told, cycle by cycle, in the formats of others.

`trace_step` and `trace_node` give a `Trace`, which expands a program into `TraceRecord` as it
is iterated and holds no more than the commands between two refreshes of each vault; `save_trace`
writes one in any of `FORMATS`.
"""

from qpim_emu.traces.formats import FORMATS
from qpim_emu.traces.record import PhaseKind, TraceRecord
from qpim_emu.traces.save import save_trace
from qpim_emu.traces.source import Trace, trace_node, trace_step

__all__ = [
    "FORMATS",
    "PhaseKind",
    "Trace",
    "TraceRecord",
    "save_trace",
    "trace_node",
    "trace_step",
]
