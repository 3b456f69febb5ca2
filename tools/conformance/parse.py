"""Questions as the emulator's own objects."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Encoding, Format
from qpim_emu.arith.requantize import RULES, Mode
from qpim_emu.arith.window import Window
from qpim_emu.hardware import TOY
from qpim_emu.mapping.request import Layout, Mapping
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.requantize import Requantize
from tools.conformance.constants import MODES, ROUNDINGS
from tools.conformance.sums import POLICIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qpim_emu.hardware import Spec
    from qpim_emu.typing import IntArray

__all__ = ["LayerQuestion", "Numbers", "machine", "read_layer", "read_unit", "read_window"]

ENCODINGS = (Encoding.UNSIGNED, Encoding.SIGNED, Encoding.BIPOLAR)
COLUMNS, ROWS = 8, 2048
CONSTANTS = ("multiplier", "shift", "addend", "scale", "offset", "zero_point")


class Numbers:
    """The numbers of a question, taken one after the other."""

    def __init__(self, values: Iterable[int]) -> None:
        self.values = iter(values)

    def one(self) -> int:
        """Take a number."""
        return next(self.values)

    def several(self, count: int) -> list[int]:
        """Take so many."""
        return [self.one() for _ in range(count)]

    def array(self, *shape: int) -> IntArray:
        """Take as many as an array of that shape has."""
        return np.array(self.several(int(np.prod(shape))), np.int64).reshape(shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerQuestion:
    """A layer, the machine that is to run it, and the shape of its input."""

    layer: Conv2d | Linear
    spec: Spec
    mapping: Mapping
    shape: tuple[int, ...]


def machine(reads: Sequence[int]) -> Spec:
    """Machine of (word bits, words per block, most blocks, granularity, partner rule)."""
    width, words, blocks, granularity, takes_next = reads
    block = words * width // 8
    return TOY.replace(
        name="conformance",
        word_bits=width,
        block_bytes=block,
        row_bytes=COLUMNS * block,
        bank_bytes=ROWS * COLUMNS * block,
        max_blocks_per_read=blocks,
        gate_granularity=granularity,
        partner_rule="next" if takes_next else "aligned",
    )


def read_window(numbers: Numbers) -> Window:
    """Take lo, bits and code of a window."""
    lo, bits, code = numbers.several(3)
    return Window(Format(bits, ENCODINGS[code]), shift=lo)


def read_unit(codes: Sequence[int], limits: Sequence[int], filters: IntArray) -> Requantize:
    """Make a requantize unit.

    Parameters
    ----------
    codes
        Mode and rounding.
    limits
        Low and high.
    filters
        ``int64[filters, 6 + thresholds]``: constants in the columns' order.
    """
    mode = MODES[codes[0]]
    rules = RULES[mode]
    columns: dict[str, Any] = {name: filters[:, i] for i, name in enumerate(CONSTANTS)}
    scales = [struct.unpack("<d", struct.pack("<q", bits))[0] for bits in filters[:, 3].tolist()]
    given = {name: columns[name] for name in rules.integers}
    if "scale" in rules.others:
        given["scale"] = np.array(scales)
    if "thresholds" in rules.others:
        given["thresholds"] = filters[:, len(CONSTANTS) :]
    if "rounding" in rules.others:
        given["rounding"] = ROUNDINGS[codes[1]]
    if rules.zero_point:
        given["zero_point"] = columns["zero_point"]
    if mode is not Mode.NONE:
        given |= {"low": limits[0], "high": limits[1]}
    return Requantize(mode=mode, **given)


def read_layer(numbers: Numbers) -> LayerQuestion:
    """Take everything of a layer but its input codes."""
    linear, images, channels, height, width, filters = numbers.several(6)
    kernel, stride, dilation = (numbers.several(2) for _ in range(3))
    top, bottom, left, right, groups = numbers.several(5)
    spec = machine(numbers.several(5))
    unfolded = numbers.one()
    operands: dict[str, Any] = {}
    for name in ("weight", "activation"):
        code, bits = numbers.several(2)
        operands[f"{name}_type"] = Format(bits, ENCODINGS[code])
        operands[f"{name}_window"] = read_window(numbers)
    zero, acc_bits, policy, mode, rounding, low, high, count = numbers.several(8)
    table = numbers.array(filters, 2 + len(CONSTANTS) + count)
    operands |= {
        "activation_zero_point": zero,
        "weight_zero_point": table[:, 1],
        "bias": table[:, 0],
        "accumulator": Accumulator(bits=acc_bits, overflow=POLICIES[policy]),
        "requantize": read_unit((mode, rounding), (low, high), table[:, 2:]),
    }
    if linear:
        weights = numbers.array(filters, channels)
        one, shape = Linear(weights=weights, **operands), (images, channels)
        return LayerQuestion(layer=one, spec=spec, mapping=Mapping(), shape=shape)
    weights = numbers.array(filters, channels // groups, *kernel)
    return LayerQuestion(
        layer=Conv2d(
            weights=weights,
            stride=(stride[0], stride[1]),
            dilation=(dilation[0], dilation[1]),
            padding=((top, bottom), (left, right)),
            groups=groups,
            **operands,
        ),
        spec=spec,
        mapping=Mapping(layout=Layout.UNFOLDED if unfolded else Layout.BLOCKED),
        shape=(images, channels, height, width),
    )
