"""Would the tests notice? Each of these planted bugs must make the tests named beside it fail."""

from __future__ import annotations

import re
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeAlias

import pytest

from tests.mutants import of_arithmetic, of_mapping, of_reads, of_time
from tests.mutants.harness import Mutant, Search, mutated, run_tests, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

GATE: tuple[Mutant, ...] = (*of_arithmetic.GATE, *of_reads.GATE, *of_mapping.GATE, *of_time.GATE)
EXTENDED: tuple[Mutant, ...] = (
    *of_arithmetic.EXTENDED,
    *of_reads.EXTENDED,
    *of_mapping.EXTENDED,
    *of_time.EXTENDED,
)
AT_ONCE = 2
ALL_S = 900
TESTS_FAILED = 1

Outcome: TypeAlias = "Future[tuple[int, str]]"


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Outcome]]:
    """Start every selected mutant, two at a time; tests wait for their own."""
    folder = tmp_path_factory.mktemp("mutants")
    source = snapshot(folder / "source")
    selected = {item.name for item in request.session.items if item.path == request.path}
    chosen = [m for m in (*GATE, *EXTENDED) if f"test_mutant_is_killed[{m.name}]" in selected]
    searches = [s for s in Search if f"test_the_unchanged_copy_passes[{s}]" in selected]
    killers = sorted({killer for mutant in chosen for killer in mutant.killers})
    started: dict[str, Outcome] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for search in searches:
            started[search] = pool.submit(
                run_tests, source, killers, longest_s=ALL_S, search=search
            )
        for mutant in chosen:
            place = folder / re.sub(r"\W+", "-", mutant.name)
            started[mutant.name] = pool.submit(run_mutant, source, place, mutant)
        yield started


def run_mutant(source: Path, folder: Path, mutant: Mutant) -> tuple[int, str]:
    """Run the killers of a mutant on a copy that has it."""
    return run_tests(mutated(source, folder, mutant), mutant.killers)


@pytest.mark.parametrize(
    "mutant",
    [
        *(pytest.param(mutant, id=mutant.name) for mutant in GATE),
        *(pytest.param(m, id=m.name, marks=pytest.mark.extended) for m in EXTENDED),
    ],
)
def test_mutant_is_killed(mutant: Mutant, outcomes: Mapping[str, Outcome]) -> None:
    status, output = outcomes[mutant.name].result()
    assert status == TESTS_FAILED, output
    assert re.search(r"\d+ failed", output) or output == "timed out", output


@pytest.mark.parametrize(
    "search", [Search.BRIEF, pytest.param(Search.UNSHRUNK, marks=pytest.mark.extended)]
)
def test_the_unchanged_copy_passes(search: Search, outcomes: Mapping[str, Outcome]) -> None:
    # The copy is what is tested here; of the same code, the gate runs the whole search anyway.
    status, output = outcomes[search].result()
    assert status == 0, output


def test_mutants_have_their_own_names() -> None:
    names = [mutant.name for mutant in (*GATE, *EXTENDED)]
    assert len(set(names)) == len(names)
