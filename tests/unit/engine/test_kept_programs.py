"""Are programs and counters that runs share safe from one run changing them for the next?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.engine.run import count_layer, plan_layer
from qpim_emu.engine.structure import count_plan
from qpim_emu.engine.structure.planes import find_counters
from qpim_emu.hardware import PAPER, TOY
from qpim_emu.mapping.programs import KEPT_PLANES, forget
from qpim_emu.workload.layers import Conv2d

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec

SHAPE = (1, 3, 5, 6)


def layer_of(bits: int = 4) -> Conv2d:
    """A small convolution."""
    weights = np.zeros((5, 3, 2, 2), np.int64)
    return Conv2d(weights=weights, weight_type=f"int{bits}", activation_type=f"int{bits}")


def test_plans_of_one_shape_share_their_programs() -> None:
    one, other = (plan_layer(layer_of(bits), SHAPE, spec=TOY) for bits in (4, 8))
    assert one.programs is other.programs


@pytest.mark.parametrize("spec", [TOY.replace(vaults=3), TOY.replace(filters_per_pass=2)])
def test_another_machine_has_programs_of_its_own(spec: Spec) -> None:
    one, other = (plan_layer(layer_of(), SHAPE, spec=machine) for machine in (TOY, spec))
    assert one.programs is not other.programs


def test_counters_are_the_callers_to_change() -> None:
    plan = plan_layer(layer_of(), SHAPE, spec=TOY)
    expected = count_plan(plan).totals()
    spoilt = count_plan(plan)
    for table in (spoilt.bank, spoilt.vault, spoilt.macs):
        for count in table.values():
            np.add(count, 1, out=count)
    assert count_plan(plan).totals() == expected


def test_counters_of_one_program_differ_by_window() -> None:
    narrow, wide = (count_layer(layer_of(bits), SHAPE, spec=TOY) for bits in (4, 16))
    assert narrow.total("enabled") * 4 == wide.total("enabled")
    assert narrow.macs.keys() == {(4, 4)}


def test_counting_afresh_gives_the_same() -> None:
    plan = plan_layer(layer_of(), SHAPE, spec=TOY)
    kept = count_plan(plan)
    find_counters.cache_clear()
    forget()
    again = plan_layer(layer_of(), SHAPE, spec=TOY)
    assert again.programs is not plan.programs
    assert not kept.differences(count_plan(again))


def test_large_programs_are_not_kept() -> None:
    shape = (KEPT_PLANES // PAPER.vaults + 1, *SHAPE[1:])
    one, other = (plan_layer(layer_of(), shape, spec=PAPER) for _ in range(2))
    assert one.programs is not other.programs
    assert not count_plan(one).differences(count_plan(other))
