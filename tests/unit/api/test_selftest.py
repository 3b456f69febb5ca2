"""Does the self-test run, and does it notice a tier that is wrong?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qpim_emu.analysis import selftest as module
from qpim_emu.analysis.selftest import selftest
from qpim_emu.errors import MismatchError

if TYPE_CHECKING:
    from qpim_emu.engine.run import RunResult


def test_compares_layers() -> None:
    done = selftest(seconds=0.5)
    assert done.layers >= 1
    assert done.macs > 0


def test_notices_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(slow: RunResult, fast: RunResult) -> list[tuple[str, bool]]:
        fast.counters.bank["rd"][0, 0] += 1
        return [("counters", bool(slow.counters.differences(fast.counters)))]

    monkeypatch.setattr(module, "differences", wrong)
    with pytest.raises(MismatchError, match="counters of literal and fast must be equal"):
        selftest(seconds=0)
