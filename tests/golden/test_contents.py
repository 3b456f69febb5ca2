"""Do the files of a package say the same thing, each in its own way?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.engine.network import run_network
from qpim_emu.golden import ImageFormat, Part, make_package, read_manifest
from qpim_emu.golden.contents import read_memory
from qpim_emu.golden.locate import read_table
from qpim_emu.hardware import TOY
from qpim_emu.traces import trace_node
from tests.golden.small import recipe, small_inputs, small_network

if TYPE_CHECKING:
    from pathlib import Path

OPS = ("MODE", "ACT", "RD", "WR", "PRE", "REF")
ORDER = {"MODE": 0, "REF": 0, "PRE": 1, "RD": 2, "WR": 2, "ACT": 3}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with all parts and formats."""
    folder = tmp_path_factory.mktemp("contents") / "package"
    make_package(recipe(parts=tuple(Part), images=tuple(ImageFormat)), folder)
    return folder


def tensor(package: Path, described: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Read a tensor as its description says, with NumPy alone."""
    kind = np.dtype(described["dtype"]).newbyteorder("<")
    return np.fromfile(package / described["file"], kind).reshape(described["shape"])


def test_tensors_are_those_of_a_run(package: Path) -> None:
    result = run_network(small_network(), small_inputs(), spec=TOY, tier="literal")
    manifest = read_manifest(package)
    (one,) = manifest["sets"]
    np.testing.assert_array_equal(tensor(package, one["inputs"]["input"]), small_inputs()["input"])
    for node in one["nodes"]:
        run = result.nodes[node["name"]]
        np.testing.assert_array_equal(tensor(package, node["output"]), run.outputs)
        assert node["counters"] == run.counters.totals()
        assert node["cycles"] == run.cycles
    accumulators: Any = result.nodes["conv"]
    np.testing.assert_array_equal(
        tensor(package, one["nodes"][0]["accumulators"]), accumulators.accumulators
    )


@pytest.mark.parametrize("node", ["conv", "pool"])
@pytest.mark.parametrize("vault", [0, 1])
def test_commands_in_order_of_time_are_the_trace(package: Path, node: str, vault: int) -> None:
    (table,) = package.glob(f"sets/*/*-{node}/vault{vault:02d}/commands.txt")
    names, records = read_table(table)
    found = []
    for record in records:
        one = dict(zip(names, record, strict=True))
        name = OPS[one["op"]]
        key = (one["cycle"], ORDER[name], one["bank"] if name not in {"MODE", "REF"} else -1)
        found.append((key, name, one["mask"], one["blocks"]))
    found.sort(key=lambda entry: entry[0])
    expected = [
        (one.cycle, one.dram_name, one.mask, one.blocks)
        for one in trace_node(small_network(), node, spec=TOY, vault=vault, batch=2)
    ]
    assert [(key[0], *rest) for key, *rest in found] == expected


def test_phases_are_those_of_the_trace(package: Path) -> None:
    kinds = ["LOAD", "STREAM", "WRITE", "READ", "BARRIER"]
    for node in ("conv", "pool"):
        (table,) = package.glob(f"sets/*/*-{node}/vault00/commands.txt")
        names, records = read_table(table)
        found = [kinds[record[names.index("phase")]] for record in records]
        trace = trace_node(small_network(), node, spec=TOY, vault=0, batch=2)
        assert sorted(found) == sorted(str(one.phase) for one in trace)


def read_coe(file: Path) -> list[int]:
    """Numbers of a coefficient file."""
    radix, vector = re.fullmatch(
        r"memory_initialization_radix=(\d+);\nmemory_initialization_vector=\n(.*);\n",
        file.read_text(),
        re.DOTALL,
    ).groups()  # type: ignore[union-attr] # it matches
    return [int(number, int(radix)) for number in vector.split(",\n")]


def test_memory_images_hold_the_same_words(package: Path) -> None:
    images = sorted(package.rglob("bank*.hex"))
    assert images
    for image in images:
        words = read_memory(image, word_bits=16, words=4)
        assert read_memory(image.with_suffix(".mem"), word_bits=16, words=4) == words
        dense = [words.get(address) or 0 for address in range(max(words) + 1)]
        assert np.fromfile(image.with_suffix(".bin"), "<u2").tolist() == dense
        blocks = [sum(dense[i + w] << 16 * w for w in range(4)) for i in range(0, len(dense), 4)]
        assert read_coe(image.with_suffix(".coe")) == blocks


def test_drains_say_where_the_outputs_are(package: Path) -> None:
    for table in package.glob("sets/*/*-conv/vault*/drains.txt"):
        names, records = read_table(table)
        for record in records:
            one = dict(zip(names, record, strict=True))
            image = table.parent / f"bank{one['bank']:02d}.after.hex"
            address = (one["row"] * TOY.columns + one["column"]) * 4 + one["word"]
            assert read_memory(image, word_bits=16, words=4)[address] == one["output"] & 0xFFFF


def test_headers_have_the_numbers_of_the_tables(package: Path) -> None:
    for folder in package.glob("layers/*"):
        names, records = read_table(folder / "layer.txt")
        (scalars,) = records
        c = dict(
            re.findall(
                r"#define QPIM_(\w+) INT64_C\((-?\d+)\)", (folder / "parameters.h").read_text()
            )
        )
        verilog = dict(
            re.findall(r"longint QPIM_(\w+) = (-?\d+);", (folder / "parameters.svh").read_text())
        )
        assert c == verilog
        assert [int(c[name.upper()]) & 0xFFFFFFFFFFFF for name in names] == list(scalars)


def test_onnx_reads_the_test_data(package: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")
    from onnx import numpy_helper  # noqa: PLC0415 - only where it is installed

    folder = package / "onnx" / "test_data_set_0"
    result = run_network(small_network(), small_inputs(), spec=TOY, tier="literal")
    for file, name in (("input_0.pb", "input"), ("output_0.pb", "flat")):
        proto = onnx.TensorProto.FromString((folder / file).read_bytes())
        assert proto.name == name
        assert proto.SerializeToString(deterministic=True) == (folder / file).read_bytes()
        np.testing.assert_array_equal(numpy_helper.to_array(proto), result.tensors[name])
