"""Do the committed packages notice a bug in any block of the RTL?"""

from __future__ import annotations

import re
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from golden.rtl.packages import GOLDEN
from golden.rtl.simulator import RTL, Simulator
from tests.rtl import of_lanes, of_reads, of_requantize
from tests.rtl.planted import Planted, planted_sources
from tests.rtl.tools import needs_iverilog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from golden.rtl.simulator import Run

PLANTED = (*of_reads.BUGS, *of_lanes.BUGS, *of_requantize.BUGS)
AT_ONCE = 2


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Run]]]:
    """Start every selected bug, two at a time; tests wait for their own."""
    folder = tmp_path_factory.mktemp("planted")
    selected = {item.name for item in request.session.items if item.path == request.path}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            planted.identity: pool.submit(replay_with, planted, folder)
            for planted in PLANTED
            if f"test_bug_is_noticed[{planted.identity}]" in selected
        }


def replay_with(planted: Planted, folder: Path) -> Run:
    """Replay the package that must notice a bug on sources that have it."""
    place = folder / re.sub(r"\W+", "-", planted.identity)
    simulator = Simulator(place, planted_sources(place / "rtl", planted))
    return simulator.replay_package(GOLDEN / "packages" / planted.package)


@needs_iverilog
@pytest.mark.parametrize("planted", PLANTED, ids=[planted.identity for planted in PLANTED])
def test_bug_is_noticed(planted: Planted, outcomes: Mapping[str, Future[Run]]) -> None:
    run = outcomes[planted.identity].result()
    assert not run.agrees
    assert re.search(r"\.\w+:\d+: command \d+: .* must be .*, got ", run.output), run.output


def test_every_block_has_a_bug() -> None:
    blocks = {path.stem for path in RTL.glob("qpim_*.sv")} - {"qpim_pkg"}
    assert {planted.block for planted in PLANTED} == blocks


def test_bugs_have_their_own_names() -> None:
    assert len({planted.identity for planted in PLANTED}) == len(PLANTED)
