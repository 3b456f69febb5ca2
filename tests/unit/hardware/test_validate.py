"""Is every mistake in a machine reported, by field name, all at once and each only once?"""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest

from qpim_emu.errors import SpecError
from qpim_emu.hardware import TOY, Source, Spec
from qpim_emu.hardware.validate import CHOICES, INTEGERS, find_problems


def problems_of(**changes: object) -> tuple[str, ...]:
    """List what a TOY with these fields is refused for; nothing if it is a machine."""
    values: dict[str, Any] = changes
    try:
        replace(TOY, **values)
    except SpecError as error:
        return error.problems
    return ()


def timing_problems(**times: object) -> tuple[str, ...]:
    """List what a TOY with these times is refused for."""
    values: dict[str, Any] = times
    return problems_of(timing=replace(TOY.timing, **values))


def test_every_field_is_covered_by_a_check() -> None:
    special = {"name", "timing", "sources"}
    assert {item.name for item in fields(Spec)} == {*INTEGERS, *CHOICES} | special


@pytest.mark.parametrize("name", sorted(INTEGERS))
@pytest.mark.parametrize("value", [-1, True, 1.0, "1", None, 10**30], ids=repr)
def test_integer_fields_refuse_what_is_no_sound_integer(name: str, value: object) -> None:
    (problem,) = problems_of(**{name: value})
    limits = f"{INTEGERS[name].start}..{INTEGERS[name].stop - 1}"
    assert problem == f"{name} must be an integer in {limits}, got {value!r}"


@pytest.mark.parametrize("name", sorted(set(INTEGERS) - {"look_ahead"}))
def test_integer_fields_but_look_ahead_refuse_zero(name: str) -> None:
    assert len(problems_of(**{name: 0})) == 1
    assert problems_of(look_ahead=0) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"word_bits": 18}, ["word_bits must be an integer in 2..16, got 18"]),
        (
            {"word_bits": 7},
            [
                "word_bits must be even, got 7",
                "block_bytes must hold whole words of word_bits (7), got 8",
            ],
        ),
        ({"word_bits": 12}, ["block_bytes must hold whole words of word_bits (12), got 8"]),
        (
            {"row_bytes": 36},
            [
                "row_bytes must be a multiple of block_bytes (8), got 36",
                "bank_bytes must be a multiple of row_bytes (36), got 4096",
            ],
        ),
        ({"bank_bytes": 4100}, ["bank_bytes must be a multiple of row_bytes (32), got 4100"]),
        ({"max_blocks_per_read": 3}, ["max_blocks_per_read must be 1, 2 or 4, got 3"]),
        ({"max_blocks_per_read": 8}, ["max_blocks_per_read must be an integer in 1..4, got 8"]),
        (
            {"word_bits": 2, "max_blocks_per_read": 4},
            ["max_blocks_per_read must be at most word_bits (2), got 4"],
        ),
        ({"gate_granularity": 3}, ["gate_granularity must be 1, 2, 4, 8 or 16, got 3"]),
        (
            {"word_bits": 8, "gate_granularity": 16},
            ["gate_granularity must divide word_bits (8), got 16"],
        ),
        (
            {"pe_buffer_words": 11, "filters_per_pass": 3},
            ["pe_buffer_words must hold a block for each of filters_per_pass (3), got 11"],
        ),
        ({"max_accumulator_bits": 7}, ["max_accumulator_bits must be an integer in 8..64, got 7"]),
        (
            {"max_accumulator_bits": 65},
            ["max_accumulator_bits must be an integer in 8..64, got 65"],
        ),
        ({"partner_rule": "nearest"}, ["partner_rule must be one of aligned, next, got 'nearest'"]),
        ({"row_policy": 1}, ["row_policy must be one of open, closed, got 1"]),
        ({"name": ""}, ["name must be a string that is not empty, got ''"]),
        ({"timing": None}, ["timing must be a Timing, got None"]),
        ({"sources": None}, ["sources must be a tuple of Source, got None"]),
        ({"sources": [1]}, ["sources[0] must be a Source, got 1"]),
    ],
    ids=str,
)
def test_each_rule_names_its_field_and_value(
    changes: dict[str, object], expected: list[str]
) -> None:
    assert problems_of(**changes) == tuple(expected)


@pytest.mark.parametrize(
    "changes",
    [
        {"word_bits": 2, "max_blocks_per_read": 2},
        {"word_bits": 6, "block_bytes": 3, "row_bytes": 6, "bank_bytes": 18},
        {"word_bits": 16, "gate_granularity": 16},
        {"word_bits": 4, "max_blocks_per_read": 4, "gate_granularity": 4},
        {"pe_buffer_words": 12, "filters_per_pass": 3},
        {"max_accumulator_bits": 8},
        {"block_bytes": 32, "row_bytes": 32, "bank_bytes": 32},
    ],
    ids=str,
)
def test_values_at_the_edge_of_the_rules_are_machines(changes: dict[str, object]) -> None:
    assert problems_of(**changes) == ()


def test_the_sum_of_the_times_must_be_less_than_the_refresh_interval() -> None:
    # TOY's other times add up to 35 cycles
    assert timing_problems(trefi_ns=36) == ()
    assert timing_problems(trefi_ns=35) == (
        "timing.trefi_ns must exceed the sum of the other times in cycles, got 35 cycles",
    )


def test_the_window_of_four_activations_is_bounded() -> None:
    # 3 x 1 + 6 + 2 = 11
    assert timing_problems(tfaw_ns=11) == ()
    assert timing_problems(tfaw_ns=12) == (
        "timing.tfaw_ns must be at most 3 tRRD + tRAS + tRP = 3 x 1 + 6 + 2 cycles, got 12 cycles",
    )


def test_the_distance_of_activations_is_bounded() -> None:
    assert timing_problems(trrd_ns=8) == ()
    assert timing_problems(trrd_ns=Decimal("8.01")) == (
        "timing.trrd_ns must be at most tRAS + tRP = 6 + 2 cycles, got 9 cycles",
    )


def test_everything_wrong_is_reported_at_once() -> None:
    timing = replace(TOY.timing, trefi_ns=Decimal(30), tfaw_ns=Decimal(12))
    source = TOY.sources[0]
    found = problems_of(
        name="",
        vaults=0,
        word_bits=7,
        row_bytes="32",
        max_blocks_per_read=3,
        partner_rule="odd",
        timing=timing,
        sources=(source, source, replace(source, field="colour")),
    )
    assert [problem.split()[0] for problem in found] == [
        "name",
        "vaults",
        "row_bytes",
        "partner_rule",
        "word_bits",
        "block_bytes",
        "max_blocks_per_read",
        "timing.trefi_ns",
        "timing.tfaw_ns",
        "sources[1].field",
        "sources[2].field",
    ]


def test_the_message_joins_the_problems() -> None:
    with pytest.raises(SpecError, match=r"^vaults must .*got 0; layers must .*got 0$"):
        replace(TOY, vaults=0, layers=0)


def test_absent_fields_are_not_judged() -> None:
    assert find_problems({}) == []
    assert find_problems({"word_bits": 7}) == ["word_bits must be even, got 7"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"provenance": "guessed"}, "provenance of a source must be one of published, derived"),
        ({"field": 3}, "field of a source must be a string, got 3"),
        ({"reference": None}, "reference of a source must be a string, got None"),
    ],
    ids=str,
)
def test_a_source_is_checked(changes: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {"field": "vaults", "unit": "1", "provenance": "assumed"}
    with pytest.raises(ValueError, match=message):
        Source(**{**good, "reference": "why not", **changes})
