"""Does a network hold its constants, refuse what is none, and keep them in its file?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.errors import CodeError, InputError, LayerError
from qpim_emu.workload.constant import Constant
from qpim_emu.workload.network import Network, Node, TensorType
from qpim_emu.workload.network_file import load_network, networks_equal, save_network
from qpim_emu.workload.operations import Concat, Flatten
from tests.fuzz.network_files import problem_of, repack, saved_sample

if TYPE_CHECKING:
    from pathlib import Path


def joined(**constants: Constant) -> Network:
    """Input and constants, one after the other along the only axis."""
    names = ("x", *constants)
    return Network(
        name="joined",
        inputs={"x": TensorType(shape=(2,), format="int4")},
        constants=constants,
        nodes=[Node(name="both", step=Concat(count=len(names), axis=0), inputs=names)],
    )


def test_every_image_reads_the_same_codes() -> None:
    network = joined(held=Constant(codes=[5, -6, 7], format="int4"))
    assert network.tensors["held"] == TensorType(shape=(3,), format="int4")
    started = network.start({"x": [[1, 2], [3, 4]]})
    assert {name: codes.tolist() for name, codes in started.items()} == {
        "x": [[1, 2], [3, 4]],
        "held": [[5, -6, 7], [5, -6, 7]],
    }


def test_codes_are_copied_and_read_only() -> None:
    codes = np.array([1, 2])
    held = Constant(codes=codes, format="int4")
    codes[0] = 9
    assert held.codes.tolist() == [1, 2]
    assert not held.codes.flags.writeable


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"codes": [8], "format": "int4"}, CodeError, "codes must be codes of int4"),
        ({"codes": [0.5], "format": "int4"}, CodeError, "codes must be integers"),
        ({"codes": [], "format": "int4"}, InputError, "codes must"),
        ({"codes": [1], "format": "four"}, InputError, "format must be"),
    ],
)
def test_what_is_no_constant_is_refused(
    given: dict[str, Any], error: type[InputError], message: str
) -> None:
    with pytest.raises(error, match=message):
        Constant(**given)


def test_a_name_is_an_inputs_or_a_constants() -> None:
    held = Constant(codes=[1], format="int4")
    with pytest.raises(LayerError, match="name of a constant must be new, got 'x' again"):
        joined(x=held)
    wrong: Any = [1]
    with pytest.raises(LayerError, match="constant 'y' must be"):
        joined(y=wrong)
    with pytest.raises(LayerError, match="node name must be new, got 'both' again"):
        joined(both=held)


def test_other_nodes_read_the_same_constants() -> None:
    network = joined(held=Constant(codes=[5], format="int4"))
    again = network.with_nodes(network.nodes)
    assert networks_equal(again, network)
    assert again.constants == network.constants


def test_constants_come_back_from_a_file(tmp_path: Path) -> None:
    network = joined(
        a=Constant(codes=[5, -6, 7], format="int4"), b=Constant(codes=[0], format="int4")
    )
    header, entries = saved_sample(tmp_path / "network.npz", network)
    assert header["version"] == 2
    assert set(entries) == {"constants/0.npy", "constants/1.npy"}
    assert networks_equal(load_network(tmp_path / "network.npz"), network)
    other = joined(a=Constant(codes=[5, -6, 6], format="int4"), b=network.constants["b"])
    assert not networks_equal(network, other)


def test_a_network_without_constants_stays_readable_by_older_readers(tmp_path: Path) -> None:
    plain = Network.chain("p", TensorType(shape=(2,), format="int4"), {"flat": Flatten()})
    header, _ = saved_sample(tmp_path / "network.npz", plain)
    assert header["version"] == 1
    assert "constants" not in header


def test_a_file_names_the_constant_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    network = joined(held=Constant(codes=[5], format="int4"))
    save_network(network, path)
    header, entries = saved_sample(path, network)
    held = header["constants"][0]
    for change, message in (
        ({"constants": []}, "constants must be at least one in version 2, got []"),
        ({"constants": [held | {"format": "int2"}]}, "constants[0]: codes must be codes of int2"),
        ({"constants": [held | {"name": 3}]}, "name of constants[0] must be"),
        ({"version": 1}, "header.json must"),
    ):
        repack(path, header | change, entries)
        assert message in problem_of(path)
