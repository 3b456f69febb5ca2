"""Random operations beside the lanes, with inputs they apply to."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from qpim_emu.arith.formats import Encoding, Format
from qpim_emu.arith.interpolation import TableFloat
from qpim_emu.workload.operations import (
    Add,
    AveragePool2d,
    Clamp,
    Concat,
    Flatten,
    FloatSoftmax,
    GlobalAveragePool2d,
    Lookup,
    MaxPool2d,
    Mean,
    Mul,
    Pad,
    PairLookup,
    Relu,
    Repeat,
    Rescale,
    Reshape,
    Slice,
    Softmax,
    Softmax16,
    Sub,
    Transpose,
    WideSoftmax,
)
from tests.oracles.cases import codes_of, formats, integers_between

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import Operation

Shape = tuple[int, ...]
LARGEST = (1 << 31) - 1
MULTIPLIERS = st.sampled_from([1 << 30, (1 << 30) + 1, LARGEST, 3 << 29]) | st.integers(0, LARGEST)
SIGNED_MULTIPLIERS = MULTIPLIERS | MULTIPLIERS.map(lambda m: -m) | st.just(-LARGEST - 1)


@dataclass(frozen=True, kw_only=True)
class OperationCase:
    """An operation, the formats of its inputs, and codes for them."""

    operation: Operation
    formats: tuple[Format, ...]
    codes: tuple[IntArray, ...]

    @property
    def shapes(self) -> list[Shape]:
        """Shapes of the inputs without the batch."""
        return [array.shape[1:] for array in self.codes]


@st.composite
def operation_cases(draw: st.DrawFn, *, name: str) -> OperationCase:
    """Operations of one class on inputs of at most 16 bits."""
    return draw(KINDS[name]())


def shapes(*, axes: int | None = None, largest: int = 4) -> st.SearchStrategy[Shape]:
    """Small shapes."""
    least, most = (1, 3) if axes is None else (axes, axes)
    sizes = st.lists(st.integers(1, largest), min_size=least, max_size=most)
    return sizes.map(tuple)


def integer_formats() -> st.SearchStrategy[Format]:
    """Signed and unsigned formats."""
    return formats(bipolar=False)


@st.composite
def case_of(
    draw: st.DrawFn, operation: Operation, stored: list[Format], sizes: list[Shape]
) -> OperationCase:
    """Codes for the inputs of an operation."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    batch = draw(st.integers(1, 2))
    codes = [codes_of(rng, form, (batch, *size)) for form, size in zip(stored, sizes, strict=True)]
    return OperationCase(operation=operation, formats=tuple(stored), codes=tuple(codes))


@st.composite
def limits(draw: st.DrawFn) -> dict[str, int]:
    """Limits of output codes."""
    pairs = st.sampled_from([(-128, 127), (0, 255), (-8, 7), (0, 0), (-32768, 32767), (-20, 6)])
    low, high = draw(pairs)
    return {"low": low, "high": high}


FARTHEST = 1 << 16
"""Largest magnitude of a limit that an operation takes."""


@st.composite
def limits_within(draw: st.DrawFn, stored: Format) -> dict[str, int]:
    """Limits that some code of a format satisfies."""
    middle = draw(integers_between(stored.min, stored.max))
    below, above = draw(st.tuples(st.integers(0, 300), st.integers(0, 300)))
    return {"low": max(middle - below, -FARTHEST), "high": min(middle + above, FARTHEST)}


def zero_points(stored: Format) -> st.SearchStrategy[int]:
    """Zero points of a format, mostly."""
    return integers_between(stored.min, stored.max) | st.integers(-300, 300)


