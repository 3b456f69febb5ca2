"""Is every header that describes no network refused, naming the field and the value?"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.fuzz.network_files import (
    problem_of,
    repack,
    saved_sample,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WEIGHTS = "nodes/0/weights.npy"
BIAS = "nodes/4/bias.npy"

Header = dict[str, Any]


def with_change(tmp_path: Path, change: Callable[[Header], object]) -> str:
    """What the sample is refused for once its header is changed."""
    header, entries = saved_sample(tmp_path / "network.npz")
    header = deepcopy(header)
    change(header)
    return problem_of(repack(tmp_path / "x.npz", header, entries))


HEADER_CHANGES: dict[str, tuple[Callable[[Header], object], str]] = {
    "version": (lambda h: h.update(version=3), "version of header.json must be 1 or 2, got 3"),
    "version true": (
        lambda h: h.update(version=True),
        "version of header.json must be 1 or 2, got True",
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
    "huge shape": (
        lambda h: h["inputs"][0].update(shape=[2, 4, 10**18]),
        r"inputs\[0\]: shape must be at most 2147483647",
    ),
    "format": (
        lambda h: h["inputs"][0].update(format="int99"),
        r"inputs\[0\]: format must have 1..64 bits",
    ),
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
