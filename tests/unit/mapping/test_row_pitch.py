"""Is the pitch of image rows the smallest that puts the rows of a window into other banks?"""

from __future__ import annotations

from itertools import product

import pytest

from qpim_emu.hardware import PAPER, TOY
from qpim_emu.mapping.layouts.blocked import row_pitch


def test_one_kernel_row_needs_no_spacing() -> None:
    assert [row_pitch(blocks, 1, TOY) for blocks in (1, 3, 7, 8)] == [1, 3, 7, 8]


@pytest.mark.parametrize(
    ("row_blocks", "kernel_rows", "pitch"),
    [
        # PAPER: 8 banks of 8 columns. Three rows: s = 2, so pitch // 8 mod 8 is 2 or 6.
        (1, 3, 16),
        (16, 3, 16),
        (17, 3, 18),
        (24, 3, 48),
        (56, 3, 80),
        # Two rows: s = 4. Nine rows: s = 1, so 1 or 7.
        (1, 2, 32),
        (33, 2, 34),
        (5, 9, 8),
        (20, 9, 56),
    ],
)
def test_worked_examples(row_blocks: int, kernel_rows: int, pitch: int) -> None:
    assert row_pitch(row_blocks, kernel_rows, PAPER) == pitch


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("banks", [1, 2, 4, 8])
def test_definition(columns: int, banks: int) -> None:
    spec = TOY.replace(
        layers=1, banks_per_layer=banks, row_bytes=8 * columns, bank_bytes=8 * columns * 64
    )
    for row_blocks, kernel_rows in product(range(1, 30), range(2, 6)):
        step = max(1, banks // kernel_rows)
        allowed = [
            n
            for n in range(row_blocks, row_blocks + 4 * columns * banks + 2)
            if n // columns % banks in {step, banks - step} and (columns == 1 or n % 2 == 0)
        ]
        assert row_pitch(row_blocks, kernel_rows, spec) == allowed[0]


@pytest.mark.parametrize("kernel_rows", [2, 3])
def test_rows_of_a_window_start_in_different_banks(kernel_rows: int) -> None:
    for row_blocks in range(1, 130):
        pitch = row_pitch(row_blocks, kernel_rows, PAPER)
        banks = {PAPER.place(row * pitch).bank for row in range(kernel_rows)}
        assert len(banks) == kernel_rows
