"""Which values belong to a format, for every small format and value?"""

from __future__ import annotations

import numpy as np
import pytest

from qpim_emu.arith.formats import BIPOLAR, Format, Int, UInt
from qpim_emu.arith.scales import ScaleRule, effective_scale
from qpim_emu.errors import InputError

FORMATS = [BIPOLAR, *(kind(bits) for kind in (Int, UInt) for bits in range(1, 5))]


@pytest.mark.parametrize("stored", FORMATS, ids=str)
def test_values_outside_are_found_one_by_one(stored: Format) -> None:
    values = np.arange(-20, 21)
    inside = {stored.from_field(field) for field in range(1 << stored.bits)}
    outside = [place for place, value in enumerate(values.tolist()) if value not in inside]
    assert stored.find_outside(values).tolist() == outside
    for place, value in enumerate(values.tolist()):
        assert stored.contains(value) == (place not in outside)
        assert stored.find_outside(np.array([value])).tolist() == [0] * (place in outside)


@pytest.mark.parametrize("scales", [([1.0, 2.0], [1.0, 2.0, 3.0], 1.0), ([[1.0, 2.0]], 1.0, 1.0)])
def test_scales_of_other_shapes_are_refused(scales: tuple[object, object, object]) -> None:
    with pytest.raises(InputError, match="must be scalars or one per filter, got shapes"):
        effective_scale(*scales, rule=ScaleRule.DOUBLE)  # type: ignore[arg-type]
