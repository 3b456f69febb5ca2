"""Are pixels shared out and cut into rectangles as defined?"""

from __future__ import annotations

from itertools import pairwise, product

from qpim_emu.mapping.rectangles import Rectangle, rectangles, share


def test_shares_are_the_floors_of_equal_parts() -> None:
    assert [share(7, v, 3) for v in range(3)] == [(0, 2), (2, 4), (4, 7)]
    assert [share(2, v, 4) for v in range(4)] == [(0, 0), (0, 1), (1, 1), (1, 2)]


def test_shares_cover_everything_once_and_differ_by_one_at_most() -> None:
    for count, parts in product(range(20), range(1, 8)):
        found = [share(count, part, parts) for part in range(parts)]
        assert (found[0][0], found[-1][1]) == (0, count)
        assert all(one[1] == other[0] for one, other in pairwise(found))
        sizes = {past - first for first, past in found}
        assert max(sizes) - min(sizes) <= 1


def pixels(rectangle: Rectangle, width: int) -> list[int]:
    """Row-major pixels of a rectangle."""
    return [
        (rectangle.y + row) * width + rectangle.x + column
        for row in range(rectangle.rows)
        for column in range(rectangle.columns)
    ]


def test_every_range_is_at_most_three_rectangles_in_order() -> None:
    for width, first, past in product(range(1, 7), range(25), range(25)):
        found = list(rectangles(first, past, width))
        assert len(found) <= 3
        assert [p for r in found for p in pixels(r, width)] == list(range(first, past))


def test_worked_examples() -> None:
    assert list(rectangles(0, 10, 5)) == [Rectangle(y=0, rows=2, x=0, columns=5)]
    assert list(rectangles(4, 4, 5)) == []
    assert list(rectangles(6, 9, 5)) == [Rectangle(y=1, rows=1, x=1, columns=3)]
    assert list(rectangles(2, 7, 5)) == [
        Rectangle(y=0, rows=1, x=2, columns=3),
        Rectangle(y=1, rows=1, x=0, columns=2),
    ]
