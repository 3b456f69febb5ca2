"""Measured switching of a vault: the final bank image, phase by phase, over its lines.

Outputs have regions of their own, which nothing reads, so the image behind a layer still holds
every word that any of its commands carried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.fast.kernels.switching import Gating, Segment, append, walk_lines
from qpim_emu.engine.structure.tables import walk_table
from qpim_emu.hardware.gating import gating_lines, max_blocks
from qpim_emu.hardware.spec import PartnerRule
from qpim_emu.mapping.phases import Load, Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.arith.window import Window
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.dense import DensePlan
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.mapping.walks import Walk
    from qpim_emu.memory.image import BankImage, VaultImage

__all__ = ["measure_dense_plan", "measure_plan"]


def measure_plan(plan: Plan, image: BankImage, counters: Counters) -> None:
    """Count the toggles of a layer.

    Parameters
    ----------
    plan
        The mapped layer.
    image
        Its bank image, outputs written.
    counters
        Where the counts go, new counters of the layer.
    """
    vaults = [vault for vault, program in enumerate(plan.programs) if program]
    found = [measure_vault(plan, vault, image[vault]) for vault in vaults]
    store(counters, vaults, found, plan.spec)


def measure_dense_plan(plan: DensePlan, image: BankImage, counters: Counters) -> None:
    """Count the toggles of an operation beside the lanes; arguments as for `measure_plan`."""
    vaults = list(range(plan.spec.vaults))
    reads = [gating(tensor.window, plan.spec) for tensor in plan.inputs]
    found = []
    for vault in vaults:
        lines = Lines(image[vault])
        for tensor, gate in zip(plan.inputs, reads, strict=True):
            if (walk := tensor.walk(vault)) is not None:
                lines.take([walk], gate)
        if (walk := plan.output.walk(vault)) is not None:
            lines.take([walk], gating(None, plan.spec))
        found.append(lines.segment)
    store(counters, vaults, found, plan.spec)


def measure_vault(plan: Plan, vault: int, image: VaultImage) -> Segment:
    """Walk the program of a vault; every STREAM phase but once per plane and chunk."""
    lines = Lines(image)
    plane: Plane | None = None
    streams: dict[int, Segment] = {}
    writes = gating(None, plan.spec)
    for phase in plan.phases(vault):
        if phase.plane is not plane:
            plane, streams = phase.plane, {}
            loads = gating(plan.resident_window(plane), plan.spec)
        if not isinstance(phase, Stream):
            lines.take(phase.walks, loads if isinstance(phase, Load) else writes)
            continue
        key = phase.chunk.first
        if key not in streams:
            gate = gating(plan.streamed_window(plane), plan.spec)
            streams[key] = lines.summed(phase.walks, gate)
        append(lines.segment, streams[key])
    return lines.segment


class Lines:
    """The data lines and the bus of a vault, all 0 at first.

    Parameters
    ----------
    image
        Words of the vault.

    Attributes
    ----------
    segment
        What happened to the lines so far.
    """

    def __init__(self, image: VaultImage) -> None:
        self.image = image
        self.spec = image.spec
        self.segment = untouched(self.spec)
        self.segment.driven[:] = self.spec.word_mask

    def take(self, walks: Sequence[Walk], gate: Gating) -> None:
        """Issue the commands of walks."""
        walk_lines(self.segment, self.image.words, walk_table(walks), gate)

    def summed(self, walks: Sequence[Walk], gate: Gating) -> Segment:
        """Sum the commands of walks up, for lines in any state."""
        segment = untouched(self.spec)
        walk_lines(segment, self.image.words, walk_table(walks), gate)
        return segment


def untouched(spec: Spec) -> Segment:
    """No line driven yet."""
    places = spec.banks + 1
    return Segment(
        np.zeros((places, spec.words_per_block), np.uint16),
        np.zeros((places, spec.words_per_block), np.uint16),
        np.zeros(places, np.uint16),
        np.zeros(places, np.int64),
    )


def gating(window: Window | None, spec: Spec) -> Gating:
    """How reads through a window drive the lines; None stands for writes, which drive all."""
    low, past = (0, spec.word_bits) if window is None else gating_lines(window, spec)
    return Gating(
        columns=spec.columns,
        banks=spec.banks,
        word_bits=spec.word_bits,
        low=low,
        lines=past - low,
        most=1 if window is None else max_blocks(window, spec),
        aligned=spec.partner_rule is PartnerRule.ALIGNED,
    )


def store(counters: Counters, vaults: list[int], found: list[Segment], spec: Spec) -> None:
    """Make the toggles of every vault counters; those of the bus are the TSVs' too."""
    lines = np.zeros((spec.vaults, spec.banks), np.int64)
    bus = np.zeros(spec.vaults, np.int64)
    for vault, segment in zip(vaults, found, strict=True):
        lines[vault], bus[vault] = segment.toggles[:-1], segment.toggles[-1]
    counters.bank["line_toggles"] = lines
    counters.vault["bus_toggles"] = bus
    counters.vault["tsv_toggles"] = bus.copy()
