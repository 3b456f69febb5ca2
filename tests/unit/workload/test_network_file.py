"""Does a network file hold exactly the network, and is every other file refused by name?"""

from __future__ import annotations

import json
import os
import pickle
import re
import stat
import tracemalloc
import zipfile
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.errors import NetworkFileError
from qpim_emu.workload.layers import Linear
from qpim_emu.workload.network import Network, TensorType
from qpim_emu.workload.network_file import (
    Examples,
    load_examples,
    load_network,
    networks_equal,
    save_examples,
    save_network,
)
from qpim_emu.workload.network_file.arrays import smallest_integers
from qpim_emu.workload.operations import Relu
from tests.fuzz.network_files import npy, pack, patch_sizes, repack, sample_network, saved_sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WEIGHTS = "nodes/0/weights.npy"
BIAS = "nodes/4/bias.npy"

Header = dict[str, Any]


def problem_of(path: Path, **options: int) -> str:
    """What a file is refused for, after its path."""
    with pytest.raises(NetworkFileError) as caught:
        load_network(path, **options)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    return text.removeprefix(f"{path}: ")


# What is kept


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


# How it is written


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


# Files that are none


def test_missing_file(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "none.npz").startswith("file must be accessible, got No such file")


def test_folder(tmp_path: Path) -> None:
    assert problem_of(tmp_path).startswith("path must be a regular file, got d")


def test_pipe_does_not_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert problem_of(tmp_path / "pipe").startswith("path must be a regular file, got p")


def test_null_byte_in_a_path(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "a\0b").startswith("path must be the name of a file")


