"""Does real RTL agree with the literal tier on layers, machines and codes that nobody chose?"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given

from golden.rtl.simulator import Simulator
from qpim_emu.golden import InputSet, Recipe, make_package, network_of
from qpim_emu.testing.strategies import Case, cases
from qpim_emu.workload.accumulator import Overflow
from tests.rtl.tools import needs_iverilog

pytestmark = [needs_iverilog, pytest.mark.extended]

POLICIES = (Overflow.WRAP, Overflow.SATURATE)


@given(case=cases(max_macs=600, policies=POLICIES))
def test_package_of_a_random_layer_agrees(case: Case) -> None:
    recipe = Recipe(
        network=network_of(case.layer, case.codes.shape[1:], name="random"),
        spec=case.spec,
        sets=(InputSet(case="random", inputs={"input": case.codes}),),
    )
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "package"
        make_package(recipe, package)
        run = Simulator(Path(folder)).replay_package(package)
    assert run.agrees, run.output
