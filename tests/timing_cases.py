"""Random machines and layers for the tests of timing: small, and rich in row visits."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from hypothesis import strategies as st

from qpim_emu.arith.formats import Int
from qpim_emu.arith.window import Window
from qpim_emu.hardware import TOY, Spec, Timing
from qpim_emu.workload.layers import Conv2d, Linear

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["Case", "cases", "machines", "timing_of", "timings"]

Draw: TypeAlias = st.DrawFn

NAMES = ("rcd", "cl", "rp", "ras", "rtp", "wr", "rrd", "faw", "ccd", "rfc")


class Case(NamedTuple):
    """A layer, its input and the machine it runs on."""

    layer: Conv2d | Linear
    codes: IntArray
    spec: Spec


def timing_of(*, refi: int, **cycles: int) -> Timing:
    """Timing with a clock of 1 ns, given in cycles."""
    times: dict[str, Any] = {f"t{name}_ns": count for name, count in cycles.items()}
    return Timing(**times, tck_ns=Decimal(1), trefi_ns=Decimal(refi))


@st.composite
def timings(draw: Draw) -> Timing:
    """Any timing that a machine may have, refreshing often."""
    cycles = {name: draw(st.integers(1, 4)) for name in NAMES}
    cycles["ras"] = draw(st.sampled_from([1, 4, 12]))
    cycles["rfc"] = draw(st.integers(1, 9))
    cycles["rrd"] = draw(st.integers(1, min(4, cycles["ras"] + cycles["rp"])))
    longest = 3 * cycles["rrd"] + cycles["ras"] + cycles["rp"]
    cycles["faw"] = draw(st.just(longest) | st.integers(1, longest))
    slack = draw(st.sampled_from([1, 2, 3, 5, 500]))
    return timing_of(refi=sum(cycles.values()) + slack, **cycles)


@st.composite
def machines(draw: Draw) -> Spec:
    """Any small machine."""
    columns = draw(st.sampled_from([4, 8, 8, 1, 2, 3, 5]))
    word_bits, words = draw(st.sampled_from([(16, 2), (16, 4), (8, 4), (12, 2)]))
    block_bytes = word_bits * words // 8
    return TOY.replace(
        vaults=draw(st.integers(1, 3)),
        banks_per_layer=draw(st.sampled_from([1, 2, 3, 4, 5, 8])),
        row_bytes=columns * block_bytes,
        block_bytes=block_bytes,
        bank_bytes=columns * block_bytes * 512,
        word_bits=word_bits,
        timing=draw(timings()),
        max_blocks_per_read=draw(st.sampled_from([4, 2, 4, 1])),
        filters_per_pass=draw(st.integers(1, 3)),
        pe_buffer_words=words * draw(st.sampled_from([3, 4, 7, 64])),
        gate_granularity=draw(st.sampled_from([1, 1, 2, 4])),
        partner_rule=draw(st.sampled_from(["aligned", "next"])),
        row_policy=draw(st.sampled_from(["open", "closed"])),
        look_ahead=draw(st.integers(0, 3)),
    )


@st.composite
def windows(draw: Draw, word_bits: int) -> Window:
    """A window, often narrow enough for reads of several blocks."""
    half, quarter = word_bits // 2, word_bits // 4
    bits = draw(st.sampled_from([quarter, half, 1, quarter - 1, half + 1, word_bits]))
    shift = draw(st.sampled_from([0, 0, 1, word_bits - bits]))
    return Window(Int(bits), shift=min(shift, word_bits - bits))


@st.composite
def linear_layers(draw: Draw, options: dict[str, Any]) -> tuple[Linear, tuple[int, ...]]:
    """A fully connected layer of zeros and the shape of its input."""
    filters, channels = draw(st.integers(1, 6)), draw(st.sampled_from([16, 40, 30, 9, 3]))
    layer = Linear(weights=np.zeros((filters, channels), np.int64), **options)
    return layer, (draw(st.integers(1, 3)), channels)


@st.composite
def conv_layers(draw: Draw, options: dict[str, Any]) -> tuple[Conv2d, tuple[int, ...]]:
    """A convolution of zeros, grouped or depthwise at times, and the shape of its input."""
    groups, channels = draw(st.sampled_from([(1, 16), (1, 1), (1, 5), (2, 3), (5, 1)]))
    filters = groups * draw(st.integers(1, 3))
    kernel = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    dilation = (1, draw(st.integers(1, 2)))
    size = (kernel[0] + draw(st.integers(0, 2)), 2 * kernel[1] + draw(st.integers(0, 3)))
    layer = Conv2d(
        weights=np.zeros((filters, channels, *kernel), np.int64),
        groups=groups,
        dilation=dilation,
        padding=draw(st.integers(0, 1)),
        stride=draw(st.integers(1, 2)),
        **options,
    )
    return layer, (draw(st.integers(1, 2)), groups * channels, *size)


@st.composite
def cases(draw: Draw) -> Case:
    """Any layer on any machine; the data are zeros, because time does not depend on them."""
    spec = draw(machines())
    options = {
        "weight_type": Int(1),
        "activation_type": Int(1),
        "weight_window": draw(windows(spec.word_bits)),
        "activation_window": draw(windows(spec.word_bits)),
    }
    layer, shape = draw(linear_layers(options) | conv_layers(options))
    return Case(layer, np.zeros(shape, np.int64), spec)
