"""Do array accumulators wrap, clip and prove like Python integers, at every width?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.arith.formats import Int
from qpim_emu.engine.fast.kernels.saturating import add_clipped
from qpim_emu.engine.fast.registers import can_leave, wrap_totals
from qpim_emu.testing.strategies import cornered

SUMS = cornered(-(1 << 62), 1 << 62)


@given(data=st.data(), bits=st.sampled_from([8, 9, 31, 32, 48, 63, 64]))
def test_totals_wrap_as_integers_do(data: st.DataObject, bits: int) -> None:
    register = Int(bits)
    pairs = data.draw(
        st.lists(st.tuples(SUMS, cornered(register.min, register.max)), min_size=1, max_size=20)
    )
    sums, biases = np.array(pairs, np.int64).T
    values, outside = wrap_totals(sums, biases, register)
    totals = [a + b for a, b in pairs]
    assert values.tolist() == [register.wrap(total) for total in totals]
    assert outside.tolist() == [not register.contains(total) for total in totals]


@given(data=st.data(), bits=st.sampled_from([8, 32, 63, 64]))
def test_an_addition_clips_as_integers_do(data: st.DataObject, bits: int) -> None:
    register = Int(bits)
    held = data.draw(cornered(register.min, register.max))
    amount = data.draw(cornered(-(1 << 53), 1 << 53))
    value, clipped = add_clipped(held, np.int64(amount), register.min, register.max)
    assert value == register.saturate(held + amount)
    assert clipped == int(not register.contains(held + amount))


@pytest.mark.parametrize(
    ("steps", "biases", "leaves"),
    [
        ([[100, 27]], (0, 0), False),
        ([[100, 28]], (0, 0), True),  # at the last step
        ([[128, -50]], (0, 0), True),  # on the way only
        ([[-128, 50]], (0, 0), False),
        ([[-129, 50]], (0, 0), True),
        ([[5, -5]], (-3, 122), False),
        ([[5, -5]], (-3, 123), True),
    ],
)
def test_no_step_leaves_where_that_is_proven(
    steps: list[list[int]],
    biases: tuple[int, int],
    leaves: bool,  # noqa: FBT001 - expected value
) -> None:
    exact = np.array(steps, np.float64)
    assert can_leave(Int(8), least=exact, most=exact, biases=biases).tolist() == [leaves]
