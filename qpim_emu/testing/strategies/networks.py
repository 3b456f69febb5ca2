"""Small networks with branches: layers and operations on any earlier tensor they apply to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import assume
from hypothesis import strategies as st

from qpim_emu.arith.requantize import Mode
from qpim_emu.errors import InputError
from qpim_emu.testing.strategies.codes import code_arrays
from qpim_emu.testing.strategies.formats import formats
from qpim_emu.testing.strategies.operands import Options, layer_operands
from qpim_emu.testing.strategies.requantize import requantize_units
from qpim_emu.workload import operations as ops
from qpim_emu.workload.accumulator import Accumulator, Overflow
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.layers.base import MAX_PRECISION
from qpim_emu.workload.network import Network, Node, Step, TensorType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qpim_emu.typing import IntArray

__all__ = ["NetworkInput", "networks"]

Drawn: TypeAlias = "tuple[Step, tuple[str, ...]]"

IMAGE_AXES = 3
MOST_CHANNELS = 6
MOST_FILTERS = 5
OPERATION_BITS = 8
SEVERAL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInput:
    """A network and codes of its inputs."""

    network: Network
    inputs: Mapping[str, IntArray]


@st.composite
def networks(
    draw: st.DrawFn,
    *,
    max_steps: int = 5,
    max_batch: int = 2,
    policies: Sequence[Overflow] = (Overflow.WRAP, Overflow.SATURATE),
    modes: Sequence[Mode] = tuple(Mode),
) -> NetworkInput:
    """Draw networks on one small image, with input codes.

    Convolutions, linear layers, sums, products, pools, rectifiers, movements. Each reads any
    earlier tensors it applies to, so that branches meet; what nothing reads is an output.

    Parameters
    ----------
    max_steps
        Most layers and operations.
    max_batch
        Most images at a time.
    policies, modes
        Accumulator policies and requantize modes of the layers to choose from.
    """
    options = Options(policies=policies, modes=modes)
    image = TensorType(
        shape=(
            draw(st.integers(1, MOST_CHANNELS)),
            draw(st.integers(1, 5)),
            draw(st.integers(1, 5)),
        ),
        format=draw(formats(max_bits=MAX_PRECISION, bipolar=False)),
    )
    tensors = {"image": image}
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, max_steps))):
        step, inputs = draw(steps(tensors, options))
        node = Node(name=f"step{number}", step=step, inputs=inputs)
        try:
            network = Network(name="drawn", inputs={"image": image}, nodes=[*nodes, node])
        except InputError:  # its constants do not fit this tensor: the network does without it
            continue
        nodes.append(node)
        tensors = dict(network.tensors)
    assume(nodes)
    read = {name for node in nodes for name in node.inputs}
    outputs = [node.name for node in nodes if node.name not in read]
    network = Network(name="drawn", inputs={"image": image}, nodes=nodes, outputs=outputs)
    batch = draw(st.integers(1, max_batch))
    codes = draw(code_arrays(stored=image.format, shape=(batch, *image.shape)))
    return NetworkInput(network=network, inputs={"image": codes})


@st.composite
def steps(draw: st.DrawFn, tensors: Mapping[str, TensorType], options: Options) -> Drawn:
    """Draw a step and the tensors it reads."""
    readable = [name for name, kind in tensors.items() if kind.format.bits <= MAX_PRECISION]
    source = draw(st.sampled_from(readable))
    kind = tensors[source]
    others = [
        name
        for name in readable
        if tensors[name].shape == kind.shape
        and max(tensors[name].format.bits, kind.format.bits) <= OPERATION_BITS
    ]
    layers = layers_on(kind, options).map(lambda step: (step, (source,)))
    choices = [layers, layers, moved(source, kind)]
    if kind.format.bits <= OPERATION_BITS:
        choices += [one_by_one(source), pairs(source, others or [source])]
        if len(kind.shape) == IMAGE_AXES:
            choices.append(pools(source, kind))
    return draw(st.one_of(choices))


@st.composite
def layers_on(draw: st.DrawFn, kind: TensorType, options: Options) -> Step:
    """Draw a convolution of images, a linear layer of vectors."""
    filters = draw(st.integers(1, MOST_FILTERS))
    accumulator = Accumulator(
        bits=draw(st.sampled_from([48, 32, 12])),
        overflow=draw(st.sampled_from(list(options.policies))),
    )
    is_image = len(kind.shape) == IMAGE_AXES
    kernel = (
        tuple(draw(st.integers(1, min(3, size))) for size in kind.shape[1:]) if is_image else ()
    )
    length = kind.shape[0] if is_image else kind.shape[-1]
    common = draw(
        layer_operands(shape=(filters, length, *kernel), options=options, bordered=False)
    ) | {
        "activation_type": kind.format,
        "activation_window": None,
        "activation_zero_point": draw(st.integers(-3, 3)),
        "bias": draw(st.integers(-99, 99)),
        "accumulator": accumulator,
        "requantize": draw(
            requantize_units(
                filters=filters, accumulator_bits=accumulator.bits, modes=options.modes
            )
        ),
    }
    return Conv2d(**common, stride=draw(st.integers(1, 2))) if is_image else Linear(**common)


def moved(source: str, kind: TensorType) -> st.SearchStrategy[Drawn]:
    """Movements of any tensor."""
    axes = st.permutations(range(len(kind.shape))).map(tuple)
    padding = st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 2)),
        min_size=len(kind.shape),
        max_size=len(kind.shape),
    )
    code = max(0, kind.format.min)
    choices: list[st.SearchStrategy[Step]] = [
        st.just(ops.Flatten()),
        axes.map(lambda order: ops.Transpose(axes=order)),
        padding.map(lambda sides: ops.Pad(padding=tuple(sides), code=code)),
    ]
    return st.one_of(choices).map(lambda step: (step, (source,)))


def one_by_one(source: str) -> st.SearchStrategy[Drawn]:
    """Operations on every code of a narrow tensor."""
    choices: list[st.SearchStrategy[Step]] = [
        st.integers(-4, 4).map(lambda zero: ops.Relu(zero_point=zero)),
        st.builds(ops.Clamp, low=st.integers(-8, 0), high=st.integers(0, 8)),
        st.builds(
            ops.Rescale,
            input_zero_point=st.integers(-8, 8),
            multiplier=st.sampled_from([1 << 30, 3 << 29, (1 << 31) - 1]),
            shift=st.integers(-2, 4),
            output_zero_point=st.integers(-8, 8),
            low=st.just(-128),
            high=st.just(127),
        ),
    ]
    return st.one_of(choices).map(lambda step: (step, (source,)))


@st.composite
def pairs(draw: st.DrawFn, source: str, others: Sequence[str]) -> Drawn:
    """Sums, products and concatenations of two tensors of one shape."""
    inputs = (source, draw(st.sampled_from(list(others))))
    scales = (draw(st.sampled_from([0.5, 0.1])), draw(st.sampled_from([0.5, 0.07])))
    zeros = (draw(st.integers(-8, 8)), draw(st.integers(-8, 8)))
    step = draw(st.sampled_from([ops.Add, ops.Sub, ops.Mul, None]))
    if step is None:
        return ops.Concat(count=SEVERAL), inputs
    made = step.from_scales(
        scales=scales,
        zero_points=zeros,
        output_scale=draw(st.sampled_from([0.5, 0.25, 0.13])),
        output_zero_point=draw(st.integers(-8, 8)),
        low=-128,
        high=127,
    )
    return made, inputs


@st.composite
def pools(draw: st.DrawFn, source: str, kind: TensorType) -> Drawn:
    """Poolings of an image."""
    kernel = tuple(draw(st.integers(1, min(3, size))) for size in kind.shape[1:])
    pool = draw(st.sampled_from([ops.MaxPool2d, ops.AveragePool2d, ops.GlobalAveragePool2d]))
    step: Step = pool() if pool is ops.GlobalAveragePool2d else pool(kernel=kernel)
    return step, (source,)
