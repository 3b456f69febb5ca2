"""Are times turned into cycles exactly, and is everything that is no time refused?"""

from __future__ import annotations

import re
from dataclasses import astuple, replace
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.errors import SpecError
from qpim_emu.hardware import PAPER, TOY, Cycles, Timing


def make(**times: object) -> Timing:
    """TOY's timing with some times replaced, in whatever type they are given."""
    changes: dict[str, Any] = times
    return replace(TOY.timing, **changes)


def test_paper_cycles_by_hand() -> None:
    # 10.2/0.8 = 12.75, 9.9/0.8 = 12.375, 7.7/0.8 = 9.625, 21.6/0.8 = 27, 4.9/0.8 = 6.125,
    # 8/0.8 = 10, 3.2/0.8 = 4, 19.2/0.8 = 24, 59/0.8 = 73.75, 3900/0.8 = 4875
    assert PAPER.timing.cycles == Cycles(
        rcd=13, cl=13, rp=10, ras=27, rtp=7, wr=10, rrd=4, faw=24, ccd=4, rfc=74, refi=4875
    )
    assert PAPER.timing.cycles.read_latency == 17
    assert PAPER.timing.cycles.write_recovery == 27


def test_toy_cycles_are_its_nanoseconds() -> None:
    assert astuple(TOY.timing.cycles) == (3, 3, 2, 6, 1, 2, 1, 6, 1, 10, 200)
    assert (TOY.timing.cycles.read_latency, TOY.timing.cycles.write_recovery) == (4, 6)


@pytest.mark.parametrize("value", [2.4, "2.4", Decimal("2.4"), Decimal("2.40")], ids=repr)
def test_every_spelling_of_a_time_is_the_same_time(value: object) -> None:
    timing = make(tck_ns=0.8, trcd_ns=value)
    assert timing.trcd_ns == Decimal("2.4")
    assert timing.cycles.rcd == 3
    assert timing == make(tck_ns="0.8", trcd_ns="2.4")
    assert hash(timing) == hash(make(tck_ns="0.8", trcd_ns="2.4"))


def test_an_exact_multiple_is_not_rounded_up() -> None:
    # the floating-point quotients are 12.000000000000002 and 7.000000000000001
    assert make(tck_ns=0.7, trcd_ns=8.4).cycles.rcd == 12
    assert make(tck_ns=0.3, trcd_ns=2.1).cycles.rcd == 7


def test_a_time_longer_than_the_decimal_context_is_still_exact() -> None:
    with localcontext(prec=3):
        timing = make(tck_ns="1", trefi_ns="200.0000000000000000000000000000000001")
    assert timing.cycles.refi == 201


def test_integers_are_accepted_and_kept_as_decimals() -> None:
    assert make(trcd_ns=4).trcd_ns == Decimal(4)
    assert isinstance(make(trcd_ns=4).trcd_ns, Decimal)


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        "nan",
        float("nan"),
        "sNaN",
        "inf",
        "1e10",
        "1e-7",
        "fast",
        "",
        None,
        True,
        [3],
        "1e9999999",
    ],
    ids=repr,
)
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(
        SpecError, match=r"^timing\.trcd_ns must be a number of nanoseconds in 1e-6"
    ):
        make(trcd_ns=value)


def test_all_bad_times_are_reported_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        make(tck_ns=0, tras_ns="slow", trfc_ns=-3)
    assert caught.value.problems == (
        "timing.tck_ns must be a number of nanoseconds in 1e-6..1e9, got 0",
        "timing.tras_ns must be a number of nanoseconds in 1e-6..1e9, got slow",
        "timing.trfc_ns must be a number of nanoseconds in 1e-6..1e9, got -3",
    )


def test_the_limits_themselves_are_times() -> None:
    assert make(tck_ns="1e-6", trcd_ns="1e9").cycles.rcd == 10**15


def test_replace_counts_the_cycles_again() -> None:
    assert replace(PAPER.timing, trcd_ns=Decimal("10.5")).cycles.rcd == 14
    with pytest.raises((TypeError, ValueError), match=re.compile("cycles")):
        replace(PAPER.timing, cycles=TOY.timing.cycles)


@given(
    time=st.decimals(min_value="0.001", max_value=10000, places=3),
    clock=st.decimals(min_value="0.001", max_value=100, places=3),
)
def test_cycles_are_the_least_number_that_lasts_long_enough(time: Decimal, clock: Decimal) -> None:
    count = make(tck_ns=clock, trcd_ns=time).cycles.rcd
    assert (count - 1) * Fraction(clock) < Fraction(time) <= count * Fraction(clock)
