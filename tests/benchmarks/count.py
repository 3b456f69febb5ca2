"""How long does it take to count networks without their data?

``python -m tests.benchmarks.count``: every MAC layer of VGG-16 and of ResNet-50 at 224x224 pixels
and 8/8 bits on `PAPER`, planning included, with nothing remembered from a run before.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qpim_emu.analysis.tables import read_table
from qpim_emu.engine.run import count_layer
from qpim_emu.engine.structure.measure import measure_rows
from qpim_emu.engine.structure.planes import known_counters
from qpim_emu.hardware import PAPER
from qpim_emu.mapping.programs import forget
from tests.benchmarks.interleave import print_ratios, take_times

if TYPE_CHECKING:
    from qpim_emu.workload.layers import Conv2d, Linear

BITS = 8


def steps_of(name: str) -> list[tuple[Conv2d | Linear, tuple[int, ...]]]:
    """Layers of a published table with the shapes of their inputs."""
    shapes = read_table(name).layers
    return [(shape.layer(BITS, BITS), shape.input_shape) for shape in shapes]


def count(steps: list[tuple[Conv2d | Linear, tuple[int, ...]]]) -> None:
    """Count every layer afresh."""
    measure_rows.cache_clear()
    known_counters.forget()
    forget()
    for layer, shape in steps:
        count_layer(layer, shape, spec=PAPER)


def main() -> None:
    """Run the comparison and print it."""
    networks = {name: steps_of(name) for name in ("VGG_16", "ResNet-50")}
    count(networks["VGG_16"])
    times = take_times({name: partial(count, steps) for name, steps in networks.items()}, rounds=5)
    print_ratios(times, unit="VGG_16")


if __name__ == "__main__":
    main()
