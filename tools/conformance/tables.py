"""The tables of the set: their names, headings, sizes, and the questions in them.

A question depends on nothing but its table and its number, so a smaller set is the beginning of a
larger one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from qpim_emu.arith.requantize import Mode
from tools.conformance.constants import MODES, ROUNDINGS
from tools.conformance.layers import layer_question
from tools.conformance.networks import network_question
from tools.conformance.reads import READ_SITUATIONS, read_question
from tools.conformance.requantize import boundary_questions, requantize_question
from tools.conformance.sums import sums_question

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HEADINGS", "TABLES", "Table"]

LAYER = (
    "linear images channels height width filters kernel_h kernel_w stride_y stride_x dilation_y "
    "dilation_x top bottom left right groups word_bits wpb max_blocks granularity next unfolded "
    "w_stored w_stored_bits w_lo w_bits w_code a_stored a_stored_bits a_lo a_bits a_code a_zero "
    "acc_bits policy mode rounding low high thresholds "
    "{bias w_zero multiplier shift addend scale offset zero_point threshold[thresholds]}[filters] "
    "weight[filters][channels/groups][kernel_h][kernel_w]"
)
CODES = "code[images][channels][height][width]"
OUTPUTS = "[images][filters][out_h][out_w]"
LAYER_ANSWER = f"overflows clamped accumulator{OUTPUTS} output{OUTPUTS}"

UNIT = (
    "mode rounding acc_bits accumulator multiplier shift addend scale offset zero_point "
    "low high thresholds threshold[thresholds]"
)
READ = (
    "word_bits wpb max_blocks granularity next columns lo bits code column left "
    "cell[max_blocks][wpb]"
)
SUMS = (
    "acc_bits policy per_lane wpb live zero blocks resident_zero[wpb] bias[wpb] "
    "streamed[blocks][wpb] resident[blocks][wpb]"
)

HEADINGS = {
    "L1": (UNIT, "code clamped"),
    "L2": (READ, "mask blocks bus[wpb] operand[blocks][wpb]"),
    "L3": (SUMS, "{value clipped}[blocks][lanes] overflowed[lanes]"),
    "L4": (f"{LAYER} {CODES}", LAYER_ANSWER),
    "L5": (f"layers {LAYER} {CODES} {{{LAYER}}}[layers-1]", f"{{{LAYER_ANSWER}}}[layers]"),
}
"""Columns of the questions and of the answers of every level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of questions.

    Attributes
    ----------
    level, name
        Where it is: ``LEVEL/NAME.in`` and ``.out``.
    core, release
        How many records the committed core and a release have.
    question
        The question of a number, from 0.
    """

    level: str
    name: str
    core: int
    release: int
    question: Callable[[int], list[int]]


BOUNDARY = list(boundary_questions())


def mode_tables(mode: Mode) -> list[Table]:
    """Tables of a mode: one for each rounding it may have."""
    if mode is not Mode.SHIFT:
        core, release = (20, 500) if mode is Mode.NONE else (200, 4000)
        question = partial(requantize_question, mode, ROUNDINGS[0])
        return [Table(level="L1", name=mode, core=core, release=release, question=question)]
    return [
        Table(
            level="L1",
            name=f"{mode}-{rounding}",
            core=120,
            release=2000,
            question=partial(requantize_question, mode, rounding),
        )
        for rounding in ROUNDINGS
    ]


TABLES = (
    Table(
        level="L1",
        name="boundary",
        core=len(BOUNDARY),
        release=len(BOUNDARY),
        question=BOUNDARY.__getitem__,
    ),
    *(table for mode in MODES for table in mode_tables(mode)),
    Table(
        level="L2",
        name="reads",
        core=1200,
        release=5 * len(READ_SITUATIONS),
        question=read_question,
    ),
    Table(level="L3", name="sums", core=300, release=6000, question=sums_question),
    Table(level="L4", name="layers", core=60, release=2000, question=layer_question),
    Table(level="L5", name="networks", core=10, release=120, question=network_question),
)
