"""Does anything offered as a model either load or fail with our own error, fast and in bounds?

What each format's reader does with damaged files of its own is asked in ``tests/frontends``; here
it is what any bytes do to `qpim_emu.frontends.load`, and to the recognition before the readers.
"""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qpim_emu.errors import InputError, ModelFileError, NetworkFileError
from qpim_emu.frontends import load
from qpim_emu.frontends.kinds import Kind, kind_of
from qpim_emu.frontends.precision import parse_precision
from tests.fuzz.network_files import overwrite
from tests.project.repository import ROOT

if TYPE_CHECKING:
    from qpim_emu.workload.network import Network

MODELS = ROOT.parent / "shared" / "models"
MARKS = [
    b"",
    b"\x1c\0\0\0TFL3",
    b"\x08\x09",
    b"\x08\x09\x3a",
    b"PK\3\4",
    b"\x08\x07\x12\x07pytorch",
]
MOST_MEMORY = 64 << 20


def outcome(path: Path) -> Network | None:
    """The network of a file, or None if it is refused, by its path."""
    try:
        return load(path)
    except (ModelFileError, NetworkFileError):
        return None


@given(mark=st.sampled_from(MARKS), rest=st.binary(max_size=200))
@example(mark=b"\x08\x09", rest=b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f")
@example(mark=b"\x1c\0\0\0TFL3", rest=b"\xff" * 64)
@example(mark=b"\x08\x09\x3a", rest=b"\x0a" * 60)
def test_any_bytes_behind_a_mark(
    mark: bytes, rest: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = overwrite(tmp_path_factory.getbasetemp() / "any.model", mark + rest)
    assert outcome(path) is None


@given(data=st.binary(max_size=400))
def test_recognition_ends_for_any_bytes(data: bytes) -> None:
    assert kind_of(b"\x08" + data, path=Path("x")) in {Kind.ONNX, Kind.QONNX}


@given(text=st.text(alphabet="WAwa:roundit0123456789 -", max_size=14))
def test_any_text_is_a_precision_or_refused(text: str) -> None:
    try:
        found = parse_precision(text)
    except InputError:
        return
    assert (found.weight_bits, found.activation_bits) != (None, None)


@pytest.mark.skipif(not MODELS.exists(), reason="the models lie outside the repository")
@pytest.mark.parametrize("name", ["mlperf_tiny_kws_int8.tflite", "qonnx_espcn_nn_resize_w4w8.onnx"])
def test_real_models_cut_short(name: str, tmp_path: Path) -> None:
    """At any length they are refused, and in little memory."""
    whole = (MODELS / name).read_bytes()
    path = tmp_path / "cut"
    tracemalloc.start()
    try:
        for i in range(24):
            overwrite(path, whole[: len(whole) * i // 24])
            assert outcome(path) is None, i
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()
