"""A small model and an engine that computes it, wrong where a test says so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.crosscheck.check import CheckResult, check_model
from qpim_emu.crosscheck.inputs import seeded_batch
from qpim_emu.frontends.kinds import Kind
from qpim_emu.frontends.model import Model, TensorInfo
from qpim_emu.hardware.presets import TOY
from qpim_emu.oracle import reference
from qpim_emu.oracle.operations import reference_operation
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.network import Network, Node, TensorType
from qpim_emu.workload.operations import Flatten, MaxPool2d, Operation, Transpose
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qpim_emu.typing import IntArray

__all__ = [
    "ROOMY",
    "Eighths",
    "Element",
    "FakeOracle",
    "check",
    "one_layer",
    "small_model",
    "small_network",
]

ROOMY = TOY.replace(bank_bytes=1 << 16, name="roomy")
WIDE = Accumulator(bits=32)
Element = tuple[int, ...]


def small_network(**unit: Any) -> Network:  # noqa: ANN401 - constants of Requantize
    """Convolution, pool, the file's order of axes, classifier; every accumulator may be a tie."""
    rng = np.random.default_rng(3)
    fields: dict[str, Any] = {"mode": "f32_even", "scale": 0.125, "zero_point": -3}
    fields |= {"low": -128, "high": 127}
    requantize = Requantize(**(fields | unit))
    conv = Conv2d(
        weights=rng.integers(-8, 8, (4, 2, 3, 3)),
        weight_type="int4",
        activation_type="int8",
        activation_zero_point=-3,
        padding=1,
        accumulator=WIDE,
        requantize=requantize,
    )
    dense = Linear(
        weights=rng.integers(-8, 8, (5, 24)),
        weight_type="int4",
        activation_type="int8",
        accumulator=WIDE,
        requantize=requantize,
    )
    return Network(
        name="small",
        inputs={"image": TensorType(shape=(2, 4, 6), format="int8")},
        nodes=[
            Node(name="conv", step=conv, inputs=("image",)),
            Node(name="pool", step=MaxPool2d(kernel=2), inputs=("conv",)),
            Node(name="pool/last", step=Transpose(axes=(1, 2, 0)), inputs=("pool",)),
            Node(name="flat", step=Flatten(), inputs=("pool/last",)),
            Node(name="dense", step=dense, inputs=("flat",)),
        ],
    )


def small_model(**unit: Any) -> Model:  # noqa: ANN401 - as above
    """The network as a file with channels last would have it."""
    network = small_network(**unit)
    tensors = {}
    for number, name in enumerate(("image", "conv", "pool", "flat", "dense")):
        kind = network.tensors[name]
        axes = (0, 3, 1, 2) if len(kind.shape) == 3 else (0, 1)
        tensors[name] = TensorInfo(
            name=name,
            index=number,
            format=kind.format,
            zero_point=np.array(-3),
            axes=axes,
        )
    return Model(path=Path("small"), kind=Kind.NETWORK, network=network, tensors=tensors)


@dataclass
class FakeOracle:
    """The project's own oracle, with the lowest bit of some codes flipped, or other codes set.

    ``flips={"conv": [(0, 1, 2, 3)]}``, ``codes={"conv": {(0, 1, 2, 3): 99}}``. What follows is
    computed from it, as in an engine that computes so. Tensors of `hidden` are left out.
    """

    network: Network
    flips: Mapping[str, Sequence[Element]] = field(default_factory=dict)
    codes: Mapping[str, Mapping[Element, int]] = field(default_factory=dict)
    hidden: tuple[str, ...] = ("pool/last",)
    name: str = "fake"
    notes: tuple[str, ...] = ("a fake",)

    def run(self, inputs: Mapping[str, IntArray]) -> dict[str, IntArray]:
        tensors = {name: np.asarray(codes) for name, codes in inputs.items()}
        for node in self.network.nodes:
            codes = computed(node, [tensors[name] for name in node.inputs])
            for element in self.flips.get(node.name, ()):
                codes[element] ^= 1
            for element, code in self.codes.get(node.name, {}).items():
                codes[element] = code
            tensors[node.name] = codes
        return {name: codes for name, codes in tensors.items() if name not in self.hidden}


def computed(node: Node, codes: list[IntArray]) -> IntArray:
    """Outputs of a node; codes beyond its operands are clipped, as an engine of 8 bits would."""
    if isinstance(node.step, Operation):
        return reference_operation(node.step, *codes)
    stored = node.step.activation_type
    return reference(node.step, np.clip(codes[0], stored.min, stored.max)).outputs


@dataclass
class Eighths:
    """Accumulators of eighths of a code, rounded down; nothing is near where it ends."""

    last: int = 100

    def __call__(self, accumulator: int, *, filter: int) -> Fraction:  # noqa: A002 - the protocol's
        return Fraction(accumulator * filter, 8)

    def distance(self, accumulator: int, *, filter: int) -> Fraction | None:  # noqa: A002
        if accumulator > self.last:
            return None
        value = self(accumulator, filter=filter)
        return min(value % 1, -value % 1)


def check(model: Model, oracle: FakeOracle, *, images: int = 2, show: int = 1) -> CheckResult:
    batch = seeded_batch(model, images=images, seed=1)
    return check_model(model, oracle, batch, spec=ROOMY, show=show)


def one_layer(unit: Requantize) -> Model:
    """The convolution of the small model alone."""
    model = small_model()
    layer = model.network.layers["conv"]
    assert isinstance(layer, Conv2d)
    nodes = [Node(name="conv", step=replace(layer, requantize=unit), inputs=("image",))]
    inputs = model.network.inputs
    return replace(model, network=Network(name="one", inputs=inputs, nodes=nodes))
