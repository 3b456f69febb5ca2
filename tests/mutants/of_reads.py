"""Mutants of gating, pairing, bus images and what is charged for them."""

from __future__ import annotations

from tests.mutants.harness import Mutant
from tests.mutants.of_arithmetic import WRAPPING

__all__ = ["EXTENDED", "GATE"]

IMAGES = "tests/property/test_bus_images.py"
RUNS = "tests/property/test_windows.py::test_reads_of_a_run_stay_in_their_row_and_run"

GATE = (
    Mutant(
        name="halves of a bus image swapped",
        file="hardware/gating.py",
        old="return index * (spec.word_bits // count)",
        new="return (count - 1 - index) * (spec.word_bits // count)",
        killers=(IMAGES,),
    ),
    Mutant(
        name="lanes take the other half",
        file="engine/literal/bus.py",
        old="first_bus_line(part, self.blocks, gate.spec)",
        new="first_bus_line(self.blocks - 1 - part, self.blocks, gate.spec)",
        killers=(f"{WRAPPING}[linear]", WRAPPING),
    ),
    Mutant(
        name="partner rules swapped",
        file="hardware/gating.py",
        old="spec.partner_rule is PartnerRule.ALIGNED",
        new="spec.partner_rule is PartnerRule.NEXT",
        killers=(RUNS,),
    ),
    Mutant(
        name="pairs cross their run",
        file="hardware/gating.py",
        old="block + count > past or column",
        new="column",
        killers=(f"{WRAPPING}[conv2d]", WRAPPING),
    ),
    Mutant(
        name="lines enabled by granularity not charged",
        file="engine/literal/commands/rd.py",
        old="enabled=vault.gate.lines *",
        new="enabled=vault.gate.window.precision *",
        killers=("tests/property/test_conservation.py::test_closed_forms",),
    ),
)

EXTENDED = (
    Mutant(
        name="the second block of a pair added first",
        file="engine/literal/program.py",
        old="""        for part in range(bus.blocks):
            block = position + part""",
        new="""        for part in reversed(range(bus.blocks)):
            block = position + part""",
        killers=("tests/property/test_independence.py",),
    ),
    Mutant(
        name="an operand above a gated group is read from its place in the word",
        file="engine/literal/bus.py",
        old="gate.spec) - gate.first",
        new="gate.spec)",
        killers=(IMAGES,),
    ),
    Mutant(
        name="pairs at any column of the row",
        file="hardware/gating.py",
        old="column + count > spec.columns or (aligned",
        new="(aligned",
        killers=(RUNS,),
    ),
    Mutant(
        name="idle lanes not counted",
        file="engine/literal/commands/mac.py",
        old="idle=words - command.live",
        new="idle=0",
        killers=("tests/property/test_conservation.py::test_lane_slots",),
    ),
)
