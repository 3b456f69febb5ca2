"""Do traces, counters, cycles and energies come out as derived by hand from the semantics?"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from qpim_emu.cost import Term, energy, preset
from qpim_emu.engine.observers import TraceObserver
from qpim_emu.engine.run import Tier, count_layer, run_layer
from qpim_emu.hardware.counters import BANK_COUNTERS, VAULT_COUNTERS
from tests.derived.energies import ENERGIES
from tests.derived.programs import PROGRAMS
from tests.legality import find_violations
from tests.project.repository import ROOT

if TYPE_CHECKING:
    from qpim_emu.engine.observers import TraceEntry
    from qpim_emu.engine.run import RunResult
    from qpim_emu.hardware.counters import Counters
    from tests.derived.notation import Command, Program

ORDER = {"MODE": 0, "REF": 0, "PRE": 1, "RD": 2, "RD2": 2, "RD4": 2, "WR": 2, "ACT": 3}


def run(program: Program, **options: Any) -> RunResult:  # noqa: ANN401 - passed on to run_layer
    """Execute a program."""
    return run_layer(
        program.layer,
        program.codes,
        spec=program.spec,
        mapping=program.mapping,
        homes=program.homes,
        **{"tier": Tier.LITERAL, **options},
    )


def in_trace_order(command: Command) -> tuple[int, int, int]:
    """Cycle, then REF < PRE < column < ACT, then bank."""
    cycle, name, bank, _, _ = command
    return cycle, ORDER[name.split()[0]], bank


def as_command(entry: TraceEntry) -> Command:
    """An entry of a trace as the derivations write it."""
    name = entry.name if entry.window is None else f"MODE {entry.window}"
    return entry.cycle, name, entry.bank, entry.row, entry.column


@pytest.fixture(params=list(PROGRAMS.values()), ids=list(PROGRAMS))
def program(request: pytest.FixtureRequest) -> Program:
    found: Program = request.param
    return found


def test_the_trace_is_the_derived_one(program: Program) -> None:
    observers: dict[int, TraceObserver] = {}
    run(program, observe=lambda vault: observers.setdefault(vault, TraceObserver()))
    assert observers.keys() == program.vaults.keys()
    for vault, derived in program.vaults.items():
        found = [as_command(entry) for entry in observers[vault].entries]
        assert found == sorted(derived.trace, key=in_trace_order)
        assert find_violations(observers[vault].entries, program.spec) == []


def count(program: Program) -> Counters:
    """Count a program without executing it."""
    return count_layer(
        program.layer,
        program.codes.shape,
        spec=program.spec,
        mapping=program.mapping,
        homes=program.homes,
    )


@pytest.mark.parametrize("tier", [*Tier, "count"])
def test_the_counters_are_the_derived_ones(program: Program, tier: str) -> None:
    counters = count(program) if tier == "count" else run(program, tier=tier).counters
    idle = [0] * program.spec.banks
    for vault in range(program.spec.vaults):
        derived = program.vaults.get(vault)
        banks, counts = (derived.banks, derived.counts) if derived else ({}, {})
        for name in BANK_COUNTERS:
            assert counters.bank[name][vault].tolist() == banks.get(name, idle), name
        assert counters.vault.keys() >= VAULT_COUNTERS.keys()
        for name, found in counters.vault.items():  # overflows and clamps where data were seen
            assert found[vault] == counts.get(name, 0), name
        macs = {width: int(count[vault]) for width, count in counters.macs.items()}
        assert macs == {program.macs_width: derived.macs if derived else 0}


@pytest.mark.parametrize("tier", list(Tier))
def test_the_cycles_are_the_derived_ones(program: Program, tier: Tier) -> None:
    result = run(program, tier=tier)
    assert result.cycles == program.cycles
    assert program.cycles == max(run.counts["cycles"] for run in program.vaults.values())


@pytest.mark.parametrize("tier", list(Tier))
def test_the_words_are_the_derived_ones(program: Program, tier: Tier) -> None:
    image = run(program, tier=tier).image
    for (vault, block), words in program.words.items():
        assert image[vault].read(block).tolist() == [list(words)]


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("tier", [*Tier, "count"])
def test_the_energy_is_the_derived_one(name: str, tier: str) -> None:
    program = PROGRAMS[name]
    counters = count(program) if tier == "count" else run(program, tier=tier).counters
    spent = energy(
        counters,
        cycles=int(counters.vault["cycles"].max()),
        spec=program.spec,
        parameters=preset("hmc-lit"),
    )
    derived = dict.fromkeys(map(str, Term), 0.0) | ENERGIES[name]
    assert dict(spent.terms) == pytest.approx(derived, rel=1e-12)
    assert spent.total_pj == pytest.approx(sum(ENERGIES[name].values()), rel=1e-12)


def test_the_derivations_use_neither_the_engine_nor_the_cost_model() -> None:
    code = (
        "import sys, tests.derived.programs, tests.derived.energies; "
        "print([m for m in sys.modules if '.engine' in m or '.cost' in m])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
