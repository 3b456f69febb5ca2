"""Is a difference of rounding told from a bug?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import pytest

from qpim_emu.crosscheck.inputs import seeded_batch
from qpim_emu.workload.requantize import Requantize
from tests.crosscheck.fakes import (
    Element,
    FakeOracle,
    check,
    one_layer,
    small_model,
    small_network,
)


@dataclass
class Near:
    """Reals that are all the same way from where their code changes; odd accumulators another."""

    even: Fraction
    odd: Fraction | None = None

    def __call__(self, accumulator: int, *, filter: int) -> Fraction:  # noqa: A002 - the protocol's
        return Fraction(accumulator + filter)

    def distance(self, accumulator: int, *, filter: int) -> Fraction:  # noqa: A002 - likewise
        assert filter == 1
        return self.even if self.odd is None or accumulator % 2 == 0 else self.odd


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ({}, {"mode": "f_even_zp_in"}, "at ties: agrees under mode f_even_zp_in"),
        ({}, {"mode": "f64_away"}, "at ties: agrees under mode f64_away"),
        (
            {"mode": "shift", "scale": None, "shift": 3, "rounding": "half_up"},
            {"mode": "shift", "scale": None, "shift": 3, "rounding": "half_away"},
            "at ties: agrees under rounding half_away",
        ),
        ({}, {"scale": 0.12}, "no other mode or preset explains it"),
        ({}, {"scale": 0.125 * (1 - 2**-20)}, "explains it, sums in float32 may"),
    ],
)
def test_rounding_is_told_from_a_bug(
    ours: dict[str, object], theirs: dict[str, object], said: str
) -> None:
    result = check(small_model(**ours), FakeOracle(small_network(**theirs)), images=8)
    found = result.nodes["conv"].forced
    assert found.wrong
    assert said in found.remark
    if "ties" in said:
        assert found.largest == 1
        assert found.remark.startswith(f"all {found.wrong} differ by one")
        near = found.shown[0].nearness
        assert near is not None
        assert near.distance == 0


def test_sums_that_differ_are_no_rounding() -> None:
    model = one_layer(Requantize())
    oracle = FakeOracle(model.network, flips={"conv": [(0, 0, 0, 0)]})
    found = check(model, oracle).nodes["conv"].forced
    wanted = "it differs by one: nothing is requantized, so the sums themselves differ"
    assert found.remark == wanted


def test_the_largest_difference_and_the_farthest_tie_are_told() -> None:
    model = one_layer(Requantize(mode="shift", shift=4, rounding="half_up", low=-128, high=127))
    clean = FakeOracle(model.network).run(seeded_batch(model, images=2, seed=1).inputs)["conv"]
    wrong: dict[Element, int] = {
        (0, 0, y, x): int(clean[0, 0, y, x]) + y + 1 for y in range(4) for x in range(6)
    }
    found = check(model, FakeOracle(model.network, codes={"conv": wrong}), show=24)
    forced = found.nodes["conv"].forced
    assert forced.largest == 4
    distances = [one.nearness.distance for one in forced.shown if one.nearness is not None]
    assert len(distances) == 24
    assert f"all 24 differ by at most 4, within {float(max(distances)):.2g} of a tie" in (
        forced.remark
    )


def test_filters_are_near_by_their_own_constants() -> None:
    scales = [0.5, 0.25, 0.125, 0.0625]
    model = one_layer(Requantize(mode="f64_away", scale=scales, low=-128, high=127))
    oracle = FakeOracle(model.network, flips={"conv": [(0, m, 0, 0) for m in range(4)]})
    shown = check(model, oracle, show=4).nodes["conv"].forced.shown
    for one, scale in zip(shown, scales, strict=True):
        assert one.nearness is not None
        assert one.nearness.value == one.accumulator * Fraction(scale)  # type: ignore[operator]


def test_thresholds_of_reals_tell_float32_from_a_bug_element_by_element() -> None:
    unit = Requantize(mode="multithreshold", thresholds=[-9, 0, 9], offset=-1)
    flips: list[Element] = [(0, 1, 0, x) for x in range(5)]
    for near, said in (
        (Fraction(1, 1 << 30), "float32 rounding of the other engine"),
        (Fraction(1, 4), "no other mode or preset explains it"),
    ):
        model = replace(one_layer(unit), real={"conv": Near(near)})
        forced = check(model, FakeOracle(model.network, flips={"conv": flips})).nodes["conv"].forced
        assert [one.element for one in forced.shown] == flips
        assert forced.largest == 1
        assert said in forced.remark
    model = replace(one_layer(unit), real={"conv": Near(Fraction(1, 1 << 30), odd=Fraction(1, 4))})
    clean = FakeOracle(model.network).run(seeded_batch(model, images=2, seed=1).inputs)
    assert clean["conv"].shape == (5, 4, 4, 6)
    forced = check(model, FakeOracle(model.network, flips={"conv": flips})).nodes["conv"].forced
    assert {one.accumulator % 2 for one in forced.shown if one.accumulator is not None} == {0, 1}
    assert "no other mode or preset explains it" in forced.remark
