"""The engines to compare with, by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from qpim_emu.errors import InputError
from qpim_emu.frontends.extras import missing_extra
from qpim_emu.frontends.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.crosscheck.oracle import Oracle
    from qpim_emu.frontends.model import Model

__all__ = ["ORACLES", "Entry", "check_kind", "find_oracle", "open_oracle"]


class Entry(NamedTuple):
    """An engine.

    Attributes
    ----------
    module
        Module of this package with its `OracleMaker`, called ``open_oracle``.
    package, extra
        The package that it needs, and the extra that installs it; empty where it needs none.
    preset
        How models are read that are compared with it; None for the default of their format.
    kinds
        Formats that it runs.
    """

    module: str
    package: str
    extra: str
    preset: str | None
    kinds: frozenset[Kind]


PARENT = "qpim_emu.crosscheck"
TFLITE, ONNX = frozenset({Kind.TFLITE}), frozenset({Kind.ONNX})
ORACLES: Mapping[str, Entry] = {
    "tflm": Entry(module="tflm", package="tflite_micro", extra="tflm", preset="tflm", kinds=TFLITE),
    "litert-ref": Entry(
        module="litert", package="ai_edge_litert", extra="litert", preset="litert-ref", kinds=TFLITE
    ),
    "onnxruntime": Entry(
        module="onnxruntime",
        package="onnxruntime",
        extra="onnxruntime",
        preset="onnxruntime",
        kinds=ONNX,
    ),
    "onnx-reference": Entry(
        module="onnx_reference", package="onnx", extra="onnx", preset="onnx-reference", kinds=ONNX
    ),
    "qonnx": Entry(
        module="qonnx",
        package="qonnx",
        extra="qonnx",
        preset=None,
        kinds=frozenset({Kind.QONNX}),
    ),
    "numpy": Entry(module="numpy_oracle", package="", extra="", preset=None, kinds=frozenset(Kind)),
}
"""Nothing of an engine is imported before it is opened."""


def find_oracle(name: str) -> Entry:
    """Look an engine up.

    Raises
    ------
    InputError
        If there is none of that name; lists them.
    """
    if name not in ORACLES:
        msg = f"oracle must be one of {', '.join(ORACLES)}, got {name!r}"
        raise InputError(msg)
    return ORACLES[name]


def check_kind(name: str, kind: str) -> None:
    """Refuse models of a format that an engine does not run.

    Raises
    ------
    InputError
        Naming the engines that do.
    """
    kinds = find_oracle(name).kinds
    if kind in kinds:
        return
    able = ", ".join(other for other, one in ORACLES.items() if kind in one.kinds)
    msg = f"oracle {name} runs models of {', '.join(sorted(kinds))}; for {kind} it must be {able}"
    raise InputError(msg)


def open_oracle(name: str, model: Model) -> Oracle:
    """Open an engine on a model.

    Raises
    ------
    InputError
        If there is no such engine, or it runs no models of this kind.
    MissingExtraError, OracleUnsoundError, UnsupportedModelError
        As `qpim_emu.crosscheck.oracle.OracleMaker`.
    """
    check_kind(name, model.kind)
    entry = find_oracle(name)
    try:
        if entry.package:
            import_module(entry.package)
    except ImportError as error:
        raise missing_extra(entry.extra, error) from error
    oracle: Oracle = import_module(f"{PARENT}.{entry.module}").open_oracle(model)
    return oracle
