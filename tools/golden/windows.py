"""Windows of every kind on machines that gate and pair differently."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qpim_emu.arith.formats import BIPOLAR, Int, UInt
from qpim_emu.arith.window import Window
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Linear
from qpim_emu.workload.requantize import Requantize
from tools.golden.common import ONE_VAULT, Steps, codes_of, separate

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.arith.formats import Format
    from qpim_emu.golden import Recipe
    from qpim_emu.hardware import Spec

__all__ = ["RECIPES"]

MACHINES = {
    "one-block": ONE_VAULT.replace(max_blocks_per_read=1),
    "two-blocks": ONE_VAULT,
    "two-blocks-groups-of-4": ONE_VAULT.replace(gate_granularity=4),
    "four-blocks": ONE_VAULT.replace(max_blocks_per_read=4, row_bytes=64),
    "four-blocks-next-partner": ONE_VAULT.replace(
        max_blocks_per_read=4, row_bytes=64, partner_rule="next", gate_granularity=2
    ),
    "words-of-12-bits": ONE_VAULT.replace(
        word_bits=12, block_bytes=12, row_bytes=48, bank_bytes=6144
    ),
    "words-of-8-bits": ONE_VAULT.replace(word_bits=8, gate_granularity=2),
}

FILTERS = 3


def layer(
    stored: tuple[Format, Format],
    windows: tuple[Window, Window],
    *,
    channels: int,
    zero_points: tuple[int, int],
    shift: int,
    seed: int,
) -> Linear:
    """A linear layer that reads weights and activations through (weight, activation) windows."""
    return Linear(
        weights=codes_of(stored[0], (FILTERS, channels), seed=seed),
        weight_type=stored[0],
        activation_type=stored[1],
        weight_window=windows[0],
        activation_window=windows[1],
        weight_zero_point=[zero_points[0] + m for m in range(FILTERS)],
        activation_zero_point=zero_points[1],
        bias=[7, -7, 0],
        accumulator=Accumulator(bits=40),
        requantize=Requantize(
            mode="shift",
            shift=[shift - 1, shift, shift + 1],
            rounding="half_even",
            zero_point=-3,
            low=-128,
            high=127,
        ),
    )


def steps_of(spec: Spec) -> Steps:
    """Layers for a machine: low bits, bits in the middle, top bits, whole words, single bits.

    Zero points lie outside the windows of all but the second layer, so that the pad words that
    fill a block do not multiply to zero, and only discarding them gives the right sums.
    """
    word = spec.word_bits
    full = Int(word)
    low = Window(Int(4)), Window(UInt(3))
    middle = Window(Int(3), shift=3), Window(UInt(6), shift=2)
    top = Window(UInt(2), shift=word - 2), Window(Int(3), shift=word - 3)
    wide = Window(Int(word)), Window(UInt(word // 2 + 1))
    single = Window(BIPOLAR), Window(BIPOLAR)
    cases = {
        "low": ((Int(4), UInt(3)), low, (9, -5), 7, 2),
        "middle": ((full, full), middle, (1, 2), 21, 1),
        "top": ((full, full), top, (-40, 30), 10, 7),
        "wide": ((full, UInt(word // 2 + 1)), wide, ((1 << word) - 2, -9), 6, 3 * word // 2 - 4),
        "bipolar": ((BIPOLAR, BIPOLAR), single, (0, 0), 13, 0),
    }
    steps: Steps = {}
    for number, (name, case) in enumerate(cases.items()):
        stored, windows, zero_points, channels, shift = case
        one = layer(
            stored,
            windows,
            channels=channels,
            zero_points=zero_points,
            shift=shift,
            seed=100 + number,
        )
        steps[name] = one, codes_of(stored[1], (2, channels), seed=200 + number)
    return steps


def recipe(name: str, spec: Spec) -> Recipe:
    """All windows on one machine."""
    named = spec.replace(name=f"toy, {name}")
    return separate(f"windows-{name}", steps_of(named), spec=named)


RECIPES: dict[str, Callable[[], Recipe]] = {
    f"windows-{name}": partial(recipe, name, spec) for name, spec in MACHINES.items()
}