@st.composite
def sums(draw: st.DrawFn, kind: type[Add | Sub]) -> OperationCase:
    """Sums and differences of 8-bit and 16-bit codes."""
    left_shift = draw(st.sampled_from([20, 15, 0]))
    widest = 8 if left_shift == 20 else 15  # with any zero point of the format, and then some
    stored = [draw(integer_formats().filter(lambda f: f.bits <= widest)) for _ in range(2)]
    near = [draw(integers_between(f.min, f.max)) for f in stored]
    right = st.integers(0, 12) | st.integers(0, 31)
    operation = kind(
        zero_points=(near[0], near[1]),
        multipliers=(draw(SIGNED_MULTIPLIERS), draw(SIGNED_MULTIPLIERS)),
        shifts=(draw(right), draw(right)),
        left_shift=left_shift,
        output_multiplier=draw(SIGNED_MULTIPLIERS),
        output_shift=draw(right | st.integers(12, 24)),
        output_zero_point=draw(st.integers(-200, 200)),
        **draw(limits()),
    )
    return draw(case_of(operation, stored, draw(pair_of_shapes())))


@st.composite
def pair_of_shapes(draw: st.DrawFn) -> list[Shape]:
    """A shape, and one that spreads over it."""
    first = draw(shapes())
    ones = st.tuples(*(st.sampled_from([1, size]) for size in first))
    second = draw(ones | st.just(first) | st.sampled_from([first[:1], (1,), ()]))
    return [first, second]


@st.composite
def products(draw: st.DrawFn) -> OperationCase:
    """Products, of 16-bit codes with any zero point too."""
    stored = [draw(integer_formats()) for _ in range(2)]
    operation = Mul(
        zero_points=(draw(zero_points(stored[0])), draw(zero_points(stored[1]))),
        multiplier=draw(SIGNED_MULTIPLIERS),
        shift=draw(st.integers(-3, 20) | st.integers(-31, 31)),
        output_zero_point=draw(st.integers(-200, 200)),
        **draw(limits()),
    )
    return draw(case_of(operation, stored, draw(pair_of_shapes())))


@st.composite
def rescales(draw: st.DrawFn) -> OperationCase:
    """Changes of scale."""
    stored = draw(integer_formats())
    operation = Rescale(
        multiplier=draw(SIGNED_MULTIPLIERS),
        shift=draw(st.integers(-3, 8) | st.integers(-31, 31)),
        input_zero_point=draw(zero_points(stored)),
        output_zero_point=draw(st.integers(-200, 200)),
        **draw(limits()),
    )
    return draw(case_of(operation, [stored], [draw(shapes())]))


@st.composite
def means(draw: st.DrawFn) -> OperationCase:
    """Means over some axes."""
    stored, size = draw(integer_formats()), draw(shapes())
    axes = draw(st.lists(st.integers(0, len(size) - 1), min_size=1, unique=True))
    operation = Mean(
        axes=tuple(axes),
        keep_axes=draw(st.booleans()),
        multiplier=draw(MULTIPLIERS),
        shift=draw(st.integers(-3, 8) | st.integers(-31, 31)),
        input_zero_point=draw(zero_points(stored)),
        output_zero_point=draw(st.integers(-200, 200)),
        **draw(limits()),
    )
    return draw(case_of(operation, [stored], [size]))


@st.composite
def poolings(draw: st.DrawFn, kind: type[AveragePool2d | MaxPool2d]) -> OperationCase:
    """Poolings with uneven padding."""
    stored = draw(formats(bipolar=kind is MaxPool2d))
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    sides = tuple(
        (draw(st.integers(0, size - 1)), draw(st.integers(0, size - 1))) for size in kernel
    )
    options: dict[str, Any] = {"kernel": kernel, "padding": sides}
    if draw(st.booleans()):
        options["stride"] = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    if stored.encoding is not Encoding.BIPOLAR and draw(st.booleans()):
        chosen = draw(limits_within(stored))
        options |= {name: chosen[name] for name in draw(st.sets(st.sampled_from(["low", "high"])))}
    if kind is AveragePool2d and draw(st.booleans()):
        options["padding_code"] = draw(integers_between(stored.min, stored.max))
    size = (draw(st.integers(1, 3)), *(extent + draw(st.integers(0, 3)) for extent in kernel))
    return draw(case_of(kind(**options), [stored], [size]))


