"""What the manifest says about machine, layers and runs, as JSON."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.golden.columns import Table
from qpim_emu.golden.parameters import MACHINE_COLUMNS, machine_scalars
from qpim_emu.hardware.gating import block_gating_mask, gating_mask, max_blocks
from qpim_emu.hardware.toml import dumps

if TYPE_CHECKING:
    from qpim_emu.arith.window import Window
    from qpim_emu.engine.network import NodeResult
    from qpim_emu.golden.sink import Sink
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.workload.requantize import Requantize

__all__ = [
    "describe_layer",
    "describe_machine",
    "describe_packing",
    "describe_run",
    "write_machine",
]


def describe_machine(spec: Spec) -> dict[str, Any]:
    """The specification as its TOML file holds it, without the sources."""
    table = tomllib.loads(dumps(spec.replace(sources=())))
    del table["sources"]
    return table


def write_machine(sink: Sink, spec: Spec) -> None:
    """Write ``machine.txt``."""
    with sink.open("machine.txt") as writer:
        Table(writer, MACHINE_COLUMNS).write(*machine_scalars(spec).values())


def describe_packing(spec: Spec) -> dict[str, Any]:
    """How codes lie in words and words in blocks, the same for every tensor in memory."""
    return {
        "word_bits": spec.word_bits,
        "words_per_block": spec.words_per_block,
        "codes": "right-justified in their word, extended to all bits by their sign",
        "order": "word 0 of a block in its lowest bits",
        "endianness": "little",
    }


def describe_layer(plan: Plan) -> dict[str, Any]:
    """Formats, windows and constants of a layer, and how it was mapped."""
    layer, spec = plan.layer, plan.spec
    return {
        "layout": str(plan.layout),
        "partition": str(plan.partition),
        "weight_window": describe_window(layer.weight_window, spec),
        "activation_window": describe_window(layer.activation_window, spec),
        "weight_zero_point": plain(layer.weight_zero_point),
        "activation_zero_point": layer.activation_zero_point,
        "accumulator": {
            "bits": layer.accumulator.bits,
            "overflow": str(layer.accumulator.overflow),
        },
        "requantize": describe_unit(layer.requantize),
    }


def describe_window(window: Window, spec: Spec) -> dict[str, Any]:
    """A window, and what the machine makes of it."""
    return {
        "format": str(window.format),
        "shift": window.shift,
        "bits": window.precision,
        "signed": window.format.encoding is not Encoding.UNSIGNED,
        "gating_mask": f"{gating_mask(window, spec):0{spec.word_bits // 4}x}",
        "block_gating_mask": f"{block_gating_mask(window, spec):0{spec.block_lines // 4}x}",
        "max_blocks": max_blocks(window, spec),
    }


def describe_unit(unit: Requantize) -> dict[str, Any]:
    """Mode and constants; floats as numbers that JSON readers take back exactly."""
    return {name: plain(value) for name, value in unit.fields().items()} | {"mode": str(unit.mode)}


def describe_run(run: NodeResult) -> dict[str, Any]:
    """Counters of a node."""
    counters = run.counters
    return {
        "cycles": run.cycles,
        "overflows": counters.total("overflows"),
        "clamped": counters.total("clamped"),
        "counters": counters.totals(),
        "macs_by_width": macs_by_width(counters),
    }


def macs_by_width(counters: Counters) -> dict[str, int]:
    """Multiply-accumulates by operand widths, as text."""
    return {f"{w}x{a}": int(count.sum()) for (w, a), count in counters.macs.items()}


def plain(value: object) -> Any:  # noqa: ANN401 - what JSON has
    """An array as lists, a scalar as it is."""
    return value.tolist() if isinstance(value, np.ndarray) else value
