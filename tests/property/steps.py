"""Steps of every kind of node, with inputs they apply to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from qpim_emu.arith.interpolation import TableFloat
from qpim_emu.workload import operations as ops
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear
from qpim_emu.workload.network import Step, TensorType
from tests.oracles.cases import convolutions, formats, lines, matrices

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["SAMPLES", "Sample", "tensors"]

Sample = tuple[Step, list[TensorType]]

MULTIPLIERS = st.sampled_from([0, 1, 1 << 30, (1 << 31) - 1])
ZEROS = st.integers(-128, 127)
SHIFTS = st.integers(0, 31)
LOW, HIGH = st.integers(-128, 0), st.integers(0, 127)


def with_input(case: tuple[Conv1d | Conv2d | Linear, IntArray]) -> Sample:
    """A layer and the type of the input it was drawn with."""
    layer, codes = case
    return layer, [TensorType(shape=codes.shape[1:], format=layer.activation_type)]


@st.composite
def tensors(draw: st.DrawFn) -> TensorType:
    """Any small tensor."""
    shape = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    return TensorType(shape=shape, format=draw(formats()))


def image() -> TensorType:
    """Three axes that differ."""
    return TensorType(shape=(2, 3, 4), format="int8")


def on_images(step: type[Any], *, images: int = 1, **constants: Any) -> st.SearchStrategy[Sample]:  # noqa: ANN401
    """A step with drawn constants on so many images."""
    drawn = st.fixed_dictionaries(constants)
    return drawn.map(lambda given: (step(**given), [image()] * images))


@st.composite
def pools(draw: st.DrawFn, /, pool: Any, **constants: Any) -> Sample:  # noqa: ANN401
    """Windows of any shape over an image they fit in."""
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    padding = tuple(tuple(draw(st.integers(0, k - 1)) for _ in range(2)) for k in kernel)
    stride = draw(st.none() | st.tuples(st.integers(1, 3), st.integers(1, 3)))
    limits = draw(st.just({}) | st.fixed_dictionaries({"low": LOW, "high": HIGH}))
    others = {name: draw(values) for name, values in constants.items()}
    step = pool(kernel=kernel, stride=stride, padding=padding, **limits, **others)
    return step, [TensorType(shape=(2, kernel[0] + 2, kernel[1]), format="int8")]


@st.composite
def slices(draw: st.DrawFn) -> Sample:
    """Part of an image, forwards or backwards along each axis."""
    starts = tuple(draw(st.integers(0, size - 1)) for size in image().shape)
    steps = draw(st.just(()) | st.just((-1, 2, -3)))
    return ops.Slice(starts=starts, sizes=(1, 1, 1), steps=steps), [image()]


def tables() -> st.SearchStrategy[tuple[int, ...]]:
    """Tables for codes of 8 bits, or of 16."""
    short = st.lists(st.integers(-(1 << 15), (1 << 15) - 1), min_size=256, max_size=256)
    return short.map(tuple) | st.just(tuple(range(1 << 16)))


def pair_tables() -> st.SearchStrategy[tuple[int, ...]]:
    """Tables for pairs of codes, 7 bits together."""
    return st.lists(st.integers(-(1 << 15), (1 << 15) - 1), min_size=128, max_size=128).map(tuple)


def shared() -> dict[str, Any]:
    """Constants of the output of every rescaling operation."""
    return {"output_zero_point": ZEROS, "low": LOW, "high": HIGH}


def sums() -> dict[str, Any]:
    """Constants of additions and subtractions."""
    return shared() | {
        "zero_points": st.tuples(ZEROS, ZEROS),
        "multipliers": st.tuples(MULTIPLIERS, MULTIPLIERS),
        "shifts": st.tuples(SHIFTS, SHIFTS),
        "output_multiplier": MULTIPLIERS,
        "output_shift": SHIFTS,
        "left_shift": st.integers(0, 20),
    }


AXES = st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True).map(tuple)
SIDES = st.tuples(st.integers(0, 3), st.integers(0, 3))
SCALING: dict[str, Any] = {"multiplier": MULTIPLIERS, "shift": st.integers(-31, 31)}

SAMPLES: dict[type[Any], st.SearchStrategy[Sample]] = {
    Conv1d: lines().map(with_input),
    Conv2d: convolutions().map(with_input),
    Linear: matrices().map(with_input),
    ops.Add: on_images(ops.Add, images=2, **sums()),
    ops.AveragePool2d: pools(ops.AveragePool2d, padding_code=st.none() | ZEROS),
    ops.Clamp: on_images(ops.Clamp, low=LOW, high=HIGH),
    ops.Concat: on_images(ops.Concat, images=3, count=st.just(3), axis=st.integers(0, 2)),
    ops.Flatten: tensors().map(lambda tensor: (ops.Flatten(), [tensor])),
    ops.FloatSoftmax: on_images(
        ops.FloatSoftmax,
        table=st.floats(2.0**-126, 2.0**100, width=32).map(lambda top: (0.0,) * 9 + (top,) * 247),
        levels=st.integers(0, 1 << 24),
        zero_point=LOW,
        high=HIGH,
        axis=st.integers(-1, 2),
    ),
    ops.GlobalAveragePool2d: on_images(ops.GlobalAveragePool2d),
    ops.Lookup: tables().map(
        lambda table: (ops.Lookup(table=table, first=-len(table) // 2), [image()])
    ),
    ops.MaxPool2d: pools(ops.MaxPool2d),
    ops.Mean: on_images(
        ops.Mean,
        axes=AXES,
        keep_axes=st.booleans(),
        input_zero_point=ZEROS,
        **SCALING,
        **shared(),
    ),
    ops.Mul: on_images(
        ops.Mul, images=2, zero_points=st.tuples(ZEROS, ZEROS), **SCALING, **shared()
    ),
    ops.Pad: on_images(ops.Pad, padding=st.tuples(SIDES, SIDES, SIDES), code=ZEROS),
    ops.PairLookup: pair_tables().map(
        lambda table: (
            ops.PairLookup(table=table, bits=(4, 3), firsts=(-8, 0)),
            [TensorType(shape=(2, 3), format=stored) for stored in ("int4", "uint3")],
        )
    ),
    ops.Relu: on_images(ops.Relu, zero_point=ZEROS),
    ops.Repeat: on_images(
        ops.Repeat, counts=st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
    ),
    ops.Rescale: on_images(ops.Rescale, input_zero_point=ZEROS, **SCALING, **shared()),
    ops.Reshape: on_images(ops.Reshape, shape=st.sampled_from([(24,), (4, 3, 2), (1, 24)])),
    ops.Slice: slices(),
    ops.Softmax: on_images(
        ops.Softmax,
        multiplier=MULTIPLIERS,
        left_shift=SHIFTS,
        diff_min=st.integers(-(1 << 31), 0),
        axis=st.integers(-1, 2),
    ),
    ops.Softmax16: on_images(
        ops.Softmax16,
        multiplier=MULTIPLIERS,
        shift=st.integers(-31, 31),
        axis=st.integers(-1, 2),
        table_float=st.sampled_from(TableFloat),
    ),
    ops.Sub: on_images(ops.Sub, images=2, **sums()),
    ops.Transpose: on_images(ops.Transpose, axes=st.permutations((0, 1, 2)).map(tuple)),
    ops.WideSoftmax: on_images(
        ops.WideSoftmax,
        multiplier=MULTIPLIERS,
        left_shift=SHIFTS,
        diff_min=st.integers(-(1 << 31), 0),
        axis=st.integers(-1, 2),
    ),
}
"""Steps of every kind, with inputs they apply to."""
