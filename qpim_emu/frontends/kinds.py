"""What a model file is, by what is in it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from qpim_emu.errors import ModelFileError
from qpim_emu.frontends.protobuf import operators

if TYPE_CHECKING:
    from pathlib import Path

    from qpim_emu.frontends.protobuf import OperatorName

__all__ = ["Kind", "kind_of"]

TFLITE_AT = slice(4, 8)
TFLITE_MARK = b"TFL3"  # file_identifier of tensorflow/lite/schema/schema.fbs
ZIP_MARKS = (b"PK\3\4", b"PK\5\6")
IR_VERSION_FIRST = b"\x08"  # ModelProto.ir_version, field 1 of wire type 0 in onnx.proto
QONNX_DOMAINS = (b"qonnx.", b"finn.", b"onnx.brevitas")
QONNX_TYPES = {b"Quant", b"IntQuant", b"BipolarQuant", b"Trunc"}
"""Operators that Brevitas, QONNX and FINN add to ONNX, by domain, or by type alone."""

SHOWN = 8


class Kind(StrEnum):
    """Formats of model files."""

    TFLITE = "tflite"
    ONNX = "onnx"
    QONNX = "qonnx"
    NETWORK = "network"


def kind_of(data: bytes, *, path: Path) -> Kind:
    """Recognise the contents of a file.

    ONNX has no mark of its own: what begins like its model is taken for one, and its reader
    judges the rest.

    Raises
    ------
    ModelFileError
        If they are nothing that is known.
    """
    if data[TFLITE_AT] == TFLITE_MARK:
        return Kind.TFLITE
    if data.startswith(ZIP_MARKS):
        return Kind.NETWORK
    if data.startswith(IR_VERSION_FIRST):
        return Kind.QONNX if any(map(is_qonnx, operators(data))) else Kind.ONNX
    begins = f"{len(data)} bytes that begin {data[:SHOWN].hex(' ')}" if data else "an empty file"
    msg = f"{path}: file must be a TFLite, ONNX, QONNX or network file, got {begins}"
    raise ModelFileError(msg)


def is_qonnx(operator: OperatorName) -> bool:
    """Whether an operator is one of QONNX's."""
    return operator.domain.startswith(QONNX_DOMAINS) or operator.type in QONNX_TYPES
