"""Are programs and counters that runs share safe from one run changing them for the next?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.engine.run import count_layer, plan_layer
from qpim_emu.engine.structure import count_plan
from qpim_emu.engine.structure.planes import known_counters
from qpim_emu.hardware import PAPER, TOY
from qpim_emu.mapping import keeping
from qpim_emu.mapping.keeping import Keeper
from qpim_emu.mapping.programs import forget
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
    known_counters.forget()
    forget()
    again = plan_layer(layer_of(), SHAPE, spec=TOY)
    assert again.programs is not plan.programs
    assert not kept.differences(count_plan(again))


def test_large_programs_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEPT_PLANES", 100)
    shape = (keeping.KEPT_PLANES // PAPER.vaults + 1, *SHAPE[1:])
    one, other = (plan_layer(layer_of(), shape, spec=PAPER) for _ in range(2))
    assert one.programs is not other.programs
    assert not count_plan(one).differences(count_plan(other))


def test_the_last_used_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEPT_PLANES", 300)
    keeper: Keeper[int] = Keeper()
    made: list[str] = []

    def find(key: str, planes: int) -> int:
        return keeper.find(key, lambda: made.append(key) or len(made), planes=planes)  # type: ignore[func-returns-value]

    assert [find("a", 100), find("b", 100), find("a", 100)] == [1, 2, 1]
    assert find("c", 200) == 3  # b has to go
    assert [find("a", 100), find("c", 200), find("b", 100)] == [1, 3, 4]
    assert [find("large", 301), find("large", 301)] == [5, 6]
    assert keeper.planes == 300
    assert made == ["a", "b", "c", "b", "large", "large"]
