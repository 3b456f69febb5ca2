"""Are K chunks the largest whole rows, taps or blocks that the PE buffer holds?"""

from __future__ import annotations

from itertools import product

from qpim_emu.mapping.chunks import Span, split_kernel, split_vector


def test_plain_vectors() -> None:
    assert list(split_vector(blocks=7, capacity=3)) == [(0, 3), (3, 6), (6, 7)]
    assert list(split_vector(blocks=3, capacity=3)) == [(0, 3)]
    assert list(split_vector(blocks=2, capacity=99)) == [(0, 2)]


def test_whole_rows_first() -> None:
    # Two of five rows of 3 taps x 2 blocks fit 13 blocks.
    spans = list(split_kernel(rows=5, taps=3, blocks=2, capacity=13))
    assert [span.rows for span in spans] == [(0, 2), (2, 4), (4, 5)]
    assert {(span.taps, span.blocks) for span in spans} == {((0, 3), (0, 2))}


def test_whole_taps_where_no_row_fits() -> None:
    spans = list(split_kernel(rows=2, taps=3, blocks=2, capacity=5))
    assert [(span.rows, span.taps) for span in spans] == [
        ((0, 1), (0, 2)),
        ((0, 1), (2, 3)),
        ((1, 2), (0, 2)),
        ((1, 2), (2, 3)),
    ]
    assert {span.blocks for span in spans} == {(0, 2)}


def test_blocks_of_a_tap_where_no_tap_fits() -> None:
    spans = list(split_kernel(rows=1, taps=2, blocks=3, capacity=2))
    assert spans == [
        Span(rows=(0, 1), taps=(0, 1), blocks=(0, 2)),
        Span(rows=(0, 1), taps=(0, 1), blocks=(2, 3)),
        Span(rows=(0, 1), taps=(1, 2), blocks=(0, 2)),
        Span(rows=(0, 1), taps=(1, 2), blocks=(2, 3)),
    ]


def positions(span: Span, taps: int, blocks: int) -> list[int]:
    """Positions of the blocks of a span in the whole kernel."""
    return [
        (row * taps + tap) * blocks + block
        for row in range(*span.rows)
        for tap in range(*span.taps)
        for block in range(*span.blocks)
    ]


def test_spans_cover_the_kernel_in_order_within_the_capacity() -> None:
    for rows, taps, blocks in product(range(1, 4), range(1, 4), range(1, 4)):
        whole = rows * taps * blocks
        for capacity in range(1, whole + 2):
            found = [
                positions(span, taps, blocks)
                for span in split_kernel(rows=rows, taps=taps, blocks=blocks, capacity=capacity)
            ]
            assert [p for span in found for p in span] == list(range(whole))
            assert max(map(len, found)) <= capacity
            if capacity >= whole:
                assert len(found) == 1
