"""Is a model file known by what is in it, and everything else refused with our own error?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import qpim_emu.frontends.loading as load_module
from qpim_emu.errors import (
    InputError,
    MissingExtraError,
    ModelFileError,
    NetworkFileError,
    UnsupportedModelError,
)
from qpim_emu.frontends import load, load_model
from qpim_emu.frontends.kinds import Kind, kind_of
from qpim_emu.frontends.loading import read, recognise
from qpim_emu.frontends.model import TensorInfo
from qpim_emu.frontends.reading import OperatorReading, Reading
from qpim_emu.workload.constant import Constant
from qpim_emu.workload.layers import Linear
from qpim_emu.workload.network import Node, TensorType
from qpim_emu.workload.network_file import networks_equal, save_network
from tests.crosscheck.fakes import small_network
from tests.project.repository import ROOT

MODELS = ROOT.parent / "shared" / "models"
TFLITE = b"\x1c\0\0\0TFL3" + bytes(24)


def varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def field(number: int, data: bytes) -> bytes:
    """A field of bytes in the wire format of protobuf."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def onnx_bytes(*operators: tuple[bytes, bytes], before: bytes = b"") -> bytes:
    """Just the operators of an ONNX model: domain and type."""
    nodes = b"".join(field(1, field(4, kind) + field(7, domain)) for domain, kind in operators)
    return b"\x08\x09" + before + field(2, b"a tool") + field(7, nodes)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (TFLITE, Kind.TFLITE),
        (onnx_bytes((b"", b"QLinearConv")), Kind.ONNX),
        (onnx_bytes((b"", b"Conv"), (b"qonnx.custom_op.general", b"Quant")), Kind.QONNX),
        (onnx_bytes((b"onnx.brevitas", b"Anything")), Kind.QONNX),
        (onnx_bytes((b"", b"BipolarQuant")), Kind.QONNX),
        (b"PK\3\4rest", Kind.NETWORK),
        # numbers of fixed size in front of the graph
        (onnx_bytes((b"", b"Trunc"), before=b"\x1d" + b"\x3a" * 4), Kind.QONNX),
        (onnx_bytes((b"", b"Trunc"), before=b"\x19" + b"\x3a" * 8), Kind.QONNX),
        # a name that only looks like QONNX does not make one
        (b"\x08\x09" + field(2, b"qonnx.custom_op.general"), Kind.ONNX),
    ],
)
def test_contents_tell_the_format(data: bytes, kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "model.misleading.tflite.onnx"
    path.write_bytes(data)
    assert recognise(path) is kind


@pytest.mark.skipif(not MODELS.exists(), reason="the models lie outside the repository")
def test_real_models_are_recognised() -> None:
    found = {path.name: recognise(path) for path in sorted(MODELS.glob("*.*n*x"))}
    assert found == {"qonnx_espcn_nn_resize_w4w8.onnx": Kind.QONNX}
    assert {recognise(path) for path in MODELS.glob("*.tflite")} == {Kind.TFLITE}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "an empty file"),
        (b"hello", "5 bytes that begin 68 65 6c 6c 6f"),
        (b"\x1c\0\0\0TFL2", "8 bytes that begin 1c 00 00 00 54 46 4c 32"),
        (b"\x80\x04\x95", "3 bytes"),
    ],
)
def test_what_is_no_model_is_refused(data: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match="file must be a TFLite, ONNX, QONNX or network") as e:
        load(path)
    assert str(e.value).startswith(f"{path}: ")
    assert said in str(e.value)


def test_places_that_are_no_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (tmp_path / "none.tflite", tmp_path):
        with pytest.raises(ModelFileError, match="file must be accessible, got"):
            load(place)
    monkeypatch.setattr(load_module, "MAX_BYTES", 4)
    (tmp_path / "large").write_bytes(TFLITE)
    with pytest.raises(ModelFileError, match="file must be accessible, got more than 4 bytes"):
        load(tmp_path / "large")


def test_endless_fields_end() -> None:
    """Lengths and numbers that promise more than there is."""
    for tail in (
        b"\x3a" + b"\xff" * 10,
        b"\x3a\xff\xff\xff\xff\x0f\x0a\x05",
        b"\x3b",
        b"\xff" * 99,
    ):
        assert kind_of(b"\x08" + tail, path=Path("x")) is Kind.ONNX


