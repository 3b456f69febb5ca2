"""The one place that checks a whole machine; it reports every problem, by field name.

A value is checked on its own first (`INTEGERS`, `CHOICES`), then the rules between values whose
fields are all sound (`RULES`, `TIMING_RULES`), so that one mistake is reported once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING

from qpim_emu.arith.integers import is_integer
from qpim_emu.hardware.sources import Source
from qpim_emu.hardware.timing import Timing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["CHOICES", "INTEGERS", "RULES", "TIMING_RULES", "Rule", "find_problems"]

INTEGERS: Mapping[str, range] = {
    "vaults": range(1, 2**16 + 1),
    "layers": range(1, 2**10 + 1),
    "banks_per_layer": range(1, 2**10 + 1),
    "row_bytes": range(1, 2**20 + 1),
    "block_bytes": range(1, 2**16 + 1),
    "bank_bytes": range(1, 2**36 + 1),
    "word_bits": range(2, 16 + 1),
    "max_blocks_per_read": range(1, 4 + 1),
    "filters_per_pass": range(1, 2**16 + 1),
    "pe_buffer_words": range(1, 2**32 + 1),
    "max_accumulator_bits": range(8, 64 + 1),
    "gate_granularity": range(1, 16 + 1),
    "look_ahead": range(2**16 + 1),
}
"""Integer fields and their ranges; the large upper ends only keep addresses within int64."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "partner_rule": ("aligned", "next"),
    "row_policy": ("open", "closed"),
}
"""Fields that hold one of a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A relation that must hold between integer values.

    Parameters
    ----------
    field
        The field that the message blames; its value is what was "got".
    needs
        The other fields that the rule reads.
    holds
        Whether the values obey the rule.
    must
        The end of "field must ..."; ``{name}`` stands for the value of another field.
    """

    field: str
    needs: tuple[str, ...] = ()
    holds: Callable[[Mapping[str, int]], bool]
    must: str

    def check(self, values: Mapping[str, int]) -> str | None:
        """Describe how `values` break the rule; None if they obey it or it cannot be judged."""
        if not {self.field, *self.needs} <= values.keys() or self.holds(values):
            return None
        return f"must {self.must.format_map(values)}, got {values[self.field]}"


