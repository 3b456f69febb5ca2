"""Model files of any format, recognised by what is in them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from qpim_emu.errors import InputError, ModelFileError
from qpim_emu.files import read_bounded
from qpim_emu.frontends.extras import missing_extra
from qpim_emu.frontends.kinds import Kind, kind_of
from qpim_emu.frontends.model import Model, TensorInfo
from qpim_emu.frontends.precision import override
from qpim_emu.frontends.presets import check_preset
from qpim_emu.workload.network_file import load_network

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from qpim_emu.frontends.reading import Reading
    from qpim_emu.workload.network import Network

__all__ = ["MAX_BYTES", "load", "load_model", "read", "recognise"]

MAX_BYTES = 1 << 28
"""Size of the largest model file that is read."""

DEFAULT_PRESETS = {Kind.TFLITE: "tflm", Kind.ONNX: "onnxruntime"}
READERS = {
    Kind.TFLITE: ("qpim_emu.frontends.tflite", "tflite"),
    Kind.ONNX: ("qpim_emu.frontends.onnx", "onnx"),
    Kind.QONNX: ("qpim_emu.frontends.qonnx", "onnx"),
}
"""Packages with a function ``read(path, *, preset)``, and the extra that they need."""


def load(
    path: str | os.PathLike[str],
    *,
    preset: str | None = None,
    precisions: Mapping[str, str] | None = None,
) -> Network:
    """Read a model file as a network.

    Parameters
    ----------
    path
        A TFLite, ONNX or QONNX model, or a file of `qpim_emu.save_network`. Its name does not
        matter, its contents do.
    preset
        Whose requantization to follow, a key of `qpim_emu.frontends.presets.PRESETS`: ``tflm``
        unless given for TFLite, ``onnxruntime`` for ONNX. Other files hold it themselves.
    precisions
        Layers to read with fewer bits than the file has, by name; see
        `qpim_emu.frontends.precision`.

    Raises
    ------
    ModelFileError
        If the file cannot be read, is damaged, too large, or of no known format.
    NetworkFileError
        The same for a network file.
    UnsupportedModelError
        If it holds what cannot be computed exactly; lists everything that is refused.
    MissingExtraError
        If its format needs a package that is not installed.
    InputError
        If the preset or a precision is none, or does not apply.
    """
    return load_model(path, preset=preset, precisions=precisions).network


def load_model(
    path: str | os.PathLike[str],
    *,
    preset: str | None = None,
    precisions: Mapping[str, str] | None = None,
) -> Model:
    """Read a model file, with what its tensors are called in it; see `load`."""
    place = Path(path)
    kind = recognise(place)
    check_choice(kind, preset)
    model = network_model(place) if kind is Kind.NETWORK else read_as(place, kind, preset).model()
    return override(model, precisions) if precisions else model


def read(path: str | os.PathLike[str], *, preset: str | None = None) -> Reading:
    """Read a model file of another tool operator by operator, refused ones too.

    Raises
    ------
    ModelFileError
        As `load`; also for this project's own network files, which have no operators.
    MissingExtraError, InputError
        As `load`.
    """
    place = Path(path)
    kind = recognise(place)
    if kind is Kind.NETWORK:
        msg = f"{place}: file must be a model of another tool, got a network file"
        raise ModelFileError(msg)
    check_choice(kind, preset)
    return read_as(place, kind, preset)


def check_choice(kind: Kind, preset: str | None) -> None:
    """Refuse a preset that is none, or that would change nothing.

    Raises
    ------
    InputError
        Naming it.
    """
    if preset is not None:
        check_preset(preset)
    if preset is None or kind in DEFAULT_PRESETS:
        return
    msg = f"requantize preset must be left out for {kind} files, which hold it, got {preset!r}"
    raise InputError(msg)


def recognise(path: Path) -> Kind:
    """Find out what a file is.

    Raises
    ------
    ModelFileError
        If it cannot be read, is too large, or nothing that is known.
    """
    try:
        return kind_of(read_bounded(path, most=MAX_BYTES), path=path)
    except OSError as error:
        msg = f"{path}: file must be accessible, got {error.strerror or error}"
        raise ModelFileError(msg) from error


def read_as(path: Path, kind: Kind, preset: str | None) -> Reading:
    """Let the reader of a format read the file."""
    chosen = DEFAULT_PRESETS.get(kind, "") if preset is None else preset
    module, extra = READERS[kind]
    try:
        reading: Reading = import_module(module).read(path, preset=chosen)
    except ModuleNotFoundError as error:
        raise missing_extra(extra, error) from error
    except OSError as error:
        msg = f"{path}: file must be accessible, got {error.strerror or error}"
        raise ModelFileError(msg) from error
    return reading


def network_model(path: Path) -> Model:
    """Read a network file as a model; it holds its tensors as the network does."""
    network = load_network(path)
    names = [*network.inputs, *(node.name for node in network.nodes)]
    tensors = {}
    for name in names:
        kind = network.tensors[name]
        axes = tuple(range(len(kind.shape) + 1))
        tensors[name] = TensorInfo(name=name, format=kind.format, axes=axes)
    return Model(path=path, kind=Kind.NETWORK, network=network, tensors=tensors)
