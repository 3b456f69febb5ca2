"""Does the self-test run, and does it notice a tier that is wrong?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.analysis import selftest as module
from qpim_emu.analysis.selftest import selftest
from qpim_emu.engine.run import RunResult, Tier, run_layer
from qpim_emu.errors import MismatchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.hardware import Spec


def test_compares_layers() -> None:
    done = selftest(seconds=0.5)
    assert done.layers >= 1
    assert done.macs > 0


def count_a_read(run: RunResult) -> None:
    run.counters.bank["rd"][0, 0] += 1


def change_a_word(run: RunResult) -> None:
    image = run.image[min(run.image.vaults)]
    image.words[np.flatnonzero(image.written)[0]] ^= 1


def change_an_output(run: RunResult) -> None:
    run.outputs.flat[-1] += 1


def change_an_accumulator(run: RunResult) -> None:
    run.accumulators.flat[-1] += 1


@pytest.mark.parametrize(
    ("change", "tiers", "message"),
    [
        (count_a_read, [Tier.FAST], "counters of literal and fast"),
        (change_a_word, [Tier.FAST], "bank images of literal and fast"),
        (change_an_output, [Tier.FAST], "outputs of literal and fast"),
        (change_an_accumulator, [Tier.FAST], "accumulators of literal and fast"),
        (change_an_output, list(Tier), "outputs must equal the oracle's"),
        (change_an_accumulator, list(Tier), "accumulators must equal the oracle's"),
    ],
)
def test_notices_a_difference(
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[RunResult], None],
    tiers: list[Tier],
    message: str,
) -> None:
    def wrong(layer: Any, codes: Any, *, spec: Spec, tier: Tier) -> RunResult:  # noqa: ANN401
        run = run_layer(layer, codes, spec=spec, tier=tier)
        if tier in tiers:
            change(run)
        return run

    monkeypatch.setattr(module, "run_layer", wrong)
    with pytest.raises(MismatchError, match=message):
        selftest(seconds=0)
