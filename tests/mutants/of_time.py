"""Mutants of the timing table and of the controller."""

from __future__ import annotations

from tests.mutants.harness import Mutant

__all__ = ["EXTENDED", "GATE"]

TRACES = "tests/property/test_trace_legality.py"
LEGAL = f"{TRACES}::test_every_trace_is_legal"
EARLIEST = f"{TRACES}::test_every_command_comes_as_early_as_defined"

GATE = (
    Mutant(
        name="tRAS ignored",
        file="hardware/constraints.py",
        old='pair("ACT", "PRE", BANK, "ras",',
        new='pair("ACT", "PRE", BANK, "rtp",',
        killers=(LEGAL, TRACES),
    ),
    Mutant(
        name="write recovery ignored",
        file="hardware/constraints.py",
        old='pair("WR", "PRE", BANK, "write_recovery",',
        new='pair("WR", "PRE", BANK, "rtp",',
        killers=(LEGAL, TRACES),
    ),
    Mutant(
        name="look-ahead off by one",
        file="engine/literal/controller.py",
        old="len(self.visit_ends) - self.vault.spec.look_ahead - 1",
        new="len(self.visit_ends) - self.vault.spec.look_ahead",
        killers=(EARLIEST, TRACES),
    ),
    Mutant(
        name="refreshes left to the barrier",
        file="engine/literal/controller.py",
        old="while at >= self.deadline:",
        new="while False:",
        killers=(EARLIEST, TRACES),
    ),
    Mutant(
        name="a column command at the deadline itself",
        file="engine/literal/controller.py",
        old="while at >= self.deadline:",
        new="while at > self.deadline:",
        killers=(EARLIEST, TRACES),
    ),
)

EXTENDED = (
    Mutant(
        name="five activations in tFAW",
        file="hardware/constraints.py",
        old="window=4,",
        new="window=5,",
        killers=(LEGAL, TRACES),
    ),
    Mutant(
        name="row policies swapped",
        file="engine/literal/controller.py",
        old="row_policy is RowPolicy.CLOSED",
        new="row_policy is RowPolicy.OPEN",
        killers=(EARLIEST, TRACES),
    ),
    Mutant(
        name="the barrier forgets how long refreshes last",
        file="engine/literal/controller.py",
        old="(self.cycles.refi - self.cycles.rfc)",
        new="self.cycles.refi",
        killers=(EARLIEST, TRACES),
    ),
    Mutant(
        name="rows opened by visits not gated",
        file="engine/literal/controller.py",
        old="self.vault.issue(activate, max(self.gate, self.vault.earliest(activate)))",
        new="self.vault.issue(activate, self.vault.earliest(activate))",
        killers=(EARLIEST, TRACES),
    ),
)