@st.composite
def global_averages(draw: st.DrawFn) -> OperationCase:
    """Averages of whole images."""
    return draw(case_of(GlobalAveragePool2d(), [draw(integer_formats())], [draw(shapes(axes=3))]))


@st.composite
def relus(draw: st.DrawFn) -> OperationCase:
    """ReLUs whose zero point the format holds, or that do nothing."""
    stored = draw(integer_formats())
    zero_point = draw(integers_between(stored.min - 5, stored.max))
    return draw(case_of(Relu(zero_point=zero_point), [stored], [draw(shapes())]))


@st.composite
def clamps(draw: st.DrawFn) -> OperationCase:
    """Clamps that leave some code."""
    stored = draw(integer_formats())
    return draw(case_of(Clamp(**draw(limits_within(stored))), [stored], [draw(shapes())]))


@st.composite
def lookups(draw: st.DrawFn) -> OperationCase:
    """Random tables of up to 8 bits."""
    stored = draw(integer_formats().filter(lambda f: f.bits <= 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    bound = 1 << draw(st.integers(0, 16))
    table = tuple(rng.integers(-bound, bound, 1 << stored.bits).tolist())
    return draw(case_of(Lookup(table=table, first=stored.min), [stored], [draw(shapes())]))


@st.composite
def pair_lookups(draw: st.DrawFn) -> OperationCase:
    """Random tables of pairs of up to 5 bits each, the second input spread over the first."""
    formats = [draw(integer_formats().filter(lambda f: f.bits <= 5)) for _ in range(2)]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    bits = (formats[0].bits, formats[1].bits)
    table = tuple(rng.integers(-(1 << 16), 1 << 16, 1 << sum(bits)).tolist())
    operation = PairLookup(table=table, bits=bits, firsts=(formats[0].min, formats[1].min))
    size = draw(shapes())
    second = draw(st.sampled_from([size, (1,), size[:1], (1,) * len(size)]))
    return draw(case_of(operation, formats, [size, second]))


@st.composite
def softmaxes(draw: st.DrawFn, kind: type[Softmax]) -> OperationCase:
    """Softmaxes of 8-bit codes along any axis, with any constants that scales can give."""
    stored, size = draw(integer_formats().filter(lambda f: f.bits <= 8)), draw(shapes(largest=6))
    exponent = draw(st.floats(-14, 6))
    axis = draw(st.integers(-1, len(size) - 1))
    operation = kind.from_scale(input_scale=2.0**exponent, axis=axis)
    return draw(case_of(operation, [stored], [size]))


@st.composite
def softmaxes_of_16_bits(draw: st.DrawFn) -> OperationCase:
    """Softmaxes of up to 16-bit codes along any axis, by either engine's tables."""
    stored, size = draw(integer_formats()), draw(shapes(largest=6))
    operation = Softmax16.from_scale(
        input_scale=2.0 ** draw(st.floats(-16, 2)),
        axis=draw(st.integers(-1, len(size) - 1)),
        table_float=draw(st.sampled_from(TableFloat)),
    )
    return draw(case_of(operation, [stored], [size]))


@st.composite
def float_softmaxes(draw: st.DrawFn) -> OperationCase:
    """Softmaxes by tables of floats, with ties, clamped outputs and subnormal numbers."""
    stored, size = draw(integer_formats().filter(lambda f: f.bits <= 8)), draw(shapes(largest=9))
    axis = draw(st.integers(-1, len(size) - 1))
    levels = st.sampled_from([1, 3, 127, 255, 256, 1 << 10]) | st.integers(1, 1 << 16)
    operation = FloatSoftmax.from_scales(
        length=draw(st.integers(700, 1 << 15)),
        input_scale=2.0 ** draw(st.floats(-16, 4)),
        output_scale=1 / draw(levels),
        output_zero_point=draw(st.sampled_from([-128, 0, 77])),
        high=draw(st.sampled_from([127, 255])),
        axis=axis,
    )
    return draw(case_of(operation, [stored], [size]))


@st.composite
def reshapes(draw: st.DrawFn) -> OperationCase:
    """New shapes of as many elements."""
    size = draw(shapes())
    count = prod(size)
    inner = draw(st.sampled_from([n for n in range(1, count + 1) if count % n == 0]))
    shape = draw(st.sampled_from([(count // inner, inner), (count,), (inner, 1, count // inner)]))
    return draw(case_of(Reshape(shape=shape), [draw(formats())], [size]))


@st.composite
def transposes(draw: st.DrawFn) -> OperationCase:
    """Orders of axes."""
    size = draw(shapes())
    axes = tuple(draw(st.permutations(range(len(size)))))
    return draw(case_of(Transpose(axes=axes), [draw(formats())], [size]))


@st.composite
def slices(draw: st.DrawFn) -> OperationCase:
    """Parts of tensors, in steps of either sign."""
    size = draw(shapes(largest=7))
    chosen = [draw(places(extent)) for extent in size]
    starts, sizes, steps = zip(*chosen, strict=True)
    operation = Slice(starts=starts, sizes=sizes, steps=steps)
    return draw(case_of(operation, [draw(formats())], [size]))


@st.composite
def places(draw: st.DrawFn, extent: int) -> tuple[int, int, int]:
    """Start, size and step along an axis."""
    start, last = draw(st.integers(0, extent - 1)), draw(st.integers(0, extent - 1))
    if start == last:
        return start, 1, draw(st.sampled_from([-3, 1, 2]))
    step = draw(st.integers(1, abs(last - start))) * (1 if last > start else -1)
    return start, (last - start) // step + 1, step


@st.composite
def repeats(draw: st.DrawFn) -> OperationCase:
    """Elements repeated along any axis, of any format."""
    size = draw(shapes(largest=6))
    counts = tuple(draw(st.integers(1, 3)) for _ in size)
    return draw(case_of(Repeat(counts=counts), [draw(formats())], [size]))


@st.composite
def concats(draw: st.DrawFn) -> OperationCase:
    """Up to four tensors next to each other."""
    size, count = draw(shapes()), draw(st.integers(1, 4))
    axis = draw(st.integers(0, len(size) - 1))
    sizes = [(*size[:axis], draw(st.integers(1, 4)), *size[axis + 1 :]) for _ in range(count)]
    shared = st.lists(formats(), min_size=1, max_size=1).map(lambda one: one * count)
    mixed = st.lists(integer_formats(), min_size=count, max_size=count)
    return draw(case_of(Concat(count=count, axis=axis), draw(shared | mixed), sizes))


@st.composite
def pads(draw: st.DrawFn) -> OperationCase:
    """Paddings on any side."""
    stored, size = draw(formats()), draw(shapes())
    padding = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in size)
    code = draw(st.sampled_from([stored.min, stored.max]))
    return draw(case_of(Pad(padding=padding, code=code), [stored], [size]))


@st.composite
def flattenings(draw: st.DrawFn) -> OperationCase:
    """Vectors of any tensor."""
    return draw(case_of(Flatten(), [draw(formats())], [draw(shapes())]))


KINDS: dict[str, Callable[[], st.SearchStrategy[OperationCase]]] = {
    "Add": lambda: sums(Add),
    "AveragePool2d": lambda: poolings(AveragePool2d),
    "Clamp": clamps,
    "Concat": concats,
    "Flatten": flattenings,
    "FloatSoftmax": float_softmaxes,
    "GlobalAveragePool2d": global_averages,
    "Lookup": lookups,
    "MaxPool2d": lambda: poolings(MaxPool2d),
    "Mean": means,
    "Mul": products,
    "Pad": pads,
    "PairLookup": pair_lookups,
    "Relu": relus,
    "Repeat": repeats,
    "Rescale": rescales,
    "Reshape": reshapes,
    "Slice": slices,
    "Softmax": lambda: softmaxes(Softmax),
    "Softmax16": softmaxes_of_16_bits,
    "Sub": lambda: sums(Sub),
    "Transpose": transposes,
    "WideSoftmax": lambda: softmaxes(WideSoftmax),
}
"""Strategy of each class of operation."""
