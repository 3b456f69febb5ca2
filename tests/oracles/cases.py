"""Random layers, inputs and requantizations for the tests of the oracle."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from qpim_emu.arith.formats import BIPOLAR, Encoding, Format
from qpim_emu.arith.window import Window
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers.conv import Conv1d, Conv2d
from qpim_emu.workload.layers.linear import Linear
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

MODES = (
    "none",
    "shift",
    "scale_bias_shift",
    "q31_double",
    "q31_single",
    "q15_acc64",
    "f64_away",
    "f32_even",
    "f_even_zp_in",
    "multithreshold",
)
ROUNDINGS = ("floor", "toward_zero", "half_up", "half_even", "half_away")
WIDEST = {"q31_double": 32, "q31_single": 32, "q15_acc64": 48} | dict.fromkeys(
    ("f64_away", "f32_even", "f_even_zp_in"), 53
)
SHIFTS = {"q31_double": (-31, 31), "q31_single": (-30, 31), "q15_acc64": (-7, 31)}
SCALES = st.one_of(
    st.sampled_from([0.5, 0.25, 1.0, 1.5, 2.0**-20, 0.1, float(np.float32(0.1)), 2.0**60, 1e30]),
    st.floats(1e-12, 1e6, allow_nan=False),
)


def integers_between(low: int, high: int) -> st.SearchStrategy[int]:
    """Integers of a range, often its ends, often small."""
    near = [v for v in (low, high, low + 1, high - 1, 0, 1, -1) if low <= v <= high]
    return st.one_of(st.sampled_from(near), st.integers(low, high))


def filterwise(values: st.SearchStrategy[Any], filters: int) -> st.SearchStrategy[Any]:
    """A scalar, or a list of one value per filter."""
    return values | st.lists(values, min_size=filters, max_size=filters)


@st.composite
def requantizations(draw: st.DrawFn, *, mode: str, filters: int) -> Requantize:
    """Draw a unit of `mode` whose constants are scalars or one per filter."""
    if mode == "none":
        return Requantize()
    if mode == "multithreshold":
        return Requantize(mode=mode, **draw(threshold_constants(filters)))
    constants: dict[str, Any] = {"mode": mode}
    if mode in {"f64_away", "f32_even", "f_even_zp_in"}:
        constants["scale"] = draw(filterwise(SCALES, filters))
    else:
        low, high = SHIFTS.get(mode, (-70, 70))
        near = st.integers(max(low, -3), 12)
        constants["shift"] = draw(filterwise(near | st.integers(low, high), filters))
    if mode == "shift":
        constants["rounding"] = draw(st.sampled_from(ROUNDINGS))
    if mode in {"q31_single", "q15_acc64"}:
        fractions = st.just(1 << 30) | integers_between(0, (1 << 31) - 1)
        constants["multiplier"] = draw(filterwise(fractions, filters))
    if mode in {"q31_double", "scale_bias_shift"}:
        factors = st.just(1 << 30) | integers_between(-(1 << 31), (1 << 31) - 1)
        constants["multiplier"] = draw(filterwise(factors, filters))
    if mode == "scale_bias_shift":
        addends = integers_between(-(1 << 63), (1 << 63) - 1) | st.integers(-100, 100)
        constants["addend"] = draw(filterwise(addends, filters))
    low, high = draw(limits())
    zero_point = draw(integers_between(low, high))
    return Requantize(**constants, low=low, high=high, zero_point=zero_point)


def accumulators_near_ties(unit: Requantize, bits: int) -> st.SearchStrategy[int]:
    """Accumulators of `bits` bits: extremes, ties of binary scales, thresholds, neighbours."""
    top = (1 << (bits - 1)) - 1
    multiples = st.builds(lambda k, e: k << e, st.integers(-300, 300), st.integers(0, bits))
    choices = [integers_between(-top - 1, top), st.integers(-20, 20), multiples]
    if unit.thresholds is not None:
        choices.append(st.sampled_from([int(t) for t in unit.thresholds.flat]))
    near = st.builds(lambda value, step: value + step, st.one_of(choices), st.integers(-1, 1))
    return near.map(lambda value: min(max(value, -top - 1), top))


@st.composite
def threshold_constants(draw: st.DrawFn, filters: int) -> dict[str, Any]:
    """Ascending thresholds and an offset, shared or one per filter; limits at times."""
    count = draw(st.integers(1, 6))
    row = st.lists(
        integers_between(-(1 << 40), 1 << 40) | st.integers(-40, 40),
        min_size=count,
        max_size=count,
    ).map(sorted)
    rows = row | st.lists(row, min_size=filters, max_size=filters)
    low, high = draw(st.just((None, None)) | limits())
    offset = draw(filterwise(st.integers(-8, 8), filters))
    return {"thresholds": draw(rows), "offset": offset, "low": low, "high": high}


def limits() -> st.SearchStrategy[tuple[int, int]]:
    """Clamps of common output types, and a wide one that hides nothing."""
    return st.sampled_from(
        [(-128, 127), (0, 255), (-8, 7), (0, 15), (-(1 << 31), (1 << 31) - 1), (0, 6)]
    )


@st.composite
def formats(draw: st.DrawFn, *, bipolar: bool = True) -> Format:
    """Formats of 1 to 16 bits, narrow ones more often."""
    if bipolar and draw(st.integers(0, 5)) == 0:
        return BIPOLAR
    bits = draw(st.integers(1, 8) | st.integers(1, 16))
    return Format(bits, draw(st.sampled_from([Encoding.SIGNED, Encoding.UNSIGNED])))


@st.composite
def windows(draw: st.DrawFn, stored: Format, *, bipolar: bool) -> Window:
    """The whole code, or any window that ends inside 16 bits."""
    if (bipolar or stored is not BIPOLAR) and draw(st.booleans()):
        return Window(stored)
    seen = draw(formats(bipolar=bipolar))
    return Window(seen, shift=draw(st.integers(0, 16 - seen.bits)))


def codes_of(rng: np.random.Generator, stored: Format, shape: tuple[int, ...]) -> IntArray:
    """Random codes, a third of them the extremes of their format."""
    if stored.encoding is Encoding.BIPOLAR:
        return rng.choice(np.array([-1, 1]), shape)
    low = -(1 << (stored.bits - 1)) if stored.encoding is Encoding.SIGNED else 0
    high = low + (1 << stored.bits) - 1
    extremes = rng.choice(np.array([low, high]), shape)
    return np.where(rng.random(shape) < 1 / 3, extremes, rng.integers(low, high + 1, shape))


@st.composite
def operands(
    draw: st.DrawFn, rng: np.random.Generator, shape: tuple[int, ...], *, border: bool
) -> dict[str, Any]:
    """Everything that `Conv2d`, `Conv1d` and `Linear` share."""
    filters = shape[0]
    weight_type, activation_type = draw(formats()), draw(formats())
    seen = draw(windows(activation_type, bipolar=not border))
    mode = draw(st.sampled_from(MODES))
    widths = [b for b in (8, 9, 16, 31, 32, 47, 48, 63, 64) if b <= WIDEST.get(mode, 64)]
    bits = draw(st.sampled_from(widths))
    top = (1 << (bits - 1)) - 1
    inside = (0, (1 << seen.format.bits) - 1)
    if seen.format.encoding is Encoding.SIGNED:
        inside = (-(1 << (seen.format.bits - 1)), (1 << (seen.format.bits - 1)) - 1)
    return {
        "weights": codes_of(rng, weight_type, shape),
        "weight_type": weight_type,
        "activation_type": activation_type,
        "weight_window": draw(windows(weight_type, bipolar=True)),
        "activation_window": seen,
        "weight_zero_point": draw(filterwise(st.integers(-200, 200) | st.just(0), filters)),
        "activation_zero_point": draw(integers_between(*inside)),
        "bias": draw(filterwise(integers_between(-top - 1, top) | st.integers(-99, 99), filters)),
        "accumulator": Accumulator(
            bits=bits, overflow=draw(st.sampled_from(["wrap", "saturate", "trap"]))
        ),
        "requantize": draw(requantizations(mode=mode, filters=filters)),
    }


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[Conv2d, IntArray]:
    """A small `Conv2d` of any geometry and an input for it."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    groups, channels = draw(st.sampled_from([(1, 1), (1, 3), (2, 2), (3, 1), (2, 1)]))
    filters = groups * draw(st.integers(1, 2))
    kernel = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    dilation = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    sides = st.just((0, 0)) | st.tuples(st.integers(0, 2), st.integers(0, 2))
    padding = draw(sides), draw(sides)
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    size = [max(1, reach[a] - sum(padding[a])) + draw(st.integers(0, 2)) for a in range(2)]
    border = any(side for axis in padding for side in axis)
    common = draw(operands(rng, (filters, channels, *kernel), border=border))
    stride = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    layer = Conv2d(**common, stride=stride, padding=padding, dilation=dilation, groups=groups)
    shape = (draw(st.integers(1, 2)), groups * channels, *size)
    return layer, codes_of(rng, layer.activation_type, shape)


