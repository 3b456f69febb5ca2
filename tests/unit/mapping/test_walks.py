"""Does a walk run its loops slowest first?"""

from __future__ import annotations

from qpim_emu.mapping.walks import Walk


def test_loops_run_slowest_first() -> None:
    walk = Walk(base=5, outer=((2, 100), (3, 10)), inner=((2, 4), (2, 1)), run=2)
    assert list(walk.vector_runs()) == [
        [start, start + 1, start + 4, start + 5] for start in (5, 15, 25, 105, 115, 125)
    ]
    assert (walk.vectors, walk.runs_per_vector, walk.blocks) == (6, 4, 48)


def test_a_walk_without_loops_is_a_run() -> None:
    walk = Walk(base=7, run=3)
    assert list(walk.vector_runs()) == [[7]]
    assert walk.blocks == 3


def test_a_stride_of_0_stays() -> None:
    assert list(Walk(base=1, outer=((2, 0),), run=1).vector_runs()) == [[1], [1]]


def test_shifted() -> None:
    assert Walk(base=1, inner=((2, 3),), run=1).shifted(10) == Walk(base=11, inner=((2, 3),), run=1)
