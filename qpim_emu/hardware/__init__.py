"""The machine as data: specification, timing, gating rules and presets."""

from __future__ import annotations

from qpim_emu.hardware.constraints import CONSTRAINTS, Constraint, Scope
from qpim_emu.hardware.gating import (
    block_gating_mask,
    blocks_of_read,
    check_window,
    enabled_lines,
    first_bus_line,
    gating_lines,
    gating_mask,
    max_blocks,
)
from qpim_emu.hardware.presets import PAPER, PRESETS, TOY, preset
from qpim_emu.hardware.sources import Provenance, Source
from qpim_emu.hardware.spec import PartnerRule, Place, RowPolicy, Spec
from qpim_emu.hardware.timing import Cycles, Timing

__all__ = [
    "CONSTRAINTS",
    "PAPER",
    "PRESETS",
    "TOY",
    "Constraint",
    "Cycles",
    "PartnerRule",
    "Place",
    "Provenance",
    "RowPolicy",
    "Scope",
    "Source",
    "Spec",
    "Timing",
    "block_gating_mask",
    "blocks_of_read",
    "check_window",
    "enabled_lines",
    "first_bus_line",
    "gating_lines",
    "gating_mask",
    "max_blocks",
    "preset",
]
