"""A small network file, taken apart and put together again with anything in it."""

from __future__ import annotations

import json
import struct
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.errors import NetworkFileError
from qpim_emu.workload import operations as ops
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.network import Network, Node, TensorType
from qpim_emu.workload.network_file import load_network, save_network
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from qpim_emu.workload.network import Step

__all__ = [
    "entries_of",
    "npy",
    "overwrite",
    "pack",
    "patch_sizes",
    "problem_of",
    "repack",
    "sample_network",
    "sample_operations",
    "saved_sample",
]


def sample_network() -> Network:
    """Two layers and three operations, with constants of every sort."""
    conv = Conv2d(
        weights=np.arange(-8, 8).reshape(2, 2, 2, 2),
        weight_type="int4",
        activation_type="uint4",
        padding=((1, 0), (0, 1)),
        weight_zero_point=[0, 2],
        bias=[100, -100],
        accumulator=Accumulator(bits=24, overflow="saturate"),
        requantize=Requantize(mode="shift", shift=[1, 2], rounding="half_even", low=0, high=15),
    )
    dense = Linear(
        weights=[[1, -1] * 4, [-1, 1] * 4],
        weight_type="bipolar",
        activation_type="uint4",
        requantize=Requantize(mode="f64_away", scale=[0.1, 0.25], zero_point=3, low=0, high=255),
    )
    steps: dict[str, Step] = {
        "conv": conv,
        "relu": ops.Relu(zero_point=1),
        "pool": ops.MaxPool2d(kernel=2),
        "flat": ops.Flatten(),
        "dense": dense,
    }
    metadata = {
        "labels": ["no", "yes"],
        "scale": 0.5,
        "source": {"licence": "CC0-1.0", "year": 2024},
    }
    return Network.chain(
        "sample", TensorType(shape=(2, 4, 4), format="uint4"), steps, metadata=metadata
    )


def sample_operations() -> Network:
    """Operations with parameters of every sort, each on the inputs."""
    output: dict[str, Any] = {"output_zero_point": 1, "low": -8, "high": 7}
    scaling = {"multiplier": 1 << 30, "shift": 1, "input_zero_point": 2, **output}
    steps: dict[str, ops.Operation] = {
        "add": ops.Add.from_scales(
            scales=(0.5, 0.25), zero_points=(0, 1), output_scale=1.0, **output
        ),
        "average": ops.AveragePool2d(kernel=2, padding=1, padding_code=3),
        "concat": ops.Concat(count=2, axis=1),
        "lookup": ops.Lookup(table=tuple(range(16)), first=-8),
        "mean": ops.Mean(axes=(0, 2), keep_axes=True, **scaling),
        "pairs": ops.PairLookup(table=(0, -1, 2, 3) * 64, bits=(4, 4), firsts=(-8, -8)),
        "pad": ops.Pad(padding=((0, 1), (2, 3), (4, 5)), code=-1),
        "rescale": ops.Rescale(**scaling),
        "reshape": ops.Reshape(shape=(4, 6)),
        "slice": ops.Slice(starts=(0, 1, 2), sizes=(1, 1, 2), steps=(1, 1, -1)),
        "softmax": ops.Softmax(multiplier=1 << 30, left_shift=3, diff_min=-100),
        "repeat": ops.Repeat(counts=(1, 2, 2)),
        "transpose": ops.Transpose(axes=(2, 0, 1)),
    }
    image = TensorType(shape=(2, 3, 4), format="int4")
    nodes = [
        Node(name=name, step=step, inputs=("a", "b")[: step.inputs]) for name, step in steps.items()
    ]
    return Network(name="operations", inputs={"a": image, "b": image}, nodes=nodes)


def entries_of(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Header, and the bytes of every other entry by name."""
    with zipfile.ZipFile(path) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    return json.loads(entries.pop("header.json")), entries


def pack(
    path: Path, entries: Iterable[tuple[str, bytes]], *, compression: int = zipfile.ZIP_DEFLATED
) -> Path:
    """Write a sound zip file of any entries."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        for name, data in entries:
            file.writestr(zipfile.ZipInfo(name), data, compress_type=compression)
    return overwrite(path, stream.getvalue())


def overwrite(path: Path, data: bytes) -> Path:
    """Give a file other contents, in place: emptying it first is slow where tests run often."""
    with path.open("r+b" if path.exists() else "wb") as stream:
        stream.write(data)
        stream.truncate()
    return path


def repack(path: Path, header: object, entries: dict[str, bytes]) -> Path:
    """Write a file with this header; bytes are taken as they are."""
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    return pack(path, [("header.json", data), *entries.items()])


def saved_sample(
    path: Path, network: Network | None = None
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Header and entries of a network's file, or the sample's, written to `path`."""
    save_network(network or sample_network(), path)
    return entries_of(path)


def npy(descr: str, shape: str, data: bytes, *, order: str = "False", version: int = 1) -> bytes:
    """Bytes of an ``npy`` file that says anything."""
    head = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(head)) + head + data


def patch_sizes(data: bytes, name: str, size: int) -> bytes:
    """Declare another uncompressed size for an entry, in the directory and before its data."""
    out = bytearray(data)
    text = name.encode()
    for signature, offset, fixed in ((b"PK\3\4", 22, 30), (b"PK\1\2", 24, 46)):
        at = 0
        while (at := data.find(signature, at)) >= 0:
            if data[at + fixed : at + fixed + len(text)] == text:
                out[at + offset : at + offset + 4] = struct.pack("<I", size)
            at += 1
    return bytes(out)


def problem_of(path: Path, **options: int) -> str:
    """What a file is refused for, after its path."""
    with pytest.raises(NetworkFileError) as caught:
        load_network(path, **options)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    return text.removeprefix(f"{path}: ")
