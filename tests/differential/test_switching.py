"""Do the tiers count the same toggles, and are they what a list of line values says?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu import (
    TOY,
    Accumulator,
    Add,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Network,
    Node,
    Observer,
    Requantize,
    Spec,
    TensorType,
    Tier,
)
from qpim_emu.engine.network import run_network
from qpim_emu.engine.run import run_layer
from qpim_emu.hardware.switching import BANK_TOGGLES, VAULT_TOGGLES
from qpim_emu.testing.strategies import KINDS, Case, cases, machines
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from bitarray import bitarray

    from qpim_emu import Window
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.workload.network import Step

POLICIES = [Overflow.WRAP, Overflow.SATURATE]
"""A layer that traps has no counters."""

ONE_WORD_BLOCKS = [(16, 1), (16, 2), (8, 1), (12, 2)]


class LineValues(Observer):
    """Values of the lines of one vault, by number, as a list of changes would be kept by hand.

    Takes the bus images of the commands; which lines a read drives comes from the window that
    was set last, not from the event.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.values: dict[tuple[int | str, int], int] = {}
        self.toggles: dict[int | str, int] = dict.fromkeys([*range(spec.banks), "bus"], 0)
        self.enabled: list[int] = []

    def mode(self, *, cycle: int, window: Window) -> None:  # noqa: ARG002
        """The lines of a word that the window needs, whole groups of them."""
        group = self.spec.gate_granularity
        groups = {line // group for line in range(window.shift, window.past)}
        self.enabled = [line for line in range(self.spec.word_bits) if line // group in groups]

    def read(self, *, bank: int, blocks: int, bus: bitarray, **_: object) -> None:
        """Drive the enabled lines in place, or several blocks' side by side."""
        width = self.spec.word_bits
        if blocks == 1:
            driven = self.enabled
        else:
            starts = [index * width // blocks for index in range(blocks)]
            driven = [start + at for start in starts for at in range(len(self.enabled))]
        self.carry(bank, bus, driven)

    def wrote(self, *, bank: int, bus: bitarray, **_: object) -> None:
        """Drive everything."""
        self.carry(bank, bus, list(range(self.spec.word_bits)))

    def carry(self, bank: int, bus: bitarray, driven: list[int]) -> None:
        """Compare and keep line by line."""
        for word in range(self.spec.words_per_block):
            for line in driven:
                at = word * self.spec.word_bits + line
                for place in (bank, "bus"):
                    self.toggles[place] += self.values.get((place, at), 0) != bus[at]
                    self.values[place, at] = bus[at]


def assert_counted(counters: Counters, models: dict[int, LineValues], spec: Spec) -> None:
    """The counters must be what the models found; vaults without one did nothing."""
    for vault in range(spec.vaults):
        model = models.get(vault, LineValues(spec))
        lines = [model.toggles[bank] for bank in range(spec.banks)]
        assert counters.bank["line_toggles"][vault].tolist() == lines
        assert counters.vault["bus_toggles"][vault] == model.toggles["bus"]


def assert_laws(counters: Counters, plain: Counters) -> None:
    """No more lines toggle than are driven; measuring changes nothing else."""
    driven = counters.vault["enabled"] + counters.vault["written_bits"]
    assert (counters.vault["bus_toggles"] <= driven).all()
    assert (counters.bank["line_toggles"].sum(axis=1) <= driven).all()
    np.testing.assert_array_equal(counters.vault["tsv_toggles"], counters.vault["bus_toggles"])
    banks = (counters.bank["act"] > 0).sum(axis=1)
    lines, bus = counters.bank["line_toggles"].sum(axis=1), counters.vault["bus_toggles"]
    np.testing.assert_array_equal(lines[banks == 1], bus[banks == 1])
    assert set(counters.differences(plain)) <= {*BANK_TOGGLES, *VAULT_TOGGLES}


def compare(case: Case) -> None:
    """Compare tiers and model on one case."""
    models: dict[int, LineValues] = {}
    literal = run_layer(
        case.layer,
        case.codes,
        spec=case.spec,
        mapping=case.mapping,
        switching="measured",
        observe=lambda vault: models.setdefault(vault, LineValues(case.spec)),
    )
    fast, plain = (
        run_layer(
            case.layer,
            case.codes,
            spec=case.spec,
            mapping=case.mapping,
            tier=Tier.FAST,
            switching=switching,
        )
        for switching in ("measured", "assumed")
    )
    assert literal.counters.differences(fast.counters) == {}
    assert_counted(fast.counters, models, case.spec)
    assert_laws(fast.counters, plain.counters)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_toggles_of_a_layer(kind: str, data: st.DataObject) -> None:
    compare(data.draw(cases(kinds=[kind], max_macs=100, policies=POLICIES)))


@given(
    case=cases(
        spec=machines(words=ONE_WORD_BLOCKS, max_blocks=(4, 2)), max_macs=100, policies=POLICIES
    )
)
def test_toggles_where_blocks_are_read_together(case: Case) -> None:
    compare(case)


def network(seed: int) -> Network:
    """A convolution, a way around it, and operations: two that read and write, one that moves."""
    rng = np.random.default_rng(seed)
    limits: dict[str, Any] = {"low": -128, "high": 127}
    rescale = Requantize(mode="q31_double", multiplier=1 << 30, shift=4, **limits)
    convolution = Conv2d(
        weights=rng.integers(-8, 8, (4, 4, 3, 3)),
        weight_type="int4",
        activation_type="int8",
        padding=1,
        accumulator=Accumulator(bits=32),
        requantize=rescale,
    )
    add = Add.from_scales(
        scales=(0.1, 0.07), zero_points=(0, 0), output_scale=0.13, output_zero_point=0, **limits
    )
    classifier = Linear(
        weights=rng.integers(-2, 2, (5, 24)), weight_type="int2", activation_type="int8"
    )
    steps: list[tuple[str, Step, tuple[str, ...]]] = [
        ("convolution", convolution, ("image",)),
        ("add", add, ("convolution", "image")),
        ("pool", MaxPool2d(kernel=2), ("add",)),
        ("flat", Flatten(), ("pool",)),
        ("classes", classifier, ("flat",)),
    ]
    return Network(
        name="residual",
        inputs={"image": TensorType(shape=(4, 6, 5), format="int8")},
        nodes=[Node(name=name, step=step, inputs=inputs) for name, step, inputs in steps],
    )


@pytest.mark.parametrize("spec", [TOY, TOY.replace(vaults=3, max_blocks_per_read=4)])
def test_toggles_of_a_network(spec: Spec) -> None:
    work = network(0)
    image = {"image": np.random.default_rng(1).integers(-128, 128, (2, 4, 6, 5))}
    models: dict[str, dict[int, LineValues]] = {node.name: {} for node in work.nodes}
    literal = run_network(
        work,
        image,
        spec=spec,
        switching="measured",
        observe=lambda name, vault: models[name].setdefault(vault, LineValues(spec)),
    )
    fast, plain = (
        run_network(work, image, spec=spec, tier=Tier.FAST, switching=switching)
        for switching in ("measured", "assumed")
    )
    for name, node in literal.nodes.items():
        assert node.counters.differences(fast.nodes[name].counters) == {}, name
        assert_counted(node.counters, models[name], spec)
        assert_laws(node.counters, plain.nodes[name].counters)
        assert (node.counters.total("line_toggles") > 0) == (name != "flat")
    assert literal.counters.differences(fast.counters) == {}
    toggles = sum(node.counters.total("bus_toggles") for node in fast.nodes.values())
    assert fast.counters.total("bus_toggles") == toggles