RULES = (
    Rule(
        field="word_bits",
        holds=lambda v: v["word_bits"] % 2 == 0,
        must="be even",
    ),
    Rule(
        field="row_bytes",
        needs=("block_bytes",),
        holds=lambda v: v["row_bytes"] % v["block_bytes"] == 0,
        must="be a multiple of block_bytes ({block_bytes})",
    ),
    Rule(
        field="bank_bytes",
        needs=("row_bytes",),
        holds=lambda v: v["bank_bytes"] % v["row_bytes"] == 0,
        must="be a multiple of row_bytes ({row_bytes})",
    ),
    Rule(
        field="block_bytes",
        needs=("word_bits",),
        holds=lambda v: v["block_bytes"] * 8 % v["word_bits"] == 0,
        must="hold whole words of word_bits ({word_bits})",
    ),
    Rule(
        field="max_blocks_per_read",
        holds=lambda v: v["max_blocks_per_read"] in {1, 2, 4},
        must="be 1, 2 or 4",
    ),
    Rule(
        field="max_blocks_per_read",
        needs=("word_bits",),
        holds=lambda v: v["max_blocks_per_read"] <= v["word_bits"],
        must="be at most word_bits ({word_bits})",
    ),
    Rule(
        field="gate_granularity",
        holds=lambda v: v["gate_granularity"] in {1, 2, 4, 8, 16},
        must="be 1, 2, 4, 8 or 16",
    ),
    Rule(
        field="gate_granularity",
        needs=("word_bits",),
        holds=lambda v: (
            v["gate_granularity"] not in {1, 2, 4, 8, 16}
            or v["word_bits"] % v["gate_granularity"] == 0
        ),
        must="divide word_bits ({word_bits})",
    ),
    Rule(
        field="pe_buffer_words",
        needs=("filters_per_pass", "block_bytes", "word_bits"),
        holds=lambda v: (
            v["pe_buffer_words"] >= v["filters_per_pass"] * (v["block_bytes"] * 8 // v["word_bits"])
        ),
        must="hold a block for each of filters_per_pass ({filters_per_pass})",
    ),
)
"""Rules between the integer fields."""

TIMING_RULES = (
    Rule(
        field="refi",
        holds=lambda c: 2 * c["refi"] > sum(c.values()),
        must="exceed the sum of the other times in cycles",
    ),
    Rule(
        field="faw",
        holds=lambda c: c["faw"] <= 3 * c["rrd"] + c["ras"] + c["rp"],
        must="be at most 3 tRRD + tRAS + tRP = 3 x {rrd} + {ras} + {rp} cycles",
    ),
    Rule(
        field="rrd",
        holds=lambda c: c["rrd"] <= c["ras"] + c["rp"],
        must="be at most tRAS + tRP = {ras} + {rp} cycles",
    ),
)
"""Rules between the times, in cycles; the vectorised schedules rely on them."""


def find_problems(values: Mapping[str, object]) -> list[str]:
    """List everything wrong with the field values of a machine.

    Parameters
    ----------
    values
        Field name to value. A field that is absent is not judged, so that a caller who could
        not even read it (a damaged ``[timing]`` table) still learns of all the others.

    Returns
    -------
    list of str
        One line per problem, ``<field> must <...>, got <value>``; empty for a valid machine.
    """
    return [
        *find_value_problems(values),
        *find_rule_problems(values),
        *find_timing_problems(values),
        *find_source_problems(values),
    ]


def is_sound(name: str, value: object) -> bool:
    """Whether `value` is an integer that field `name` may have."""
    return is_integer(value) and int(value) in INTEGERS[name]


def shown(value: object) -> str:
    """Value as its message shows it; decimals of a file as they stand there."""
    return str(value) if isinstance(value, Decimal) else repr(value)


def find_value_problems(values: Mapping[str, object]) -> Iterator[str]:
    """Check every value on its own."""
    if "name" in values and not (isinstance(values["name"], str) and values["name"]):
        yield f"name must be a string that is not empty, got {values['name']!r}"
    for name, allowed in INTEGERS.items():
        if name in values and not is_sound(name, values[name]):
            limits = f"{allowed.start}..{allowed.stop - 1}"
            yield f"{name} must be an integer in {limits}, got {shown(values[name])}"
    for name, choices in CHOICES.items():
        value = values.get(name)
        if name in values and not (isinstance(value, str) and value in choices):
            yield f"{name} must be one of {', '.join(choices)}, got {values[name]!r}"


def find_rule_problems(values: Mapping[str, object]) -> Iterator[str]:
    """Check the rules between the integers that are sound on their own."""
    sound = {
        name: int(value)
        for name, value in values.items()
        if name in INTEGERS and is_integer(value) and is_sound(name, value)
    }
    for rule in RULES:
        problem = rule.check(sound)
        if problem is not None:
            yield f"{rule.field} {problem}"


def find_timing_problems(values: Mapping[str, object]) -> Iterator[str]:
    """Check the rules between the times."""
    timing = values.get("timing")
    if not isinstance(timing, Timing):
        if "timing" in values:
            yield f"timing must be a Timing, got {timing!r}"
        return
    cycles = asdict(timing.cycles)
    for rule in TIMING_RULES:
        problem = rule.check(cycles)
        if problem is not None:
            yield f"timing.t{rule.field}_ns {problem} cycles"


def find_source_problems(values: Mapping[str, object]) -> Iterator[str]:
    """Check that every source belongs to one field, and no two to the same."""
    sources = values.get("sources", ())
    if not isinstance(sources, tuple | list):
        yield f"sources must be a tuple of Source, got {sources!r}"
        return
    known = {*INTEGERS, *CHOICES} | {f"timing.{t.name}" for t in fields(Timing) if t.init}
    seen: set[str] = set()
    for index, source in enumerate(sources):
        if not isinstance(source, Source):
            yield f"sources[{index}] must be a Source, got {source!r}"
        elif source.field not in known or source.field in seen:
            yield f"sources[{index}].field must be a field named once, got {source.field!r}"
        else:
            seen.add(source.field)
