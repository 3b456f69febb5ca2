"""Networks to files and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.workload.network import Network, TensorType
from qpim_emu.workload.network_file.arrays import ArrayReader, ArrayWriter
from qpim_emu.workload.network_file.constants import decode_constants, encode_constants
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
from qpim_emu.workload.network_file.steps import decode_node, encode_node
from qpim_emu.workload.network_file.version import check_version

if TYPE_CHECKING:
    import os

    from qpim_emu.workload.network_file.container import Container

__all__ = ["load_network", "save_network"]

FORMAT = "qpim-network"
PLAIN, WITH_CONSTANTS = 1, 2
"""Versions; a file is of the first that holds its network."""

KEYS = ("format", "version", "name", "metadata", "inputs", "nodes", "outputs", "arrays")


def save_network(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a network to a file.

    The file is complete or not there, and the same network gives the same bytes.

    Parameters
    ----------
    network
        Any network of layers and operations of the package.
    path
        The file, ``.npz`` by custom; it is replaced if it exists.

    Raises
    ------
    NetworkFileError
        If the file cannot be written, or a file cannot hold a step or the metadata.
    """
    with of_file(path):
        write_container(path, encode_network(network))


def load_network(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> Network:
    """Read a network from a file of `save_network`, whoever wrote it.

    Parameters
    ----------
    path
        The file.
    max_bytes
        How much memory its arrays may take, 8 bytes for every number; 2 GiB unless given.

    Raises
    ------
    NetworkFileError
        If it cannot be read, is damaged, too large or of an unknown version, or what it
        describes is no network. The message names the file, the field and the value.
    """
    with of_file(path), open_container(path, max_bytes=max_bytes) as container:
        return decode_network(container)


def encode_network(network: Network) -> dict[str, bytes]:
    """Write a network as the entries of a file."""
    check_json(network.metadata, field="metadata")
    arrays = ArrayWriter()
    header = {
        "format": FORMAT,
        "version": WITH_CONSTANTS if network.constants else PLAIN,
        "name": read_text(network.name, field="name"),
        "metadata": network.metadata,
        "inputs": [
            {
                "name": read_text(name, field="name of an input"),
                "shape": list(kind.shape),
                "format": str(kind.format),
            }
            for name, kind in network.inputs.items()
        ],
        **encode_constants(network, arrays),
        "nodes": [encode_node(node, arrays, index=i) for i, node in enumerate(network.nodes)],
        "outputs": list(network.outputs),
        "arrays": arrays.table,
    }
    return {HEADER: dump_header(header), **arrays.entries}


def decode_network(container: Container) -> Network:
    """Read the network of an open file."""
    header = parse_header(container.read(HEADER, limit=MAX_HEADER_BYTES))
    version = check_version(header, format_name=FORMAT, versions=(PLAIN, WITH_CONSTANTS))
    required = KEYS if version == PLAIN else (*KEYS, "constants")
    keys = read_object(header, field=HEADER, required=required)
    arrays = ArrayReader(container, keys["arrays"])
    constants = {} if version == PLAIN else decode_constants(keys["constants"], arrays)
    nodes = [
        decode_node(node, arrays, index=i)
        for i, node in enumerate(read_list(keys["nodes"], field="nodes"))
    ]
    arrays.finish()
    outputs = read_list(keys["outputs"], field="outputs")
    with inside("network"):
        return Network(
            name=read_text(keys["name"], field="name"),
            inputs=decode_inputs(keys["inputs"]),
            constants=constants,
            nodes=nodes,
            outputs=[read_text(output, field="outputs") for output in outputs],
            metadata=read_mapping(keys["metadata"], field="metadata"),
        )


def decode_inputs(value: Json) -> dict[str, TensorType]:
    """Read the types of the inputs by name."""
    inputs: dict[str, TensorType] = {}
    for i, item in enumerate(read_list(value, field="inputs")):
        field = f"inputs[{i}]"
        keys = read_object(item, field=field, required=("name", "shape", "format"))
        name = read_text(keys["name"], field=f"name of {field}")
        if name in inputs:
            refuse(f"name of {field}", "new", name)
        with inside(field):
            inputs[name] = TensorType(
                shape=read_list(keys["shape"], field="shape"),  # type: ignore[arg-type] # it checks
                format=read_text(keys["format"], field="format"),
            )
    return inputs
