"""Is the machine's requantize unit, on integers and on arrays, what the oracle defines?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.oracle.requantize import output_code
from tests.oracles.cases import MODES, WIDEST, accumulators_near_ties, requantizations


@pytest.mark.parametrize("mode", MODES)
@given(data=st.data())
def test_unit_equals_oracle(mode: str, data: st.DataObject) -> None:
    filters = data.draw(st.integers(1, 3))
    unit = data.draw(requantizations(mode=mode, filters=filters))
    values = accumulators_near_ties(unit, WIDEST.get(mode, 64))
    row = st.lists(values, min_size=filters, max_size=filters)
    rows = data.draw(st.lists(row, min_size=1, max_size=6))
    expected = [[output_code(unit, a, m) for m, a in enumerate(held)] for held in rows]
    one_by_one = [[unit.apply(a, filters=m) for m, a in enumerate(held)] for held in rows]
    assert one_by_one == expected
    codes, clamped = unit.apply(np.array(rows, dtype=np.int64), filters=slice(None))
    assert codes.dtype == np.int64
    assert codes.tolist() == [[code for code, _ in held] for held in expected]
    assert clamped.tolist() == [[changed for _, changed in held] for held in expected]
