"""Does a layer written as source come back as the same layer?"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given

import qpim_emu
from qpim_emu.testing.source import layer_source
from qpim_emu.testing.strategies import LayerInput, layers
from qpim_emu.workload.network_file.equality import values_equal


@given(drawn=layers())
def test_source_makes_the_layer_again(drawn: LayerInput) -> None:
    names: dict[str, Any] = {"qe": qpim_emu}
    exec(layer_source(drawn.layer, drawn.codes), names)  # noqa: S102 - what we wrote ourselves
    assert values_equal(names["layer"], drawn.layer)
    np.testing.assert_array_equal(names["codes"], drawn.codes)
