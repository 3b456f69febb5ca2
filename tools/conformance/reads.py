"""Questions of level L2: a window, a place in a run, and the words of some blocks.

Every window of words of 8, 12 and 16 bits, with every granularity and every most of blocks per
read, in both partner rules.
"""

from __future__ import annotations

from itertools import product

from tools.conformance.draws import Draws

__all__ = ["READ_SITUATIONS", "read_question"]

WORDS, COLUMNS = 4, 8
GRANULARITIES, MOST_BLOCKS = (1, 2, 4, 8, 16), (1, 2, 4)
UNSIGNED, SIGNED, BIPOLAR = 0, 1, 2

READ_SITUATIONS = [
    (width, blocks, group, lo, bits, code)
    for bits, lo, code, group, blocks, width in product(
        range(1, 17),
        range(16),
        (UNSIGNED, SIGNED, BIPOLAR),
        GRANULARITIES,
        MOST_BLOCKS,
        (16, 12, 8),
    )
    if lo + bits <= width and width % group == 0 and (code != BIPOLAR or bits == 1)
]
"""(word bits, most blocks, granularity, lo, bits, code) of all."""


def read_question(number: int) -> list[int]:
    """Question of that number; situations are gone through in an order that mixes them."""
    draws = Draws(f"L2/reads/{number}")
    stride = 7919  # coprime to their number, so that all of them come before any comes again
    situation = READ_SITUATIONS[number * stride % len(READ_SITUATIONS)]
    width, blocks, group, lo, bits, code = situation
    column = draws.between(0, COLUMNS - 1) if draws.chance(3) else draws.choice((0, 4))
    left = draws.between(1, 6) if draws.chance(3) else 8
    kind = draws.between(0, 3)
    cells = [draw_cell(draws, width, kind) for _ in range(blocks * WORDS)]
    place = [int(draws.chance(3)), COLUMNS, lo, bits, code, column, left]
    return [width, WORDS, blocks, group, *place, *cells]


def draw_cell(draws: Draws, width: int, kind: int) -> int:
    """Draw a word: any, one bit set, one bit clear, all or nothing."""
    full = (1 << width) - 1
    one = 1 << draws.between(0, width - 1)
    return (draws.between(0, full), one, full ^ one, draws.choice((0, full)))[kind]
