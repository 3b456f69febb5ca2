"""Layers of every kind, mapped in every way, and operations beside the lanes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from qpim_emu.hardware import TOY
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear
from qpim_emu.workload.network import Network, Node, TensorType
from qpim_emu.workload.operations import Add, AveragePool2d, Flatten, MaxPool2d, Relu, Softmax
from qpim_emu.workload.requantize import Requantize
from tools.golden.common import ONE_VAULT, Steps, codes_of, one_run, separate

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.golden import Recipe

__all__ = ["RECIPES"]

INT8 = Requantize(
    mode="q31_double", multiplier=1518500250, shift=4, zero_point=5, low=-128, high=127
)


def convolutions() -> Recipe:
    """Channel-blocked and unfolded, grouped, dilated and strided, with borders; two vaults."""
    blocked = Conv2d(
        weights=codes_of("int4", (5, 6, 3, 2), seed=41),
        weight_type="int4",
        activation_type="uint4",
        padding=((1, 1), (0, 1)),
        dilation=(1, 2),
        activation_zero_point=3,
        weight_zero_point=-2,
        bias=[9, -9, 0, 500, -500],
        accumulator=Accumulator(bits=32),
        requantize=replace_zero(INT8),
    )
    unfolded = Conv2d(
        weights=codes_of("int8", (2, 1, 3, 3), seed=42),
        weight_type="int8",
        activation_type="int8",
        stride=2,
        padding=1,
        activation_zero_point=-1,
        accumulator=Accumulator(bits=32),
        requantize=INT8,
    )
    grouped = Conv1d(
        weights=codes_of("int3", (4, 2, 3), seed=43),
        weight_type="int3",
        activation_type="int7",
        groups=2,
        padding=(2, 0),
        accumulator=Accumulator(bits=20),
        requantize=Requantize(mode="shift", shift=-1, low=-200, high=200),
    )
    steps: Steps = {
        "blocked": (blocked, codes_of("uint4", (1, 6, 3, 4), seed=44)),
        "unfolded": (unfolded, codes_of("int8", (1, 1, 3, 4), seed=45)),
        "grouped": (grouped, codes_of("int7", (1, 4, 5), seed=46)),
    }
    return separate("convolutions", steps, spec=TOY)


def replace_zero(unit: Requantize) -> Requantize:
    """The same unit with constants of its own for every filter."""
    return Requantize(
        **unit.fields()
        | {
            "multiplier": [1073741824, -1073741824, 2147483647, 1518500250, 1200000000],
            "shift": [2, 2, 5, -1, 9],
            "zero_point": [0, 1, -1, 100, -100],
        }
    )


def passes() -> Recipe:
    """Two filters per pass, vectors in chunks that fill the buffer, rows that close at once."""
    spec = ONE_VAULT.replace(
        name="toy, two filters per pass", filters_per_pass=2, pe_buffer_words=16,
        row_policy="closed", look_ahead=1,
    )  # fmt: skip
    layer = Conv2d(
        weights=codes_of("int8", (3, 6, 2, 2), seed=51),
        weight_type="int8",
        activation_type="uint8",
        activation_zero_point=128,
        weight_zero_point=[0, 3, -3],
        bias=[1, 2, 3],
        accumulator=Accumulator(bits=32),
        requantize=Requantize(mode="q31_double", multiplier=2**30 + 12345, shift=7, low=-128,
                              high=127),
    )  # fmt: skip
    rows = Linear(
        weights=codes_of("int5", (5, 17), seed=52),
        weight_type="int5",
        activation_type="int6",
        activation_zero_point=50,
        weight_zero_point=[30, -30, 0, 1, 2],
        accumulator=Accumulator(bits=24),
    )
    steps: Steps = {
        "chunks": (layer, codes_of("uint8", (2, 6, 2, 3), seed=53)),
        "batch": (rows, codes_of("int6", (2, 17), seed=54)),
    }
    return separate("passes", steps, spec=spec)


def depthwise() -> Recipe:
    """One accumulator per lane: two filters per channel, lanes without a channel, borders."""
    layer = Conv2d(
        weights=codes_of("int8", (10, 1, 3, 3), seed=61),
        weight_type="int8",
        activation_type="int8",
        groups=5,
        padding=1,
        activation_zero_point=7,
        weight_zero_point=list(range(-5, 5)),
        bias=list(range(-50, 50, 10)),
        accumulator=Accumulator(bits=32),
        requantize=INT8,
    )
    codes = codes_of("int8", (1, 5, 3, 3), seed=62)
    return separate("depthwise", {"lanes": (layer, codes)}, spec=TOY)


def refreshes() -> Recipe:
    """A machine so slow to fill that phases refresh in their middle, and layers at their end."""
    timing = replace(TOY.timing, trefi_ns=Decimal(36))
    spec = ONE_VAULT.replace(name="toy, often refreshed", timing=timing)
    layer = Linear(
        weights=codes_of("int16", (3, 64), seed=71),
        weight_type="int16",
        activation_type="int16",
        accumulator=Accumulator(bits=48),
    )
    return separate("refreshes", {"rows": (layer, codes_of("int16", (1, 64), seed=72))}, spec=spec)


def operations() -> Recipe:
    """What the lanes do not compute: every vault reads its blocks and writes its blocks."""
    layer = Conv2d(
        weights=codes_of("int4", (3, 2, 1, 1), seed=81),
        weight_type="int4",
        activation_type="int8",
        requantize=Requantize(mode="shift", shift=3, rounding="half_even", low=-128, high=127),
    )
    add = Add.from_scales(
        scales=(0.5, 0.25), zero_points=(0, 3), output_scale=0.75, output_zero_point=-4,
        low=-128, high=127,
    )  # fmt: skip
    network = Network(
        name="operations",
        inputs={"image": TensorType(shape=(2, 4, 4), format="int8")},
        nodes=[
            Node(name="conv", step=layer, inputs=("image",)),
            Node(name="relu", step=Relu(zero_point=-2), inputs=("conv",)),
            Node(name="sum", step=add, inputs=("conv", "relu")),
            Node(name="largest", step=MaxPool2d(kernel=2), inputs=("sum",)),
            Node(name="mean", step=AveragePool2d(kernel=2, stride=1), inputs=("largest",)),
            Node(name="flat", step=Flatten(), inputs=("mean",)),
            Node(name="softmax", step=Softmax.from_scale(input_scale=0.1), inputs=("flat",)),
        ],
    )
    return one_run(network, {"image": codes_of("int8", (2, 2, 4, 4), seed=82)}, spec=TOY)


RECIPES: dict[str, Callable[[], Recipe]] = {
    "convolutions": convolutions,
    "passes": passes,
    "depthwise": depthwise,
    "refreshes": refreshes,
    "operations": operations,
}
