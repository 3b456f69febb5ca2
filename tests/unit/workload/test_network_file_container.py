"""Is every file that is no plain zip of small, sound arrays refused by name, in little memory?"""

from __future__ import annotations

import json
import os
import pickle
import struct
import tracemalloc
import zipfile
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.errors import NetworkFileError
from qpim_emu.workload.network_file import (
    Examples,
    load_network,
    networks_equal,
    save_examples,
    save_network,
)
from tests.fuzz.network_files import (
    npy,
    pack,
    patch_sizes,
    problem_of,
    repack,
    sample_network,
    saved_sample,
)

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = "nodes/0/weights.npy"
BIAS = "nodes/4/bias.npy"


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


def test_offsets_beyond_any_file(tmp_path: Path) -> None:
    path = pack(tmp_path / "x.npz", [("header.json", b"{}")])
    data = bytearray(path.read_bytes())
    start = data.index(b"PK\1\2")
    wide = struct.pack("<HHQ", 1, 8, (1 << 64) - 1)
    data[start + 30 : start + 32] = struct.pack("<H", len(wide))
    data[start + 42 : start + 46] = b"\xff" * 4
    data[start + 46 + len("header.json") : start + 46 + len("header.json")] = wide
    end = data.index(b"PK\5\6")
    data[end + 12 : end + 16] = struct.pack("<I", end - start)
    path.write_bytes(data)
    assert problem_of(path).startswith("header.json must be an undamaged entry")


def test_too_many_entries(tmp_path: Path) -> None:
    path = pack(tmp_path / "x.npz", [(f"a{i}.npy", b"") for i in range(16385)])
    assert problem_of(path) == "number of entries must be at most 16384, got 16385"


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
