"""From the bytes of an ONNX file to its protocol buffer, within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import ModelFileError
from qpim_emu.files import read_bounded
from qpim_emu.frontends.extras import missing_extra
from qpim_emu.frontends.onnx.names import check_names

if TYPE_CHECKING:
    from pathlib import Path

    from onnx import ModelProto

__all__ = ["MAX_BYTES", "parse_model", "read_model"]

EXTRA = "onnx"
MAX_BYTES = 256 << 20
"""Largest file that is read; what is decoded from it is bounded by what it holds."""


def read_model(path: Path) -> ModelProto:
    """Read the protocol buffer of a file.

    Raises
    ------
    OSError
        If the file cannot be read, is no regular file or larger than `MAX_BYTES`.
    ModelFileError
        If it holds no ONNX model.
    MissingExtraError
        If the onnx package is not installed.
    """
    return parse_model(read_bounded(path, most=MAX_BYTES), source=str(path))


def parse_model(data: bytes, *, source: str) -> ModelProto:
    """Parse the protocol buffer of a model; errors as `read_model`, which names the `source`."""
    try:
        from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # noqa: PLC0415
        from onnx import ModelProto  # noqa: PLC0415 - optional
    except ImportError as error:
        raise missing_extra(EXTRA, error) from error
    try:
        model: ModelProto = ModelProto.FromString(data)
    except (DecodeError, RecursionError) as error:
        msg = f"{source}: file must be an ONNX model, got {str(error).splitlines()[0]}"
        raise ModelFileError(msg) from error
    if not model.HasField("graph") or not model.graph.node:
        msg = f"{source}: model must have a graph with nodes, got none"
        raise ModelFileError(msg)
    check_names(model, source=source)
    return model
