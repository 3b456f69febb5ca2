"""Self-test: random layers through every tier and the oracle, for a while."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.analysis.reference import reference
from qpim_emu.engine.run import RunResult, Tier, run_layer
from qpim_emu.errors import MismatchError
from qpim_emu.hardware.presets import PAPER, TOY
from qpim_emu.workload.generators import Case, random_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.hardware.spec import Spec

__all__ = ["SelfTest", "selftest"]

LARGER_TOY = TOY.replace(bank_bytes=1 << 16, name="toy")


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """What a self-test did: layers compared and multiply-accumulates executed per tier."""

    layers: int
    macs: int


def selftest(
    *, seconds: float, seed: int = 0, progress: Callable[[float], None] | None = None
) -> SelfTest:
    """Compare the literal and the fast tier with each other and with the oracle.

    Parameters
    ----------
    seconds
        How long to go on; at least one layer runs.
    seed
        Seed of the layers.
    progress
        Called with the seconds spent after every layer.

    Raises
    ------
    MismatchError
        Naming the number of the first layer on which they differ.
    """
    rng = np.random.default_rng(seed)
    started, layers, macs = time.monotonic(), 0, 0
    while layers == 0 or time.monotonic() - started < seconds:
        case = random_case(rng)
        spec = (PAPER, LARGER_TOY)[layers % 2]
        macs += compare(case, spec, number=layers, seed=seed)
        layers += 1
        if progress:
            progress(time.monotonic() - started)
    return SelfTest(layers=layers, macs=macs)


def compare(case: Case, spec: Spec, *, number: int, seed: int) -> int:
    """Run a layer every way; return its multiply-accumulates."""
    slow, fast = (
        run_layer(case.layer, case.codes, spec=spec, tier=tier)
        for tier in (Tier.LITERAL, Tier.FAST)
    )
    oracle = reference(case.layer, case.codes, spec=spec)
    where = f"layer {number} of self-test {seed} on {spec.name}"
    for what, differ in differences(slow, fast):
        if differ:
            msg = f"{what} of literal and fast must be equal, got a difference in {where}"
            raise MismatchError(msg)
    for what, mine, theirs in (
        ("outputs", slow.outputs, oracle.outputs),
        ("accumulators", slow.accumulators, oracle.accumulators),
    ):
        if not np.array_equal(mine, theirs):
            msg = f"{what} must equal the oracle's, got a difference in {where}"
            raise MismatchError(msg)
    return slow.counters.total("macs")


def differences(slow: RunResult, fast: RunResult) -> list[tuple[str, bool]]:
    """What two tiers must agree on, and whether they do not."""
    return [
        ("outputs", not np.array_equal(slow.outputs, fast.outputs)),
        ("accumulators", not np.array_equal(slow.accumulators, fast.accumulators)),
        ("counters", bool(slow.counters.differences(fast.counters))),
        ("bank images", not slow.image.equals(fast.image)),
    ]
