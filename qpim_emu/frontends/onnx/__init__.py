"""ONNX models in integers: QLinear operators, and float operators between Q and DQ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import ModelFileError
from qpim_emu.frontends.onnx.graph import read_graph
from qpim_emu.frontends.onnx.parse import read_model
from qpim_emu.frontends.onnx.reader import read_operators
from qpim_emu.frontends.presets import check_preset

if TYPE_CHECKING:
    from pathlib import Path

    from qpim_emu.frontends.reading import Reading

__all__ = ["read"]


def read(path: Path, *, preset: str = "onnxruntime") -> Reading:
    """Read an ONNX model.

    Parameters
    ----------
    path
        The file; tensors in other files are refused.
    preset
        Whose requantization layers get, a key of `qpim_emu.frontends.presets.PRESETS`.

    Raises
    ------
    OSError
        If the file cannot be read.
    ModelFileError
        If it is damaged or no ONNX model.
    MissingExtraError
        If the onnx package is not installed.
    InputError
        If there is no such preset.
    """
    check_preset(preset)
    model = read_model(path)
    try:
        return read_operators(read_graph(model), path=path, preset=preset)
    except ModelFileError as error:
        msg = f"{path}: {error}"
        raise ModelFileError(msg) from error
