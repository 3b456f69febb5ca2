"""Does every network come back from its file as it was, whatever steps it has?"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.workload import operations
from qpim_emu.workload.constant import Constant
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear, MacLayer
from qpim_emu.workload.network import Network, Node
from qpim_emu.workload.network_file import load_network, networks_equal, save_network
from qpim_emu.workload.network_file.kinds import KINDS, types_of
from qpim_emu.workload.operations import Flatten, Operation
from tests.property.steps import SAMPLES, Sample, tensors

if TYPE_CHECKING:
    from pathlib import Path

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=8,
)
NAMES = st.text(max_size=8) | st.sampled_from(["../x", "/a/b:0", "\ud800", "header.json"])


def is_operation(item: object) -> bool:
    return inspect.isclass(item) and issubclass(item, Operation) and not inspect.isabstract(item)


def test_every_operation_has_a_kind_and_samples() -> None:
    exported = {getattr(operations, name) for name in operations.__all__}
    wanted = {item for item in exported if is_operation(item)} | {Conv1d, Conv2d, Linear}
    assert set(KINDS.values()) == wanted
    assert set(SAMPLES) == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_of_parameter_is_known(kind: str) -> None:
    step_type: Any = KINDS[kind]
    types = types_of(step_type)
    assert Any not in types.values()
    assert ("weights" in types) == issubclass(step_type, MacLayer)


@pytest.mark.parametrize("kind", KINDS)
def test_step_comes_back(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("step") / "network.npz"

    @given(sample=SAMPLES[KINDS[kind]])
    def check(sample: Sample) -> None:
        step, types = sample
        inputs = {f"input {i}": tensor for i, tensor in enumerate(types)}
        node = Node(name="step", step=step, inputs=tuple(inputs))
        check_round_trip(Network(name=kind, inputs=inputs, nodes=[node]), path)

    check()


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Inputs and nodes of any names, outputs in any order; every node reads an input."""
    names = draw(st.lists(NAMES, min_size=4, max_size=4, unique=True))
    inputs = {name: draw(tensors()) for name in names[:2]}
    nodes = [
        Node(name=name, step=Flatten(), inputs=(draw(st.sampled_from(names[:2])),))
        for name in names[2:]
    ]
    outputs = draw(st.none() | st.lists(st.sampled_from(names), max_size=3))
    metadata = draw(st.dictionaries(st.text(), JSON, max_size=3))
    held = draw(st.dictionaries(NAMES.filter(lambda name: name not in names), constants()))
    return Network(
        name=draw(NAMES),
        inputs=inputs,
        constants=held,
        nodes=nodes,
        outputs=outputs,
        metadata=metadata,
    )


@st.composite
def constants(draw: st.DrawFn) -> Constant:
    """Codes of any format and shape."""
    kind = draw(tensors())
    value = draw(st.sampled_from([kind.format.min, kind.format.max]))
    return Constant(codes=np.full(kind.shape, value), format=kind.format)


@given(network=networks())
def test_names_and_metadata_come_back(
    network: Network, tmp_path_factory: pytest.TempPathFactory
) -> None:
    check_round_trip(network, tmp_path_factory.getbasetemp() / "names.npz")


def check_round_trip(network: Network, path: Path) -> None:
    """Write, read, compare, and write again to the same bytes."""
    save_network(network, path)
    written = path.read_bytes()
    loaded = load_network(path)
    assert networks_equal(loaded, network)
    save_network(loaded, path)
    assert path.read_bytes() == written
