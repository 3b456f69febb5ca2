"""Layers small enough to work out by hand; ``derived/`` has the arithmetic of each."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Int, UInt
from qpim_emu.arith.window import Window
from qpim_emu.golden import network_of
from qpim_emu.hardware import TOY
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.requantize import Requantize
from tools.golden.common import ONE_VAULT, one_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from qpim_emu.golden import Recipe
    from qpim_emu.hardware import Spec

__all__ = ["RECIPES"]

FOLDER = Path(__file__).parent / "derived"
INT8: dict[str, Any] = {"low": -128, "high": 127}


def pairs() -> Linear:
    """Semantics 16."""
    return Linear(
        weights=[[1] * 8, [2, 0] * 4],
        weight_type="int4",
        activation_type="int4",
        bias=[10, 0],
        requantize=Requantize(mode="shift", shift=1, rounding="half_even", low=-8, high=7),
    )


def nine_bits() -> Linear:
    """Precisions that never pair."""
    return Linear(
        weights=[[-256, 255, 1, -1, 10, -10]],
        weight_type="int9",
        activation_type="int9",
        weight_zero_point=-2,
        activation_zero_point=3,
        bias=[5],
        requantize=Requantize(mode="shift", shift=10, rounding="half_up", zero_point=4, **INT8),
    )


def groups() -> Linear:
    """Windows inside master words, widened to groups of lines."""
    words = [0x12F5, 0x1275, 0x7FFF, -0x8000, 0x0080, -1, 0x0140, 0]
    return Linear(
        weights=[words],
        weight_type="int16",
        activation_type="int16",
        weight_window=Window(Int(4), shift=6),
        activation_window=Window(UInt(2), shift=3),
        weight_zero_point=-3,
        activation_zero_point=1,
        requantize=Requantize(mode="shift", shift=2, rounding="half_even", **INT8),
    )


def four_blocks() -> Linear:
    """Reads of four blocks, of two and of one."""
    return Linear(
        weights=[[15 - k % 16 for k in range(26)]],
        weight_type="uint4",
        activation_type="uint4",
        accumulator=Accumulator(bits=16),
        requantize=Requantize(mode="shift", shift=3, low=0, high=255),
    )


def bipolar() -> Linear:
    """Single bits."""
    return Linear(
        weights=[[1, 1, -1, 1, 1, -1]],
        weight_type="bipolar",
        activation_type="bipolar",
        bias=[1],
        requantize=Requantize(mode="multithreshold", thresholds=[-1, 0], offset=-1),
    )


def eight_bits(overflow: str) -> Linear:
    """Accumulators of 8 bits."""
    wraps = overflow == "wrap"
    return Linear(
        weights=[[7, 1, 2, 3, -8, 1, 2, 3], [-7, 1, 2, 3, -7 if wraps else 7, 1, 2, 3]],
        weight_type="int4",
        activation_type="int4",
        bias=[100, -128 if wraps else -100],
        accumulator=Accumulator(bits=8, overflow=overflow),
        requantize=Requantize(mode="shift", shift=-1 if wraps else 0, **INT8),
    )


def depthwise() -> Conv2d:
    """One accumulator per lane."""
    weights = [[1, 2], [-1, 3], [4, -4], [7, 7], [-8, 5]]
    return Conv2d(
        weights=[[[[tap] for tap in taps]] for taps in weights],
        weight_type="int4",
        activation_type="int4",
        groups=5,
        weight_zero_point=[0, 1, -1, 2, 3],
        activation_zero_point=1,
        bias=[0, 0, 10, -10, 5],
        requantize=Requantize(mode="shift", shift=1, rounding="half_away", **INT8),
    )


def wide_output() -> Linear:
    """Outputs of three words."""
    return Linear(
        weights=[[-32768, 32767], [0, -1]],
        weight_type="int16",
        activation_type="int16",
        bias=[1 << 40, -1 << 47],
    )


def chunks() -> Conv2d:
    """Vectors in pieces, two filters per pass."""
    return Conv2d(
        weights=[[[[weight]]] * 12 for weight in (1, 2, -1)],
        weight_type="int4",
        activation_type="int4",
        weight_zero_point=[0, 3, -2],
        bias=[100, 200, 0],
        requantize=Requantize(
            mode="scale_bias_shift", multiplier=3, addend=2, shift=2, low=0, high=255
        ),
    )


def words_of_8_bits() -> Linear:
    """Narrow words, and more of them."""
    return Linear(
        weights=[[0x1C, 0x00, 0x04, -1, 0x08, 0x10, 0x03, -0x20, 0x0C, 0x9B - 256]],
        weight_type="int8",
        activation_type="int8",
        weight_window=Window(Int(3), shift=2),
        activation_window=Window(Int(3), shift=2),
        requantize=Requantize(mode="shift", shift=1, rounding="toward_zero", **INT8),
    )


def partner() -> Conv2d:
    """Windows that begin in odd columns."""
    taps = ([1, 1, 1, 1], [-1, 2, 0, 1])
    return Conv2d(
        weights=[[[[taps[0][c], taps[1][c]]] for c in range(4)]],
        weight_type="int8",
        activation_type="uint8",
        accumulator=Accumulator(bits=32),
        requantize=Requantize(mode="q31_double", multiplier=1 << 30, shift=2, low=0, high=255),
    )


PIXELS = [[[1, 200, 10]], [[2, 0, 20]], [[3, 0, 30]], [[4, 255, 40]]]
ROWS = [[[1], [2]], [[3], [-4]], [[-5], [6]], [[7], [-8]], [[2], [-3]]]
CHANNELS = [1, 2, 3, 4, 5, 6, 7, -8, -1, -2, -3, -4]

CASES: dict[str, tuple[Linear | Conv2d, ArrayLike, Spec]] = {
    "pairs": (pairs(), [1, -2, 3, -4, 5, -6, 7, -8], TOY),
    "nine_bits": (nine_bits(), [255, -256, 100, -1, 7, 0], ONE_VAULT),
    "groups": (
        groups(),
        [0x18, 0x08, 0x7F, 0x07, 0x10, -1, 0x100, 0x09],
        ONE_VAULT.replace(gate_granularity=4),
    ),
    "four_blocks": (
        four_blocks(),
        [k % 16 for k in range(26)],
        ONE_VAULT.replace(max_blocks_per_read=4, row_bytes=64),
    ),
    "bipolar": (bipolar(), [1, -1, 1, 1, -1, 1], ONE_VAULT),
    "saturate": (eight_bits("saturate"), [5, 0, 0, 0, 5, 0, 0, 0], ONE_VAULT),
    "wrap": (eight_bits("wrap"), [5, 0, 0, 0, 5, 0, 0, 0], ONE_VAULT),
    "depthwise": (depthwise(), ROWS, ONE_VAULT),
    "wide_output": (wide_output(), [32767, -32768], ONE_VAULT),
    "chunks": (
        chunks(),
        [[[x]] for x in CHANNELS],
        ONE_VAULT.replace(filters_per_pass=2, pe_buffer_words=16),
    ),
    "words_of_8_bits": (
        words_of_8_bits(),
        [0x04, 0x08, 0x0C, 0x10, 0x14, 0x18, 0x1C, 0x00, 0x1F, 0xE4 - 256],
        ONE_VAULT.replace(word_bits=8),
    ),
    "partner_next": (partner(), PIXELS, ONE_VAULT.replace(partner_rule="next")),
    "partner_aligned": (partner(), PIXELS, ONE_VAULT),
}
"""Layer, one input, machine."""


def recipe(name: str) -> Recipe:
    """One derived package."""
    layer, codes, spec = CASES[name]
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    network = network_of(layer, np.shape(codes), name=f"derived-{name}")
    return one_run(network, {"input": np.array([codes])}, spec=spec, derivation=text)


RECIPES: dict[str, Callable[[], Recipe]] = {
    f"derived-{name.replace('_', '-')}": partial(recipe, name) for name in CASES
}
