"""Is a real network of mixed 4 and 8 bits computed as the qonnx package's executor does?

The super-resolution network of the QONNX model zoo (not part of the project; skipped where it is
absent). It is exported by Brevitas, with normalizations and a scale per channel. The executor
computes in float32; its codes may differ right at a threshold alone. Behind the last integers
there is only the multiplication with their scale, which is compared as floats.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.crosscheck.qonnx import open_oracle
from qpim_emu.engine.network import run_network
from qpim_emu.frontends.qonnx import read
from qpim_emu.hardware.presets import PAPER
from tests.crosscheck.qonnx_comparison import compare
from tests.project.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from qpim_emu.typing import IntArray

MODELS = ROOT.parent / "shared" / "models"
FILE = MODELS / "qonnx_espcn_nn_resize_w4w8.onnx"
IMAGE = MODELS / "qonnx_espcn_input_0.pb"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the model is not part of the project")


def image_codes() -> IntArray:
    """The image that comes with the model, as the codes of its first quantizer."""
    from onnx import TensorProto, numpy_helper  # noqa: PLC0415 - optional

    pixels = numpy_helper.to_array(TensorProto.FromString(IMAGE.read_bytes()))
    codes: IntArray = np.clip(np.rint(pixels * 255), 0, 255).astype(np.int64)
    return codes


def cropped(path: Path, size: int) -> Path:
    """The same network for smaller images: it has no layer that knows their size."""
    from onnx import ModelProto  # noqa: PLC0415 - optional

    proto = ModelProto.FromString(FILE.read_bytes())
    for value in proto.graph.input:
        if value.name == "onnx::Relu_0":
            for axis in value.type.tensor_type.shape.dim[2:]:
                axis.dim_value = size
    path.write_bytes(proto.SerializeToString())
    return path


def test_the_network_has_the_bits_of_the_file() -> None:
    model = read(FILE).model()
    widths = {
        name: (str(layer.weight_type), str(layer.activation_type), str(layer.output_format))
        for name, layer in model.network.layers.items()
    }
    assert widths == {
        "x.7": ("int8", "uint8", "uint4"),
        "x.15": ("int4", "uint4", "uint4"),
        "onnx::Resize_80": ("int4", "uint4", "uint8"),
        "96": ("int8", "uint8", "uint8"),
    }


def test_a_corner_of_the_image_on_the_machine(tmp_path: Path) -> None:
    model = read(cropped(tmp_path / "espcn.onnx", 20)).model()
    inputs = {"x": np.ascontiguousarray(image_codes()[:, :, 40:60, 60:80])}
    compared, differing = compare(model, inputs)
    assert (compared, differing) == (2 * 64 * 400 + 32 * 400 + 32 * 1600 + 3 * 1600, 0)
    run = run_network(model.network, inputs, spec=PAPER, tier="fast")
    engine = open_oracle(model).run(inputs)
    for name, codes in engine.items():
        assert np.array_equal(run.tensors[name], codes)


@pytest.mark.extended
def test_the_whole_image_but_one_element_at_its_threshold() -> None:
    model = read(FILE).model()
    compared, differing = compare(model, {"x": image_codes()})
    assert (compared, differing) == (2 * 2**20 + 2**19 + 2**21 + 196608, 1)


def test_the_float_tail_is_the_scale_of_the_last_codes(tmp_path: Path) -> None:
    from qonnx.core.onnx_exec import execute_onnx  # noqa: PLC0415 - optional

    model = read(cropped(tmp_path / "espcn.onnx", 16)).model()
    codes = image_codes()[:, :, :16, :16]
    oracle = open_oracle(model)
    reals = (codes.astype(np.float32) * np.float32(model.tensors["x"].scale)).astype(np.float32)
    tail = execute_onnx(oracle.wrapper, {"x": reals})["96"]
    ours = oracle.run({"x": codes})["96"] * float(np.asarray(model.tensors["96"].scale))
    assert np.abs(tail - ours).max() <= 2.0**-24  # numbers below 1, rounded to float32 once


def test_the_element_at_its_threshold_is_told_exactly() -> None:
    real = read(FILE).model().real["96"]
    value = real(92885, filter=1)
    assert value == Fraction(4322325509917186989, 36170088558100480)
    distance = real.distance(92885, filter=1)
    assert distance is not None
    assert 0 < Fraction(239, 2) - value == distance < Fraction(1, 1 << 18)
