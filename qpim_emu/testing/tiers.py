"""Run one layer on every tier and by the oracle, and require the same of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.run import RunResult, Tier, count_layer, run_layer
from qpim_emu.errors import AccumulatorOverflowError, MismatchError
from qpim_emu.hardware.presets import TOY
from qpim_emu.oracle import reference
from qpim_emu.testing.same_run import assert_same_counters, assert_same_run, require_equal_arrays
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.request import Mapping
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

__all__ = ["assert_tiers_agree"]


def assert_tiers_agree(
    layer: Conv1d | Conv2d | Linear,
    codes: ArrayLike,
    *,
    spec: Spec = TOY,
    mapping: Mapping | None = None,
    homes: IntArray | None = None,
) -> RunResult | None:
    """Run a layer literally, fast and counted, and compare all of them and the oracle.

    Parameters
    ----------
    layer, codes, spec, mapping, homes
        As for `run_layer`.

    Returns
    -------
    RunResult or None
        The literal run; None where the layer's accumulator traps, in every tier alike.

    Raises
    ------
    MismatchError
        Naming the first thing that differs.

    Examples
    --------
    >>> import qpim_emu as qe
    >>> layer = qe.Linear(weights=[[1, -2, 3]], weight_type="int4", activation_type="uint4")
    >>> assert_tiers_agree(layer, [[4, 5, 6]]).outputs
    array([[12]])
    """
    runs, trapped = [], []
    for tier in Tier:
        try:
            runs.append(run_layer(layer, codes, spec=spec, mapping=mapping, tier=tier, homes=homes))
        except AccumulatorOverflowError as error:
            trapped.append(f"{tier}: {error}")
    if runs and trapped:
        msg = f"every tier must trap, or none, got {trapped[0]}"
        raise MismatchError(msg)
    if trapped:
        require_one_message(trapped)
        return None
    literal = runs[0]
    for run in runs[1:]:
        assert_same_run(literal, run)
    counted = count_layer(layer, np.shape(codes), spec=spec, mapping=mapping, homes=homes)
    assert_same_counters(literal.counters.structural(), counted, where="counted: ")
    compare_with_oracle(literal, layer, codes)
    return literal


def require_one_message(trapped: list[str]) -> None:
    """Refuse tiers that trap at different outputs."""
    if len({text.split(": ", 1)[1] for text in trapped}) > 1:
        msg = f"tiers must trap alike, got {'; '.join(trapped)}"
        raise MismatchError(msg)


def compare_with_oracle(run: RunResult, layer: Conv1d | Conv2d | Linear, codes: ArrayLike) -> None:
    """Compare a run with the oracle, which is told the order of additions where it matters."""
    saturates = layer.accumulator.overflow is Overflow.SATURATE
    expected = reference(layer, codes, groups=run.plan.word_groups if saturates else None)
    require_equal_arrays("oracle's outputs", expected.outputs, run.outputs)
    require_equal_arrays("oracle's accumulators", expected.accumulators, run.accumulators)
    for name, count in (("overflows", expected.overflows), ("clamped", expected.clamped)):
        if run.counters.total(name) != count:
            msg = f"oracle's {name} must be {count}, got {run.counters.total(name)}"
            raise MismatchError(msg)