@pytest.mark.parametrize(
    "data", [b"", b"PK\5\6", b"no zip at all" * 9, pickle.dumps([1]), bytes(22)], ids=repr
)
def test_not_a_zip(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(data)
    assert problem_of(path).startswith("file must be a zip file")


def test_foreign_archives(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.npz"
    np.savez(foreign, a=np.arange(3))
    assert problem_of(foreign) == (
        "entries must be all there, header.json included, got none of that name"
    )
    pack(foreign, [("word/document.xml", b"<xml/>")])
    assert "entry name must be" in problem_of(foreign)
    pack(foreign, [("header.json", b'{"format": "other"}')])
    assert problem_of(foreign) == "format of header.json must be 'qpim-network', got other"
    save_examples(Examples(inputs={"input": np.zeros((1, 2), int)}), foreign)
    assert problem_of(foreign).endswith("must be 'qpim-network', got qpim-examples")


def test_bytes_before_or_behind(tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    save_network(sample_network(), path)
    data = path.read_bytes()
    for changed in (b"x" + data, data + b"x", data[:-1]):
        path.write_bytes(changed)
        problem_of(path)


@pytest.mark.parametrize(
    "name", ["../header.json", "/etc/x.npy", "a\\b.npy", "nodes/../x.npy", "C:/x.npy", "a//b.npy"]
)
def test_entry_names_stay_inside(tmp_path: Path, name: str) -> None:
    header, entries = saved_sample(tmp_path / "network.npz")
    path = repack(tmp_path / "x.npz", header, entries | {name: b""})
    assert "entry name must be" in problem_of(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicate_entries(tmp_path: Path) -> None:
    header, entries = saved_sample(tmp_path / "network.npz")
    pairs = [("header.json", json.dumps(header).encode()), *entries.items()]
    path = pack(tmp_path / "x.npz", [*pairs, (WEIGHTS, entries[WEIGHTS])])
    assert problem_of(path) == f"entry names must be different, got {WEIGHTS} twice"


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions(tmp_path: Path, compression: int) -> None:
    path = pack(tmp_path / "x.npz", [("header.json", b"{}")], compression=compression)
    assert "compression of header.json must be none or deflate" in problem_of(path)


def test_stored_entries_are_fine(tmp_path: Path) -> None:
    header, entries = saved_sample(tmp_path / "network.npz")
    pairs = [("header.json", json.dumps(header, indent=2).encode()), *reversed(entries.items())]
    path = pack(tmp_path / "x.npz", pairs, compression=zipfile.ZIP_STORED)
    assert networks_equal(load_network(path), sample_network())


# Bombs


def test_many_zeros_are_not_inflated(tmp_path: Path) -> None:
    header, entries = saved_sample(tmp_path / "network.npz")
    elements = 1 << 25
    row = header["arrays"][WEIGHTS] | {"shape": [elements]}
    data = npy("|i1", f"({elements},)", bytes(elements))
    bomb = repack(
        tmp_path / "x.npz",
        header | {"arrays": header["arrays"] | {WEIGHTS: row}},
        entries | {WEIGHTS: data},
    )
    assert bomb.stat().st_size < 100_000
    tracemalloc.start()
    text = problem_of(bomb, max_bytes=1 << 27)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert text.startswith("arrays must be at most 134217728 bytes in memory")
    assert peak < 1 << 22


def test_large_header_is_not_inflated(tmp_path: Path) -> None:
    path = pack(tmp_path / "x.npz", [("header.json", b" " * (5 << 20))])
    assert problem_of(path) == "size of header.json must be at most 4194304 bytes, got 5242880"


def test_nested_header(tmp_path: Path) -> None:
    path = repack(tmp_path / "x.npz", b"[" * 4_000_000, {})
    assert problem_of(path).startswith("header.json must be JSON in UTF-8")
    path = repack(tmp_path / "x.npz", b"[" * 40 + b"]" * 40, {})
    assert problem_of(path) == "header.json must be nested at most 32 levels deep, got more"


@pytest.mark.parametrize("size", [0, 1, 200, 1 << 20, (1 << 32) - 2])
def test_declared_sizes_that_lie(tmp_path: Path, size: int) -> None:
    path = tmp_path / "network.npz"
    save_network(sample_network(), path)
    for name in ("header.json", WEIGHTS):
        (tmp_path / "x.npz").write_bytes(patch_sizes(path.read_bytes(), name, size))
        assert name in problem_of(tmp_path / "x.npz")


def test_file_larger_than_allowed(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    with path.open("wb") as stream:
        stream.truncate(1 << 25)
    assert problem_of(path, max_bytes=1000).startswith("size of the file must be at most")


# Headers


def with_change(tmp_path: Path, change: Callable[[Header], object]) -> str:
    """What the sample is refused for once its header is changed."""
    header, entries = saved_sample(tmp_path / "network.npz")
    header = deepcopy(header)
    change(header)
    return problem_of(repack(tmp_path / "x.npz", header, entries))


HEADER_CHANGES: dict[str, tuple[Callable[[Header], object], str]] = {
    "version": (lambda h: h.update(version=2), "version of header.json must be 1, got 2"),
    "version true": (
        lambda h: h.update(version=True),
        "version of header.json must be 1, got True",
    ),
    "unknown key": (
        lambda h: h.update(extra=1),
        "keys of header.json must be format, .* got extra",
    ),
    "missing key": (lambda h: h.pop("outputs"), "keys of header.json must be .* got no outputs"),
    "name": (lambda h: h.update(name=3), "name must be a string, got 3"),
    "nodes": (lambda h: h.update(nodes={}), "nodes must be a list, got {}"),
    "no nodes": (lambda h: h.update(nodes=[]), "arrays must be referred to, got nodes/0/"),
    "node key": (lambda h: h["nodes"][1].update(x=1), r"keys of nodes\[1\] must be .* got x"),
    "kind": (lambda h: h["nodes"][1].update(kind="gelu"), r"kind of nodes\[1\] must be one of"),
    "kind list": (lambda h: h["nodes"][1].update(kind=[]), r"kind of nodes\[1\] must be a string"),
    "node name": (lambda h: h["nodes"][1].update(name="conv"), "node name must be new, got 'conv'"),
    "source": (
        lambda h: h["nodes"][1].update(inputs=["x"]),
        "input of relu must name one of .*'x'",
    ),
    "output": (lambda h: h.update(outputs=["x"]), "network: output must name one of"),
    "shape": (lambda h: h["inputs"][0].update(shape=[2, -4, 4]), r"inputs\[0\]: shape must be"),
    "huge shape": (lambda h: h["inputs"][0].update(shape=[2, 4, 10**18]), "node 'dense'"),
    "format": (lambda h: h["inputs"][0].update(format="int99"), r"inputs\[0\]: bits of signed"),
    "input twice": (
        lambda h: h["inputs"].append(h["inputs"][0]),
        r"name of inputs\[1\] must be new",
    ),
    "relu": (
        lambda h: h["nodes"][1]["parameters"].update(zero_point="1"),
        "node 'relu': relu.zero_point must be an integer, got 1",
    ),
    "relu true": (
        lambda h: h["nodes"][1]["parameters"].update(zero_point=True),
        "relu.zero_point must be an integer, got True",
    ),
    "fraction": (
        lambda h: h["nodes"][0]["parameters"].update(groups=1.0),
        "node 'conv': conv2d.groups must be an integer, got 1.0",
    ),
    "stride": (
        lambda h: h["nodes"][0]["parameters"].update(stride=[1]),
        r"node 'conv': conv2d.stride must be a list of 2, got \[1\]",
    ),
    "groups": (
        lambda h: h["nodes"][0]["parameters"].update(groups=3),
        "node 'conv': conv2d: groups must divide the 2 filters, got 3",
    ),
    "weight type": (
        lambda h: h["nodes"][0]["parameters"].update(weight_type="int2"),
        r"node 'conv': conv2d: weights must be codes of int2 \(-2..1\), got -8",
    ),
    "accumulator": (
        lambda h: h["nodes"][0]["parameters"]["accumulator"].update(overflow="explode"),
        "conv2d.accumulator.overflow must be one of wrap, saturate, trap, got explode",
    ),
    "mode": (
        lambda h: h["nodes"][0]["parameters"]["requantize"].update(mode="none"),
        "conv2d.requantize: low must not be given for mode none, got 0",
    ),
    "requantize key": (
        lambda h: h["nodes"][0]["parameters"]["requantize"].update(_of_filter={}),
        "keys of conv2d.requantize must be .* got _of_filter",
    ),
    "twice": (
        lambda h: h["nodes"][0]["parameters"].update(bias={"array": WEIGHTS}),
        f"conv2d.bias must be an array of the table that nothing else refers to, got {WEIGHTS}",
    ),
    "no array": (
        lambda h: h["nodes"][0]["parameters"].update(weights=[[1]]),
        r"node 'conv': conv2d.weights must be an object, got \[\[1\]\]",
    ),
    "array key": (
        lambda h: h["nodes"][0]["parameters"]["weights"].update(x=1),
        "keys of conv2d.weights must be array, got x",
    ),
    "unlisted": (lambda h: h["arrays"].pop(WEIGHTS), f"{WEIGHTS} included"),
    "absent": (lambda h: h["arrays"].update({"x.npy": {}}), "keys of arrays must be .* got x.npy"),
    "dtype": (lambda h: h["arrays"][WEIGHTS].update(dtype="object"), "dtype of arrays.*got object"),
    "uint64": (lambda h: h["arrays"][BIAS].update(dtype="uint64"), "dtype of .* got uint64"),
    "other dtype": (lambda h: h["arrays"][BIAS].update(dtype="float64"), "npy descr of .* got <i8"),
    "array shape": (lambda h: h["arrays"][BIAS].update(shape=[1, 2]), r"npy shape of .* \(2,\)"),
    "axes": (lambda h: h["arrays"][BIAS].update(shape=[1] * 8 + [2]), "must be at most 8 integers"),
    "huge array": (lambda h: h["arrays"][BIAS].update(shape=[1 << 60]), f"size of {BIAS} must be"),
    "sha256": (
        lambda h: h["arrays"][BIAS].update(sha256="0" * 64),
        f"sha256 of {BIAS} must be 000",
    ),
}


@pytest.mark.parametrize(("change", "expected"), HEADER_CHANGES.values(), ids=HEADER_CHANGES)
def test_changed_header(tmp_path: Path, change: Callable[[Header], object], expected: str) -> None:
    assert re.search(expected, with_change(tmp_path, change))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "header.json must be JSON in UTF-8, got Expecting value"),
        (b"\xff{}", "header.json must be JSON in UTF-8"),
        (b"[]", "header.json must be an object, got []"),
        (b'{"format": 1, "format": 2}', "keys of an object must be different, got 'format' twice"),
        (b'{"format": NaN}', "number in header.json must be finite, got nan"),
        (b'{"format": -1e999}', "number in header.json must be finite, got -inf"),
        (b'{"format": 9223372036854775808}', "integer in header.json must be one of 64 bits"),
        (b'{"format": 1%s}' % (b"0" * 99999), "integer must be one of 64 bits, got 1000"),
    ],
    ids=["empty", "bytes", "list", "key twice", "NaN", "infinite", "65 bits", "digits"],
)
def test_unsound_json(tmp_path: Path, data: bytes, expected: str) -> None:
    assert expected in problem_of(repack(tmp_path / "x.npz", data, {}))


# Arrays


ARRAYS = {
    "no npy": (b"x" * 90, "magic of nodes/4/bias.npy must be that of an npy file"),
    "pickle": (npy("|O", "(2,)", pickle.dumps([1, 2])), "npy descr of .* must be <i8 .* got |O"),
    "structure": (npy("V16", "(1,)", bytes(16)), "npy descr of .* got V16"),
    "big-endian": (npy(">i8", "(2,)", bytes(16)), "npy descr of .* got >i8"),
    "fortran": (npy("<i8", "(2,)", bytes(16), order="True"), "npy fortran_order of .* be False"),
    "shape": (npy("<i8", "(1, 2)", bytes(16)), r"npy shape of .* must be \(2,\), got \(1, 2\)"),
    "huge shape": (npy("<i8", "(9000000000000,)", bytes(16)), "npy shape of .* got"),
    "negative": (npy("<i8", "(-2,)", bytes(16)), "npy header of .* must be descr"),
    "code": (npy("<i8", "__import__('os').abort()", bytes(16)), "npy header of .* must be descr"),
    "short": (npy("<i8", "(2,)", bytes(15)), "data of .* must be 16 bytes, got 15"),
    "long": (npy("<i8", "(2,)", bytes(17)), "data of .* must be 16 bytes, got 17"),
    "version": (npy("<i8", "(2,)", bytes(16), version=9), "npy version of .* got 9.0"),
    "length": (b"\x93NUMPY\1\0\xff\xff" + bytes(60), "npy header of .* must be within"),
    "cut": (b"\x93NUMPY\2\0\1" + bytes(1), "size of nodes/4/bias.npy"),
    "elements": (npy("<i8", "(2,)", bytes(16)), "sha256 of .* must be"),
}


@pytest.mark.parametrize(("data", "expected"), ARRAYS.values(), ids=ARRAYS)
def test_changed_array(tmp_path: Path, data: bytes, expected: str) -> None:
    header, entries = saved_sample(tmp_path / "network.npz")
    header["arrays"][BIAS]["sha256"] = sha256(b"").hexdigest()
    path = repack(tmp_path / "x.npz", header, entries | {BIAS: data})
    with pytest.raises(NetworkFileError, match=expected):
        load_network(path)


def test_exchanged_arrays(tmp_path: Path) -> None:
    header, entries = saved_sample(tmp_path / "network.npz")
    first, second = "nodes/0/bias.npy", "nodes/0/weight_zero_point.npy"
    swapped = {first: entries[second], second: entries[first]}
    problem = problem_of(repack(tmp_path / "x.npz", header, entries | swapped))
    assert problem.startswith(f"node 'conv': sha256 of {second} must be")


def test_float_array_for_integers(tmp_path: Path) -> None:
    header, entries = saved_sample(tmp_path / "network.npz")
    row = {"dtype": "float64", "shape": [2], "sha256": sha256(bytes(16)).hexdigest()}
    header["arrays"][BIAS] = row
    path = repack(tmp_path / "x.npz", header, entries | {BIAS: npy("<f8", "(2,)", bytes(16))})
    assert "dtype of linear.bias must be int64, got float64" in problem_of(path)


@pytest.mark.parametrize("scale", [np.nan, np.inf])
def test_array_that_is_not_finite(tmp_path: Path, scale: float) -> None:
    header, entries = saved_sample(tmp_path / "network.npz")
    name = "nodes/4/requantize/scale.npy"
    data = np.array([1, scale]).tobytes()
    header["arrays"][name]["sha256"] = sha256(data).hexdigest()
    path = repack(tmp_path / "x.npz", header, entries | {name: npy("<f8", "(2,)", data)})
    assert f"{name} must be finite numbers, got {scale}" in problem_of(path)


# Examples


def test_examples_come_back(tmp_path: Path) -> None:
    path = tmp_path / "examples.npz"
    codes = np.arange(24).reshape(2, 3, 4) * 10
    given = Examples(
        inputs={"a/b": codes, "mask": np.array([[True], [False]])},
        labels=np.array([7, 9], np.uint8),
        metadata={"licence": "CC0-1.0"},
    )
    save_examples(given, path)
    loaded = load_examples(path)
    assert list(loaded.inputs) == ["a/b", "mask"]
    assert np.array_equal(loaded.inputs["a/b"], codes)
    assert loaded.labels is not None
    assert loaded.labels.tolist() == [7, 9]
    assert loaded.labels.dtype.name == "int64"
    assert loaded.metadata == given.metadata
    assert not loaded.inputs["mask"].flags.writeable
    with np.load(path) as archive:
        assert archive["inputs/0"].dtype == np.uint8


def test_examples_without_labels(tmp_path: Path) -> None:
    save_examples(Examples(inputs={"x": np.zeros((3, 1), int)}), tmp_path / "x.npz")
    assert load_examples(tmp_path / "x.npz").labels is None


@pytest.mark.parametrize(
    ("inputs", "labels"),
    [
        ({}, None),
        ({"x": np.zeros((0, 2), int)}, None),
        ({"x": np.array(1)}, None),
        ({"x": np.zeros((2, 2), int), "y": np.zeros((3, 2), int)}, None),
        ({"x": np.zeros((2, 2), int)}, np.zeros(3, int)),
        ({"x": np.zeros((2, 2), int)}, np.zeros((2, 1), int)),
        ({"x": np.zeros((2, 2))}, None),
    ],
    ids=["none", "empty", "scalar", "batches", "labels", "one-hot", "floats"],
)
def test_examples_that_are_none(
    tmp_path: Path, inputs: dict[str, Any], labels: np.ndarray[Any, Any] | None
) -> None:
    with pytest.raises(NetworkFileError, match=r"x.npz: .* must be"):
        save_examples(Examples(inputs=inputs, labels=labels), tmp_path / "x.npz")
    assert list(tmp_path.iterdir()) == []


def test_network_is_no_examples_file(tmp_path: Path) -> None:
    save_network(sample_network(), tmp_path / "x.npz")
    with pytest.raises(NetworkFileError, match="must be 'qpim-examples', got qpim-network"):
        load_examples(tmp_path / "x.npz")
