"""Does a network file hold exactly the network, written completely or not at all?"""

from __future__ import annotations

import json
import stat
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.errors import NetworkFileError
from qpim_emu.workload.layers import Linear
from qpim_emu.workload.network import Network, TensorType
from qpim_emu.workload.network_file import (
    load_network,
    networks_equal,
    save_network,
)
from qpim_emu.workload.network_file.arrays import smallest_integers
from qpim_emu.workload.operations import Relu
from tests.fuzz.network_files import (
    sample_network,
    saved_sample,
)

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = "nodes/0/weights.npy"
BIAS = "nodes/4/bias.npy"


def test_sample_comes_back(tmp_path: Path) -> None:
    network, path = sample_network(), tmp_path / "network.npz"
    save_network(network, path)
    loaded = load_network(path)
    assert networks_equal(loaded, network)
    assert loaded.metadata == network.metadata
    assert loaded.tensors == network.tensors


def test_same_network_gives_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.npz", tmp_path / "b.npz"
    save_network(sample_network(), first)
    save_network(load_network(first), second)
    assert first.read_bytes() == second.read_bytes()


def test_numpy_reads_the_arrays(tmp_path: Path) -> None:
    header, _ = saved_sample(tmp_path / "network.npz")
    with np.load(tmp_path / "network.npz") as archive:
        weights = archive["nodes/0/weights"]
        assert json.loads(archive["header.json"]) == header
    assert weights.dtype == np.int8
    assert header["arrays"][WEIGHTS] == {
        "dtype": "int8",
        "shape": [2, 2, 2, 2],
        "sha256": sha256(np.arange(-8, 8, dtype=np.int8).tobytes()).hexdigest(),
    }


def test_entries_are_sorted_and_undated(tmp_path: Path) -> None:
    saved_sample(tmp_path / "network.npz")
    with zipfile.ZipFile(tmp_path / "network.npz") as file:
        assert file.namelist() == sorted(file.namelist())
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    ("low", "high", "dtype"),
    [
        (-128, 127, "int8"),
        (0, 128, "uint8"),
        (-129, 0, "int16"),
        (-1, 128, "int16"),
        (0, 65535, "uint16"),
        (-32769, 0, "int32"),
        (0, 1 << 31, "uint32"),
        (-1, 1 << 31, "int64"),
    ],
)
def test_smallest_integers(low: int, high: int, dtype: str) -> None:
    narrow = smallest_integers(np.array([low, high]))
    assert narrow.dtype == dtype
    assert narrow.tolist() == [low, high]


def test_other_names_and_formats_make_other_networks() -> None:
    network = sample_network()
    for name, value in {
        "name": "other",
        "metadata": {},
        "inputs": {"input": TensorType(shape=(2, 4, 4), format="uint3")},
        "nodes": network.nodes[:-1],
        "outputs": ("relu",),
    }.items():
        other = sample_network()
        setattr(other, name, value)
        assert not networks_equal(network, other)


def test_equality_sees_one_weight() -> None:
    def network(weight: int) -> Network:
        layer = Linear(weights=[[weight]], weight_type="int4", activation_type="int4")
        return Network.chain("one", TensorType(shape=(1,), format="int4"), {"dense": layer})

    assert networks_equal(network(1), network(1))
    assert not networks_equal(network(1), network(2))


def test_file_appears_complete_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    path.write_bytes(b"before")
    network = sample_network()
    network.metadata["bad"] = {1, 2}
    with pytest.raises(NetworkFileError, match="value in metadata must be a string"):
        save_network(network, path)
    assert path.read_bytes() == b"before"
    save_network(sample_network(), path)
    assert [found.name for found in tmp_path.iterdir()] == ["network.npz"]
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1 << 64, (1, 2), {3: 4}, b"x"])
def test_metadata_that_json_does_not_keep_is_refused(tmp_path: Path, value: object) -> None:
    network = sample_network()
    network.metadata["value"] = value
    with pytest.raises(NetworkFileError, match="metadata must be"):
        save_network(network, tmp_path / "network.npz")


def test_endless_metadata_is_refused(tmp_path: Path) -> None:
    network = sample_network()
    network.metadata["self"] = network.metadata
    with pytest.raises(NetworkFileError, match="nested at most 32 levels"):
        save_network(network, tmp_path / "network.npz")


def test_unknown_operation_is_refused(tmp_path: Path) -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Other(Relu):
        pass

    network = Network.chain("other", TensorType(shape=(1,), format="int4"), {"step": Other()})
    with pytest.raises(
        NetworkFileError, match=r"node 'step': operation must be one of .* got Other"
    ):
        save_network(network, tmp_path / "network.npz")


def test_unwritable_places_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / "network.npz", tmp_path / "a\0b"):
        with pytest.raises(NetworkFileError, match="must be"):
            save_network(sample_network(), path)
    assert list(tmp_path.iterdir()) == []
