"""Whether other constants or another rounding explain why a layer differs from another engine.

What a layer accumulates is not in doubt where another requantization of the very same
accumulators gives every code of the other engine; it is where none does.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.requantize import Mode
from qpim_emu.arith.rounding import Rounding
from qpim_emu.crosscheck.compare import wrong_elements
from qpim_emu.crosscheck.ties import nearness
from qpim_emu.errors import LayerError, ModelFileError
from qpim_emu.frontends.loading import load_model
from qpim_emu.frontends.presets import PRESETS
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qpim_emu.crosscheck.ties import Nearness
    from qpim_emu.engine.run import RunResult
    from qpim_emu.frontends.model import Model, RealValue
    from qpim_emu.typing import IntArray

__all__ = ["diagnose", "other_presets"]


MOST_EXAMINED = 1000
"""Mismatches whose distance to a tie is computed: exact rationals take their time."""

SAME_CONSTANTS = (
    (Mode.Q31_DOUBLE, Mode.Q31_SINGLE, Mode.Q15_ACC64),
    (Mode.F64_AWAY, Mode.F32_EVEN, Mode.F_EVEN_ZP_IN),
)
"""Modes that differ in how they round and take the same constants."""


def other_presets(model: Model) -> dict[str, dict[str, Requantize]]:
    """Read the requantize units of a model's layers as every other preset has them.

    Returns
    -------
    dict
        By name of the preset, then of the layer; empty for formats that need no preset.
    """
    if not model.preset:
        return {}
    found = {}
    for preset in PRESETS:
        if preset == model.preset:
            continue
        try:
            other = load_model(model.path, preset=preset)
        except ModelFileError:
            continue  # what this preset makes of the file cannot be computed
        found[preset] = {name: layer.requantize for name, layer in other.network.layers.items()}
    return found


def diagnose(
    name: str,
    ran: RunResult,
    expected: IntArray,
    *,
    presets: Mapping[str, Mapping[str, Requantize]],
    real: RealValue | None = None,
) -> str:
    """Say in one sentence what the mismatches of a layer have in common.

    Parameters
    ----------
    name, ran
        The layer, and its result.
    expected
        The other engine's codes, in the network's axes.
    presets
        Of `other_presets`.
    real
        The reals behind the layer's thresholds, where they are known.
    """
    unit = ran.plan.layer.requantize
    wrong = wrong_elements(ran.outputs, expected)
    difference = np.abs(ran.outputs.reshape(-1)[wrong] - expected.reshape(-1)[wrong])
    largest = int(difference.max())
    count = f"all {len(wrong):,} differ" if len(wrong) > 1 else "it differs"
    said = f"{count} by {'one' if largest == 1 else f'at most {largest}'}"
    nears = nearnesses(ran, wrong[:MOST_EXAMINED], real)
    if nears:
        distance = max(near.distance for near in nears)
        where = "a tie" if real is None else "a threshold"
        said += ", at ties" if distance == 0 else f", within {float(distance):.2g} of {where}"
        if real is not None and all(near.float32 for near in nears):
            return f"{said}: float32 rounding of the other engine, exact numbers give these codes"
    if unit.mode is Mode.NONE:
        return f"{said}: nothing is requantized, so the sums themselves differ"
    able = [text for text, other in candidates(name, unit, presets) if fits(other, ran, expected)]
    if not able:
        floats = ", sums in float32 may" if nears and all(near.float32 for near in nears) else ""
        return f"{said}: no other mode or preset explains it{floats}"
    return f"{said}: agrees under {' or '.join(able)}"


def nearnesses(ran: RunResult, wrong: IntArray, real: RealValue | None) -> list[Nearness]:
    """How near these elements are to another code; nothing where it is not known of all."""
    unit = ran.plan.layer.requantize
    found = []
    for flat in wrong.tolist():
        element = np.unravel_index(flat, ran.outputs.shape)
        near = nearness(unit, int(ran.accumulators[element]), int(element[1]), real=real)
        if near is None or near.value is None:
            return []
        found.append(near)
    return found


def candidates(
    name: str, unit: Requantize, presets: Mapping[str, Mapping[str, Requantize]]
) -> Iterator[tuple[str, Requantize]]:
    """Units that might have made the codes, and what to call them; the layer's own never fits."""
    fields = unit.fields()
    for modes in SAME_CONSTANTS:
        if unit.mode in modes:
            for mode in modes:
                yield from variant(f"mode {mode}", fields | {"mode": mode})
    if unit.mode is Mode.SHIFT:
        for rounding in Rounding:
            yield from variant(f"rounding {rounding}", fields | {"rounding": rounding})
    for preset, units in presets.items():
        if name in units:
            yield f"preset {preset} (mode {units[name].mode})", units[name]


def variant(text: str, fields: dict[str, Any]) -> Iterator[tuple[str, Requantize]]:
    """Make a unit of changed fields, unless there can be none."""
    with suppress(LayerError):  # its constants lie outside the ranges of this mode
        yield text, Requantize(**fields)


def fits(unit: Requantize, ran: RunResult, expected: IntArray) -> bool:
    """Whether a unit makes the expected codes of the accumulators, all of them."""
    try:
        unit.check_accumulator(ran.plan.layer.accumulator.bits)
    except LayerError:
        return False
    filters_last = np.moveaxis(ran.accumulators, 1, -1)
    codes, _ = unit.apply(filters_last, filters=slice(None))
    return bool(np.array_equal(np.moveaxis(codes, -1, 1), expected))
