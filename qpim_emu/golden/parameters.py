"""The numbers a test bench needs of a layer, as records: scalars, filters, thresholds."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.requantize import Mode
from qpim_emu.golden.columns import Table, accumulator_digits
from qpim_emu.golden.commands import CODES
from qpim_emu.hardware.gating import gating_mask
from qpim_emu.hardware.spec import PartnerRule
from qpim_emu.mapping.plane import Reduce, Streamed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.arith.window import Window
    from qpim_emu.golden.sink import Sink
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.plan import Plan

__all__ = [
    "MACHINE_COLUMNS",
    "filter_records",
    "layer_scalars",
    "machine_scalars",
    "threshold_records",
    "write_parameters",
]

# Positions are the codes of the format, whatever the order of the enumerations.
MODES = (
    *("none", "shift", "scale_bias_shift", "q31_double", "q31_single", "q15_acc64"),
    *("f64_away", "f32_even", "f_even_zp_in", "multithreshold"),
)
ROUNDINGS = ("floor", "toward_zero", "half_up", "half_even", "half_away")
POLICIES = ("wrap", "saturate", "trap")

MACHINE_COLUMNS = (
    *(("word_bits", 2), ("wpb", 2), ("vaults", 2), ("banks", 2), ("rows", 6), ("columns", 3)),
    *(("max_blocks", 1), ("granularity", 2), ("next", 1), ("slots", 2)),
)
"""Columns of ``machine.txt``, with which those of ``layer.txt`` begin."""

LAYER_COLUMNS = (
    *(("acc_bits", 2), ("policy", 1), ("per_lane", 1), ("streams_weights", 1), ("filters", 6)),
    *(("mode", 1), ("rounding", 1), ("low", 12), ("high", 12), ("thresholds", 4)),
    ("output_bits", 2),
    *(("w_lo", 2), ("w_bits", 2), ("w_code", 1), ("w_mask", 4)),
    *(("a_lo", 2), ("a_bits", 2), ("a_code", 1), ("a_mask", 4), ("a_zero", 5)),
)
"""The others."""

FILTER_CONSTANTS = (("multiplier", 8), ("shift", 2), ("addend", 16))


def machine_scalars(spec: Spec) -> dict[str, int]:
    """Columns of ``machine.txt`` by name."""
    return {
        "word_bits": spec.word_bits,
        "wpb": spec.words_per_block,
        "vaults": spec.vaults,
        "banks": spec.banks,
        "rows": spec.rows,
        "columns": spec.columns,
        "max_blocks": spec.max_blocks_per_read,
        "granularity": spec.gate_granularity,
        "next": int(spec.partner_rule is PartnerRule.NEXT),
        "slots": spec.filters_per_pass,
    }


def layer_scalars(plan: Plan) -> dict[str, int]:
    """Columns of ``layer.txt`` by name."""
    spec, layer = plan.spec, plan.layer
    unit, plane = layer.requantize, next(plan.planes)
    low, high = (0, 0) if unit.mode is Mode.NONE else unit.limits
    return {
        **machine_scalars(spec),
        "acc_bits": layer.accumulator.bits,
        "policy": POLICIES.index(layer.accumulator.overflow),
        "per_lane": int(plane.reduce is Reduce.PER_LANE),
        "streams_weights": int(plane.streamed is Streamed.WEIGHTS),
        "filters": layer.filters,
        "mode": MODES.index(unit.mode),
        "rounding": ROUNDINGS.index(unit.rounding),
        "low": low,
        "high": high,
        "thresholds": 0 if unit.thresholds is None else int(unit.thresholds.shape[-1]),
        "output_bits": layer.output_format.bits,
        **window_scalars("w", layer.weight_window, plan),
        **window_scalars("a", layer.activation_window, plan),
        "a_zero": layer.activation_zero_point,
    }


def window_scalars(prefix: str, window: Window, plan: Plan) -> dict[str, int]:
    """Columns of a window."""
    return {
        f"{prefix}_lo": window.shift,
        f"{prefix}_bits": window.precision,
        f"{prefix}_code": CODES[window.format.encoding],
        f"{prefix}_mask": gating_mask(window, plan.spec),
    }


def filter_records(plan: Plan) -> Iterator[dict[str, int]]:
    """Columns of ``filters.txt`` by name, filter after filter."""
    layer = plan.layer
    given = layer.requantize.fields()
    for m in range(layer.filters):
        constants = {name: of_filter(given.get(name, 0), m) for name in PER_FILTER}
        yield {
            "filter": m,
            "bias": int(layer.bias[m]),
            "w_zero": int(layer.weight_zero_point[m]),
            "multiplier": constants["multiplier"],
            "shift": constants["shift"],
            "addend": constants["addend"],
            "scale": double_bits(constants["scale"]),
            "offset": constants["offset"],
            "zero_point": constants["zero_point"],
        }


PER_FILTER = ("multiplier", "shift", "addend", "scale", "offset", "zero_point")


def of_filter(value: Any, m: int) -> Any:  # noqa: ANN401 - an integer or a float
    """Constant of one filter."""
    array = np.asarray(value)
    return (array if array.ndim == 0 else array[m]).item()


def double_bits(value: float) -> int:
    """The bits of a binary64 number; 0 where there is no scale."""
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])


def threshold_records(plan: Plan) -> Iterator[tuple[int, int, int]]:
    """(filter, index, threshold), filter after filter."""
    thresholds = plan.layer.requantize.thresholds
    if thresholds is None:
        return
    for m in range(plan.layer.filters):
        row = thresholds if thresholds.ndim == 1 else thresholds[m]
        for index, threshold in enumerate(row.tolist()):
            yield m, index, threshold


def write_parameters(sink: Sink, folder: str, plan: Plan) -> None:
    """Write ``layer.txt``, ``filters.txt`` and, if there are thresholds, ``thresholds.txt``."""
    with sink.open(f"{folder}/layer.txt") as writer:
        table = Table(writer, MACHINE_COLUMNS + LAYER_COLUMNS)
        table.write(*layer_scalars(plan).values())
    digits = accumulator_digits(plan.layer.accumulator.bits)
    with sink.open(f"{folder}/filters.txt") as writer:
        columns = [("filter", 6), ("bias", digits), ("w_zero", 5), *FILTER_CONSTANTS]
        table = Table(writer, [*columns, ("scale", 16), ("offset", 8), ("zero_point", 8)])
        for record in filter_records(plan):
            table.write(*record.values())
    if plan.layer.requantize.thresholds is not None:
        with sink.open(f"{folder}/thresholds.txt") as writer:
            table = Table(writer, [("filter", 6), ("index", 4), ("threshold", 16)])
            for threshold in threshold_records(plan):
                table.write(*threshold)
