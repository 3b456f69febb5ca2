"""Machines with a few vaults, banks and columns, in which every boundary is near."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from qpim_emu.hardware import PartnerRule, RowPolicy, Spec, Timing

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["machines", "timings"]

BANK_ROWS = 4096
"""Rows of a bank: what is not used is not allocated, so small layers always fit."""

WORDS = [(16, 4), (16, 2), (16, 3), (8, 4), (8, 3), (12, 2), (12, 4), (4, 2), (16, 1), (16, 8)]
"""(word bits, words per block), in whole bytes a block."""

BANKS = [(1, 1), (1, 2), (2, 2)]
MOST_COLUMNS = 4
LONGEST = 8
ROOMY_BLOCKS = 64


@st.composite
def timings(draw: st.DrawFn, *, longest: int = LONGEST) -> Timing:
    """Draw valid times of 1..`longest` cycles, tREFI seldom much longer than all others together.

    Parameters
    ----------
    longest
        Longest time in cycles, other than tREFI and tRFC.
    """
    names = ("rcd", "cl", "rp", "ras", "rtp", "wr", "rrd", "ccd")
    times = {name: draw(st.integers(1, longest)) for name in names}
    times["rrd"] = min(times["rrd"], times["ras"] + times["rp"])
    most = 3 * times["rrd"] + times["ras"] + times["rp"]
    times["faw"] = draw(st.integers(1, most))
    times["rfc"] = draw(st.integers(1, 2 * longest))
    times["refi"] = sum(times.values()) + draw(st.integers(1, 12) | st.integers(1, 2000))
    exact = {f"t{name}_ns": Decimal(cycles) for name, cycles in times.items()}
    return Timing(tck_ns=Decimal(1), **exact)


@st.composite
def machines(
    draw: st.DrawFn,
    *,
    words: Sequence[tuple[int, int]] = tuple(WORDS),
    max_blocks: Sequence[int] = (2, 4, 1),
    timing: st.SearchStrategy[Timing] | None = None,
) -> Spec:
    """Draw small machines of every variant.

    One to three vaults, 1, 2 or 4 banks, 1 to 4 columns, every granularity, partner rule and row
    policy, look-ahead 0 to 3, 1 to 3 filters per pass, and a PE buffer that often holds only a
    block or two of each vector. Banks have 4096 rows, more than a test can fill.

    Parameters
    ----------
    words
        (word bits, words per block) to choose from; their product must be whole bytes.
    max_blocks
        Most blocks per read to choose from.
    timing
        Times; `timings` if not given.
    """
    word_bits, per_block = draw(st.sampled_from(list(words)))
    filters = draw(st.integers(1, 3))
    held = draw(st.sampled_from([ROOMY_BLOCKS, 1, 2, 3, 5]))
    spare = draw(st.integers(0, per_block - 1))
    layers, banks_per_layer = draw(st.sampled_from(BANKS))
    block_bytes = word_bits * per_block // 8
    row_bytes = block_bytes * draw(st.integers(1, MOST_COLUMNS))
    grains = [lines for lines in (1, 2, 4, 8, 16) if word_bits % lines == 0]
    return Spec(
        name="drawn",
        vaults=draw(st.integers(1, 3)),
        layers=layers,
        banks_per_layer=banks_per_layer,
        row_bytes=row_bytes,
        block_bytes=block_bytes,
        bank_bytes=row_bytes * BANK_ROWS,
        word_bits=word_bits,
        timing=draw(timings() if timing is None else timing),
        max_blocks_per_read=draw(st.sampled_from(list(max_blocks))),
        filters_per_pass=filters,
        pe_buffer_words=filters * per_block * held + spare,
        gate_granularity=draw(st.sampled_from(grains)),
        partner_rule=draw(st.sampled_from(list(PartnerRule))),
        row_policy=draw(st.sampled_from(list(RowPolicy))),
        look_ahead=draw(st.integers(0, 3)),
    )
