"""A QONNX file, read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.frontends.onnx.graph import read_graph
from qpim_emu.frontends.onnx.parse import read_model
from qpim_emu.frontends.qonnx.reader import read_operators

if TYPE_CHECKING:
    from pathlib import Path

    from onnx import ModelProto

    from qpim_emu.frontends.reading import Reading

__all__ = ["read"]

ANNOTATION = "finn_datatype"


def read(path: Path, *, preset: str = "") -> Reading:
    """Read a QONNX model.

    The constants of the file are taken as rationals: what lies between two quantizers becomes one
    layer whose integer thresholds are exact for them. A float32 engine may round otherwise right
    at a threshold.

    Parameters
    ----------
    path
        The file.
    preset
        Changes nothing: the file itself says how numbers are rounded.

    Raises
    ------
    OSError
        If the file cannot be read.
    ModelFileError
        If it is no ONNX model, or damaged.
    MissingExtraError
        If the onnx package is not installed.
    """
    del preset
    model = read_model(path)
    return read_operators(read_graph(model), annotations_of(model), path)


def annotations_of(model: ModelProto) -> dict[str, str]:
    """Data types of tensors as FINN notes them, by name."""
    return {
        note.tensor_name: entry.value
        for note in model.graph.quantization_annotation
        for entry in note.quant_parameter_tensor_names
        if entry.key == ANNOTATION
    }