def test_a_network_file_is_a_model(tmp_path: Path) -> None:
    network = small_network()
    path = tmp_path / "small.npz"
    save_network(network, path)
    assert networks_equal(load(path), network)
    model = load_model(str(path))
    assert (model.kind, model.preset) == (Kind.NETWORK, "")
    codes = np.arange(48).reshape(1, 2, 4, 6)
    info = model.tensors["image"]
    assert np.array_equal(info.to_file(info.to_network(codes)), codes)
    with pytest.raises(ModelFileError, match="must be a model of another tool, got a network file"):
        read(path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(NetworkFileError, match="file must be a zip file"):
        load(path)


def test_presets_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "small.npz"
    save_network(small_network(), path)
    with pytest.raises(InputError, match=r"requantize preset must be one of tflm, .* got 'tf'"):
        load(path, preset="tf")
    with pytest.raises(InputError, match="must be left out for network files, which hold it"):
        load(path, preset="tflm")


def fake_reading(path: Path, *, refusal: str = "", width: int = 3) -> Reading:
    layer = Linear(weights=[[1, -2, 3]], weight_type="int4", activation_type="int8")
    return Reading(
        path=path,
        kind=Kind.TFLITE,
        preset="tflm",
        name="fake",
        operators=(
            OperatorReading(
                name="dense",
                kind="FULLY_CONNECTED",
                nodes=(Node(name="dense", step=layer, inputs=("x",)),),
            ),
            OperatorReading(name="a", kind="CUSTOM", refusal=refusal),
            OperatorReading(name="b", kind="WHILE", refusal=refusal),
        ),
        inputs={"x": TensorType(shape=(width,), format="int8")},
        outputs=("dense",),
        tensors={"x": TensorInfo(name="x", index=7, format=layer.activation_type, axes=(0, 1))},
    )


@pytest.fixture
def tflite_file(tmp_path: Path) -> Path:
    (tmp_path / "x.tflite").write_bytes(TFLITE)
    return tmp_path / "x.tflite"


class FakeModule:
    def __init__(self, error: Exception | None = None, **options: object) -> None:
        self.error, self.options = error, options

    def read(self, path: Path, *, preset: str) -> Reading:
        assert preset == "tflm"
        if self.error is not None:
            raise self.error
        return fake_reading(path, **self.options)  # type: ignore[arg-type] # its options


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> FakeModule:
    module = FakeModule()
    monkeypatch.setattr(load_module, "import_module", lambda _: module)
    return module


def test_a_reading_becomes_a_model(reader: FakeModule, tflite_file: Path) -> None:
    assert reader.error is None
    model = load_model(tflite_file)
    assert model.network.name == "fake"
    assert model.name_of(7) == "x"
    with pytest.raises(InputError, match="index must be that of a tensor of the network, got 8"):
        model.name_of(8)


def test_a_readings_constants_are_the_networks(tmp_path: Path) -> None:
    held = Constant(codes=[1, 2, 3], format="int8")
    reading = replace(fake_reading(tmp_path), constants={"held": held})
    assert reading.model().network.constants == {"held": held}


def test_all_refusals_are_told_at_once(reader: FakeModule, tflite_file: Path) -> None:
    reader.options = {"refusal": "it is not known; leave it out"}
    with pytest.raises(UnsupportedModelError) as caught:
        load(tflite_file)
    assert caught.value.refusals == (
        "CUSTOM 'a': it is not known; leave it out",
        "WHILE 'b': it is not known; leave it out",
    )
    assert len(read(tflite_file).refusals) == 2


def test_what_does_not_fit_together_is_a_damaged_file(
    reader: FakeModule, tflite_file: Path
) -> None:
    reader.options = {"width": 4}
    with pytest.raises(ModelFileError, match="node 'dense'"):
        load(tflite_file)


def test_a_missing_package_is_named(reader: FakeModule, tflite_file: Path) -> None:
    reader.error = ModuleNotFoundError("no", name="tflite")
    with pytest.raises(
        MissingExtraError, match=r"tflite must be .* pip install 'qpim-emu\[tflite\]'"
    ):
        load(tflite_file)
    reader.error = OSError("gone")
    with pytest.raises(ModelFileError, match="file must be accessible, got gone"):
        load(tflite_file)
