"""Do operations beside the lanes read, write and cost the same in every tier?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu import PAPER, TOY, Spec
from qpim_emu.arith.formats import Format, Int, UInt
from qpim_emu.engine import literal
from qpim_emu.engine.fast.operation import execute_operation
from qpim_emu.engine.structure import count_dense_plan
from qpim_emu.mapping.dense import make_dense_plan
from qpim_emu.mapping.dense_image import place_dense
from qpim_emu.workload.operations import MaxPool2d

SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(2, 9), st.integers(2, 9))


@pytest.mark.parametrize(
    "spec",
    [
        PAPER,
        TOY,
        TOY.replace(partner_rule="next", row_policy="closed", max_blocks_per_read=4),
        TOY.replace(gate_granularity=4, vaults=3, look_ahead=0),
    ],
)
@given(
    shape=SHAPES,
    stored=st.sampled_from([Int(3), UInt(4), Int(8), UInt(9)]),
    seed=st.integers(0, 99),
)
def test_tiers_agree(spec: Spec, shape: tuple[int, ...], stored: Format, seed: int) -> None:
    codes = np.random.default_rng(seed).integers(stored.min, stored.max + 1, shape)
    pool = MaxPool2d(kernel=2)
    plan = make_dense_plan(
        inputs=[(shape, stored)],
        output=((shape[0], *pool.output_shape(shape[1:])), stored),
        spec=spec,
    )
    slow_image, fast_image = place_dense(plan, [codes]), place_dense(plan, [codes])
    slow, slow_counters = literal.execute_operation(pool, plan, slow_image)
    fast, fast_counters = execute_operation(pool, plan, fast_image)
    assert np.array_equal(slow, pool.compute(codes))
    assert np.array_equal(slow, fast)
    assert slow_image.equals(fast_image)
    assert slow_counters.differences(fast_counters) == {}
    assert slow_counters.structural().differences(count_dense_plan(plan)) == {}