@st.composite
def lines(draw: st.DrawFn) -> tuple[Conv1d, IntArray]:
    """A small `Conv1d` and an input for it."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    groups, channels = draw(st.sampled_from([(1, 2), (2, 1), (2, 2)]))
    kernel, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 2))
    padding = draw(st.just((0, 0)) | st.tuples(st.integers(0, 3), st.integers(0, 3)))
    common = draw(operands(rng, (groups * 2, channels, kernel), border=padding != (0, 0)))
    layer = Conv1d(
        **common,
        stride=draw(st.integers(1, 3)),
        padding=padding,
        dilation=dilation,
        groups=groups,
    )
    length = dilation * (kernel - 1) + 1 + draw(st.integers(0, 3))
    shape = (draw(st.integers(1, 2)), groups * channels, length)
    return layer, codes_of(rng, layer.activation_type, shape)


@st.composite
def matrices(draw: st.DrawFn) -> tuple[Linear, IntArray]:
    """A small `Linear` and a batch for it."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    channels = draw(st.integers(1, 9))
    common = draw(operands(rng, (draw(st.integers(1, 3)), channels), border=False))
    layer = Linear(**common)
    return layer, codes_of(rng, layer.activation_type, (draw(st.integers(1, 3)), channels))


@st.composite
def orders(draw: st.DrawFn, products: int) -> list[list[int]]:
    """Every product once, shuffled and cut into lists."""
    shuffled = draw(st.permutations(range(products)))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, products - 1)), max_size=6)))
    edges = [0, *(cut for cut in cuts if cut < products), products]
    return [list(shuffled[a:b]) for a, b in itertools.pairwise(edges)]
