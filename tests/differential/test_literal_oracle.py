"""Does the literal tier give what the oracle says: accumulators, outputs, overflows, clamps?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.engine.run import RunResult, Tier, plan_layer, run_layer
from qpim_emu.errors import AccumulatorOverflowError
from qpim_emu.hardware import TOY
from qpim_emu.mapping import Mapping
from qpim_emu.oracle import reference
from qpim_emu.testing.strategies import KINDS, Case, cases
from qpim_emu.workload.accumulator import Overflow
from qpim_emu.workload.layers import Linear
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.oracle import Reference


def expected(case: Case) -> Reference:
    """The oracle's results, in the order in which the mapping adds."""
    plan = plan_layer(case.layer, case.codes.shape, spec=case.spec, mapping=case.mapping)
    return reference(case.layer, case.codes, groups=plan.word_groups)


def run(case: Case) -> RunResult:
    """The literal tier's results."""
    return run_layer(
        case.layer, case.codes, spec=case.spec, mapping=case.mapping, tier=Tier.LITERAL
    )


def assert_equal(case: Case) -> None:
    """Compare everything the oracle knows."""
    oracle = expected(case)
    result = run(case)
    np.testing.assert_array_equal(result.accumulators, oracle.accumulators)
    np.testing.assert_array_equal(result.outputs, oracle.outputs)
    assert result.counters.total("overflows") == oracle.overflows
    assert result.counters.total("clamped") == oracle.clamped


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_wrapping_layers(kind: str, data: st.DataObject) -> None:
    assert_equal(data.draw(cases(kinds=[kind], policies=[Overflow.WRAP], max_macs=400)))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_saturating_layers_in_the_order_of_their_mapping(kind: str, data: st.DataObject) -> None:
    assert_equal(data.draw(cases(kinds=[kind], policies=[Overflow.SATURATE], max_macs=300)))


@given(case=cases(policies=[Overflow.TRAP], max_macs=300))
def test_trapping_layers_name_the_same_output(case: Case) -> None:
    trapped = trap_of(expected, case)
    if trapped is None:
        assert_equal(case)
    else:
        assert trap_of(run, case) == trapped


def trap_of(function: Callable[[Case], object], case: Case) -> tuple[int, int, int, int] | None:
    """Image, filter, pixel and total that a function traps with, if it does."""
    try:
        function(case)
    except AccumulatorOverflowError as error:
        return named(error)
    return None


def test_nothing_shifted_left_by_more_than_a_register() -> None:
    # The oracle once chose 64 bits for 0 * 2**128.
    layer = Linear(
        weights=[[0, 1]],
        weight_type="int2",
        activation_type="int4",
        requantize=Requantize(mode="shift", shift=-128, low=-8, high=7),
    )
    for code, expected in ((0, 0), (1, 7), (-1, -8)):
        codes = np.array([[5, code]])
        case = Case(layer=layer, codes=codes, spec=TOY, mapping=Mapping())
        assert_equal(case)
        assert run(case).outputs.tolist() == [[expected]]


def named(error: AccumulatorOverflowError) -> tuple[int, int, int, int]:
    """Image, filter, pixel and total that a message of either side names."""
    message = str(error)
    fields = [r"(?:n=|image )(\d+)", r"(?:m=|filter )(\d+)", r"pixel[ =](\d+)", r"got (-?\d+)"]
    image, filter_, pixel, total = (int(re.findall(field, message)[0]) for field in fields)
    return image, filter_, pixel, total
