"""Examples for a network: input codes, and labels to compare with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.workload.checks import frozen_integers
from qpim_emu.workload.network_file.arrays import ArrayReader, ArrayWriter, smallest_integers
from qpim_emu.workload.network_file.container import MAX_BYTES, open_container, write_container
from qpim_emu.workload.network_file.header import (
    HEADER,
    MAX_HEADER_BYTES,
    Json,
    check_json,
    dump_header,
    parse_header,
    read_list,
    read_mapping,
    read_object,
    read_text,
)
from qpim_emu.workload.network_file.problems import inside, of_file, refuse
from qpim_emu.workload.network_file.version import check_version

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network_file.container import Container

__all__ = ["Examples", "load_examples", "save_examples"]

FORMAT, VERSION = "qpim-examples", 1
KEYS = ("format", "version", "metadata", "inputs", "labels", "arrays")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examples:
    """Inputs of a network, with what is known about the right answers.

    Attributes
    ----------
    inputs
        Codes of every input tensor by name, ``int64[batch, ...]``.
    labels
        ``int64[batch]`` class of each example, or None.
    metadata
        Anything JSON holds: provenance, licence, names of the labels.
    """

    inputs: Mapping[str, IntArray]
    labels: IntArray | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)


def save_examples(examples: Examples, path: str | os.PathLike[str]) -> None:
    """Write examples to a file, as `save_network` does networks.

    Raises
    ------
    NetworkFileError
        If the file cannot be written, or the examples are not what `Examples` describes.
    """
    with of_file(path):
        write_container(path, encode_examples(examples))


def load_examples(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> Examples:
    """Read examples from a file of `save_examples`, whoever wrote it.

    Their arrays are read-only; `Network.read_inputs` checks them against a network.

    Parameters
    ----------
    path, max_bytes
        As for `load_network`.

    Raises
    ------
    NetworkFileError
        As `load_network` does.
    """
    with of_file(path), open_container(path, max_bytes=max_bytes) as container:
        return decode_examples(container)


def encode_examples(examples: Examples) -> dict[str, bytes]:
    """Write examples as the entries of a file."""
    check_json(metadata := dict(examples.metadata), field="metadata")
    arrays = ArrayWriter()
    batch = check_batch(examples)
    header = {
        "format": FORMAT,
        "version": VERSION,
        "metadata": metadata,
        "inputs": [
            {
                "name": read_text(name, field="name of an input"),
                "codes": arrays.add(smallest_integers(codes), place=f"inputs/{i}"),
            }
            for i, (name, codes) in enumerate(batch.inputs.items())
        ],
        "labels": None
        if batch.labels is None
        else arrays.add(smallest_integers(batch.labels), place="labels"),
        "arrays": arrays.table,
    }
    return {HEADER: dump_header(header), **arrays.entries}


def decode_examples(container: Container) -> Examples:
    """Read the examples of an open file."""
    header = parse_header(container.read(HEADER, limit=MAX_HEADER_BYTES))
    check_version(header, format_name=FORMAT, versions=(VERSION,))
    keys = read_object(header, field=HEADER, required=KEYS)
    arrays = ArrayReader(container, keys["arrays"])
    inputs: dict[str, IntArray] = {}
    for i, item in enumerate(read_list(keys["inputs"], field="inputs")):
        given = read_object(item, field=f"inputs[{i}]", required=("name", "codes"))
        name = read_text(given["name"], field=f"name of inputs[{i}]")
        if name in inputs:
            refuse(f"name of inputs[{i}]", "new", name)
        inputs[name] = read_codes(arrays, given["codes"], field=f"codes of {name!r}")
    labels = keys["labels"]
    examples = Examples(
        inputs=inputs,
        labels=None if labels is None else read_codes(arrays, labels, field="labels"),
        metadata=read_mapping(keys["metadata"], field="metadata"),
    )
    arrays.finish()
    return check_batch(examples)


def read_codes(arrays: ArrayReader, reference: Json, *, field: str) -> IntArray:
    """Read an array of integers."""
    array = arrays.take(reference, field=field)
    with inside("examples"):
        return frozen_integers(array, field=field)


def check_batch(examples: Examples) -> Examples:
    """Refuse examples without inputs or of several batch sizes; hold integers of 64 bits."""
    with inside("examples"):
        inputs = {
            name: frozen_integers(codes, field=f"codes of {name!r}")
            for name, codes in examples.inputs.items()
        }
        labels = (
            None if examples.labels is None else frozen_integers(examples.labels, field="labels")
        )
    if labels is not None and labels.ndim != 1:
        refuse("labels", "one per example", f"shape {labels.shape}")
    arrays = [*inputs.values(), *([] if labels is None else [labels])]
    sizes = {np.shape(array)[:1] for array in arrays}
    if not inputs or len(sizes) != 1 or () in sizes or (0,) in sizes:
        refuse("examples", "inputs and labels of one batch size", [a.shape for a in arrays])
    return Examples(inputs=inputs, labels=labels, metadata=examples.metadata)
