"""Reading a package: its manifest, checked, and the recipe it was made from."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from qpim_emu.errors import PackageError
from qpim_emu.files import read_bounded
from qpim_emu.golden.build import DERIVATION, MANIFEST, NETWORK
from qpim_emu.golden.images import ImageFormat
from qpim_emu.golden.recipe import FORMAT, VERSION, InputSet, Origin, Part, Quantization, Recipe
from qpim_emu.golden.schema import find_violation, manifest_schema
from qpim_emu.golden.tensors import read_tensor
from qpim_emu.hardware.toml import loads
from qpim_emu.workload.network_file import load_network

if TYPE_CHECKING:
    import os

    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network

__all__ = ["read_manifest", "read_recipe"]

MAX_MANIFEST_BYTES = 256 << 20
MAX_TENSOR_BYTES = 2 << 30
SHOWN = 40


def read_manifest(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the manifest of a package.

    Parameters
    ----------
    path
        Folder of the package.

    Raises
    ------
    PackageError
        If there is none, or it is damaged, foreign or of an unknown version.
    """
    place = Path(path) / MANIFEST
    try:
        manifest = json.loads(
            read_bounded(place, most=MAX_MANIFEST_BYTES),
            parse_constant=finite,
            parse_float=finite,
        )
    except OSError as error:
        msg = f"package must be a folder with {MANIFEST}, got {path}: {error.strerror}"
        raise PackageError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"{MANIFEST} must be JSON, got {path}: {error}"
        raise PackageError(msg) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        msg = f"{MANIFEST} must have format {FORMAT!r}, got {path}"
        raise PackageError(msg)
    if manifest.get("version") != VERSION:
        msg = f"version of {path} must be {VERSION}, got {manifest.get('version')!r}"
        raise PackageError(msg)
    violation = find_violation(manifest, manifest_schema())
    if violation:
        msg = f"{MANIFEST} of {path}: {violation}"
        raise PackageError(msg)
    return manifest


def finite(text: str) -> float:
    """Read a number of JSON, which has neither infinities nor NaN.

    Raises
    ------
    ValueError
        If it is one of them, or too large for a binary64 number.
    """
    value = float(text)
    if not math.isfinite(value):
        msg = f"numbers must be finite, got {text[:SHOWN]}"
        raise ValueError(msg)
    return value


def read_recipe(path: str | os.PathLike[str], manifest: dict[str, Any]) -> Recipe:
    """Read what a package was made from, to make it again.

    Raises
    ------
    PackageError
        If a file of it cannot be read.
    InputError
        If machine, network or inputs are not valid; see its subclasses.
    """
    folder = Path(path)
    network = load_network(folder / NETWORK)
    derivation = None
    if manifest["derivation"] is not None:
        derivation = read_file(folder, DERIVATION).decode("utf-8", errors="replace")
    return Recipe(
        network=network,
        spec=loads(tomli_w.dumps(manifest["machine"])),
        sets=tuple(
            InputSet(case=one["case"], inputs=read_inputs(folder, one, network))
            for one in manifest["sets"]
        ),
        parts=tuple(Part(part) for part in manifest["parts"]),
        images=tuple(ImageFormat(kind) for kind in manifest["images"]),
        quantization={
            name: Quantization(**{key: frozen(value) for key, value in known.items()})
            for name, known in manifest["quantization"].items()
        },
        seed=manifest["seed"],
        origin=Origin(manifest["origin"]),
        derivation=derivation,
    )


def frozen(value: Any) -> Any:  # noqa: ANN401 - a number, a list of numbers or nothing
    """A list as a tuple."""
    return tuple(value) if isinstance(value, list) else value


def read_inputs(folder: Path, one: dict[str, Any], network: Network) -> dict[str, IntArray]:
    """Read the inputs of a set.

    Raises
    ------
    PackageError
        If their files are not what the manifest says.
    """
    codes = {}
    for name, tensor in one["inputs"].items():
        if name not in network.inputs:
            msg = f"inputs of {one['folder']} must be those of the network, got {name!r}"
            raise PackageError(msg)
        data = read_file(folder, tensor["file"])
        try:
            codes[name] = read_tensor(data, tensor["shape"], network.inputs[name].format)
        except ValueError as error:
            msg = f"{tensor['file']} must hold {tensor['shape']} codes, got {len(data)} bytes"
            raise PackageError(msg) from error
    return codes


def read_file(folder: Path, name: str) -> bytes:
    """Read a file of a package.

    Raises
    ------
    PackageError
        If it cannot be read, or lies outside.
    """
    place = folder / name
    try:
        if not place.resolve().is_relative_to(folder.resolve()):
            msg = f"file must lie in the package, got {name!r}"
            raise PackageError(msg)
        return read_bounded(place, most=MAX_TENSOR_BYTES)
    except OSError as error:
        msg = f"{name} must be readable, got {error.strerror}"
        raise PackageError(msg) from error
