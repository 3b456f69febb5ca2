"""Runs one case on several tiers and compares everything they give."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.engine.run import RunResult, Tier, count_layer, run_layer
from qpim_emu.errors import AccumulatorOverflowError

if TYPE_CHECKING:
    from qpim_emu.testing.strategies import Case
    from qpim_emu.typing import IntArray

__all__ = ["assert_same", "compare_tiers", "run_case"]


def run_case(case: Case, tier: Tier, homes: IntArray | None = None) -> RunResult:
    """Run a case on one tier."""
    return run_layer(
        case.layer, case.codes, spec=case.spec, mapping=case.mapping, tier=tier, homes=homes
    )


def assert_same(one: RunResult, other: RunResult) -> None:
    """Outputs, accumulators, bank image, every counter and cycles must be equal."""
    np.testing.assert_array_equal(one.accumulators, other.accumulators)
    np.testing.assert_array_equal(one.outputs, other.outputs)
    assert one.counters.differences(other.counters) == {}
    assert one.cycles == other.cycles
    assert one.image.equals(other.image)


def compare_tiers(case: Case, homes: IntArray | None = None) -> RunResult | None:
    """Compare literal, fast and count; returns the result, or None where the layer trapped."""
    try:
        literal = run_case(case, Tier.LITERAL, homes)
    except AccumulatorOverflowError as trapped:
        with pytest.raises(AccumulatorOverflowError, match=f"^{re.escape(str(trapped))}$"):
            run_case(case, Tier.FAST, homes)
        return None
    assert_same(literal, run_case(case, Tier.FAST, homes))
    counted = count_layer(
        case.layer, np.shape(case.codes), spec=case.spec, mapping=case.mapping, homes=homes
    )
    assert literal.counters.structural().differences(counted) == {}
    return literal
