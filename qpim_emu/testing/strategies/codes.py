"""Arrays of codes, crowded at the corners of their format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

from qpim_emu.arith.formats import BIPOLAR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["code_arrays", "corner_codes"]


def corner_codes(stored: Format, *, also: Iterable[int] = ()) -> list[int]:
    """List the codes that tests should not miss: 0, the ends, their neighbours, and `also`.

    Codes outside the format are left out; what is left is in the order given here, 0 first.
    """
    near = (0, 1, -1, stored.min, stored.max, stored.min + 1, stored.max - 1, *also)
    return list(dict.fromkeys(code for code in near if stored.contains(code)))


@st.composite
def code_arrays(
    draw: st.DrawFn, *, stored: Format, shape: tuple[int, ...], also: Iterable[int] = ()
) -> IntArray:
    """Draw codes of one format: all the same, corners only, or corners among random codes.

    Large arrays come from a seed, so that they are drawn quickly; they shrink to a constant.

    Parameters
    ----------
    stored
        Format of the codes.
    shape
        Shape of the array.
    also
        Further corners, such as a zero point.
    """
    corners = np.array(corner_codes(stored, also=also), np.int64)
    crowd = draw(st.sampled_from([None, 0.5, 0.5, 1.0, 0.0]))
    if crowd is None:
        return np.full(shape, draw(st.sampled_from(corners.tolist())), np.int64)
    rng = np.random.default_rng(draw(st.integers(0, 2**16 - 1)))
    chosen: IntArray = rng.choice(corners, shape)
    if stored == BIPOLAR:
        return chosen
    anywhere = rng.integers(stored.min, stored.max, shape, dtype=np.int64, endpoint=True)
    return np.where(rng.random(shape) < crowd, chosen, anywhere)
