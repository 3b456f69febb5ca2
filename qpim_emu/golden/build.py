"""A package, written from its recipe into a sink: the one place that decides its bytes."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from qpim_emu.analysis.check import check_run
from qpim_emu.engine.network import run_network
from qpim_emu.engine.run import SEMANTICS_VERSION, Tier
from qpim_emu.errors import MismatchError
from qpim_emu.golden.container import network_bytes
from qpim_emu.golden.coverage import summarise
from qpim_emu.golden.describe import describe_machine, describe_packing, write_machine
from qpim_emu.golden.layers import write_layers
from qpim_emu.golden.onnx_sets import tensor_proto, write_data_set
from qpim_emu.golden.recipe import FORMAT, VERSION, Part, folder_name, quantization_of
from qpim_emu.golden.runs import write_node
from qpim_emu.golden.tensors import write_tensor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qpim_emu.engine.network import NetworkResult
    from qpim_emu.golden.recipe import InputSet, Recipe
    from qpim_emu.golden.sink import Sink

__all__ = ["DERIVATION", "MANIFEST", "NETWORK", "REPLAY", "SUMS", "build_package", "dump_manifest"]

MANIFEST, SUMS, DERIVATION = "manifest.json", "SHA256SUMS", "derivation.txt"
NETWORK, REPLAY = "network.npz", "replay.txt"
LINE = 100


def build_package(recipe: Recipe, sink: Sink, *, tier: Tier, library: str) -> dict[str, Any]:
    """Run what the recipe says and write every file of the package.

    Parameters
    ----------
    recipe
        What to run and what to write of it.
    sink
        Where it goes.
    tier
        How to execute; it changes no byte.
    library
        Version of the library that the manifest names.

    Returns
    -------
    dict
        The manifest, which was written as well.

    Raises
    ------
    InputError
        If the network does not fit the machine, or the inputs the network.
    AccumulatorOverflowError
        If an accumulator traps.
    MismatchError
        If tiers or oracle disagree: nothing of the kind is worth keeping.
    """
    sink.write(NETWORK, network_bytes(recipe.network))
    write_machine(sink, recipe.spec)
    if recipe.derivation is not None:
        sink.write(DERIVATION, recipe.derivation)
    replay: list[str] = []
    sets = []
    layers: list[dict[str, Any]] = []
    for number, given in enumerate(recipe.sets):
        result = run_network(recipe.network, given.inputs, spec=recipe.spec, tier=tier)
        require_exact(result)
        if not layers:
            layers = write_layers(sink, recipe, result)
        sets.append(write_set(sink, recipe, number, given, result, replay=replay))
    sink.write(REPLAY, "".join(f"{line}\n" for line in replay))
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "library": library,
        "semantics_version": SEMANTICS_VERSION,
        "name": recipe.network.name,
        "origin": str(recipe.origin),
        "derivation": None if recipe.derivation is None else DERIVATION,
        "seed": recipe.seed,
        "parts": [str(part) for part in Part if part in recipe.parts],
        "images": [str(kind) for kind in recipe.images],
        "machine": describe_machine(recipe.spec),
        "packing": describe_packing(recipe.spec),
        "quantization": {name: asdict(known) for name, known in recipe.quantization.items()},
        "network": NETWORK,
        "layers": layers,
        "sets": sets,
        "coverage": summarise(layers, sets),
        "files": describe_files(sink),
    }
    sink.write(MANIFEST, dump_manifest(manifest))
    sums = (f"{entry.sha256}  {path}\n" for path, entry in sorted(sink.files.items()))
    sink.write(SUMS, "".join(sums))
    return manifest


def dump_manifest(manifest: dict[str, Any]) -> str:
    """Write a manifest as text, the same for the same one; short values stay on one line."""
    return f"{dump(manifest, 0)}\n"


def dump(value: Any, depth: int) -> str:  # noqa: ANN401 - JSON
    """Write a value that begins at a depth of indentation."""
    plain = json.dumps(value, allow_nan=False, ensure_ascii=True)
    if len(plain) + depth <= LINE or not isinstance(value, dict | list) or not value:
        return plain
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {dump(item, depth + 1)}" for key, item in value.items()]
    else:
        items = [dump(item, depth + 1) for item in value]
    inside = f",\n{' ' * (depth + 1)}".join(items)
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return f"{opening}\n{' ' * (depth + 1)}{inside}\n{' ' * depth}{closing}"


def describe_files(sink: Sink) -> dict[str, dict[str, Any]]:
    """Size and hash of every file so far, by its path."""
    return {
        path: {"bytes": entry.bytes, "sha256": entry.sha256}
        for path, entry in sorted(sink.files.items())
    }


def require_exact(result: NetworkResult) -> None:
    """Refuse a run that the oracle contradicts.

    Raises
    ------
    MismatchError
        Naming the nodes.
    """
    wrong = [name for name, check in check_run(result).items() if not check.is_exact]
    if wrong:
        msg = f"nodes must be what the oracle computes, got others in {', '.join(wrong)}"
        raise MismatchError(msg)


def write_set(
    sink: Sink,
    recipe: Recipe,
    number: int,
    given: InputSet,
    result: NetworkResult,
    *,
    replay: list[str],
) -> dict[str, Any]:
    """Write one run and describe it; `replay` gets a line per vault with work."""
    folder = f"sets/{number}-{folder_name(given.case)}"
    network = recipe.network
    inputs = {
        name: write_tensor(
            sink,
            f"{folder}/input{i}-{folder_name(name)}.bin",
            result.tensors[name],
            kind.format,
            **asdict(quantization_of(recipe, name)),
        )
        for i, (name, kind) in enumerate(network.inputs.items())
    }
    nodes = [
        write_node(sink, recipe, folder, position, result, replay=replay)
        for position in range(len(network.nodes))
    ]
    if Part.ONNX in recipe.parts:
        write_data_set(
            sink,
            number,
            protos(network.inputs, recipe, result),
            protos(network.outputs, recipe, result),
        )
    return {
        "folder": folder,
        "case": given.case,
        "images": len(next(iter(given.inputs.values()))),
        "inputs": inputs,
        "outputs": list(network.outputs),
        "nodes": nodes,
    }


def protos(names: Iterable[str], recipe: Recipe, result: NetworkResult) -> Iterator[bytes]:
    """Tensors as ONNX messages."""
    tensors = recipe.network.tensors
    return (tensor_proto(name, result.tensors[name], tensors[name].format) for name in names)
