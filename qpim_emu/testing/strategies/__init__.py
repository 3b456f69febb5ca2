"""Hypothesis strategies for layers, codes, machines and mappings that are likely to break things.

Everything here is biased: precisions at which reads pair up, runs that start at odd columns,
extreme codes, ties, sums that leave their accumulator, PE buffers that hold a fraction of a
vector, refreshes that come often. Needs ``hypothesis``, which the ``testing`` extra installs.

Examples
--------
A test of your own engine::

    @given(case=cases())
    def test_engine(case):
        result = run_layer(case.layer, case.codes, spec=case.spec, mapping=case.mapping)
        assert np.array_equal(result.outputs, my_engine(case.layer, case.codes))
"""

from __future__ import annotations

from qpim_emu.testing.strategies.accumulators import accumulators
from qpim_emu.testing.strategies.cases import Case, cases
from qpim_emu.testing.strategies.codes import code_arrays, corner_codes
from qpim_emu.testing.strategies.convolutions import (
    conv1d_layers,
    conv2d_layers,
    depthwise_layers,
    grouped_layers,
)
from qpim_emu.testing.strategies.formats import formats, windows
from qpim_emu.testing.strategies.layers import KINDS, layers
from qpim_emu.testing.strategies.linear import linear_layers
from qpim_emu.testing.strategies.machines import machines, timings
from qpim_emu.testing.strategies.mappings import mappings
from qpim_emu.testing.strategies.networks import NetworkInput, networks
from qpim_emu.testing.strategies.numbers import cornered
from qpim_emu.testing.strategies.operands import LayerInput
from qpim_emu.testing.strategies.requantize import accumulator_values, requantize_units

__all__ = [
    "KINDS",
    "Case",
    "LayerInput",
    "NetworkInput",
    "accumulator_values",
    "accumulators",
    "cases",
    "code_arrays",
    "conv1d_layers",
    "conv2d_layers",
    "corner_codes",
    "cornered",
    "depthwise_layers",
    "formats",
    "grouped_layers",
    "layers",
    "linear_layers",
    "machines",
    "mappings",
    "networks",
    "requantize_units",
    "timings",
    "windows",
]
