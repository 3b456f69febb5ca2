"""One node of a network as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.workload.layers import MacLayer
from qpim_emu.workload.network import Node
from qpim_emu.workload.network_file.arrays import smallest_integers
from qpim_emu.workload.network_file.header import Json, read_list, read_object, read_text
from qpim_emu.workload.network_file.kinds import KINDS, kind_of
from qpim_emu.workload.network_file.problems import inside, refuse
from qpim_emu.workload.network_file.values import decode_fields, encode_fields

if TYPE_CHECKING:
    from qpim_emu.workload.network_file.arrays import ArrayReader, ArrayWriter

__all__ = ["decode_node", "encode_node"]

NODE_KEYS = ("name", "kind", "inputs", "parameters")


def encode_node(node: Node, arrays: ArrayWriter, *, index: int) -> Json:
    """Write a node; the weights of a layer in the smallest integers that hold them.

    Raises
    ------
    NetworkFileError
        If its operation has no kind, or a parameter that a file cannot hold.
    """
    kind = kind_of(node.step)
    with inside(f"node {node.name!r}"):
        if kind is None:
            refuse("operation", f"one of {', '.join(KINDS)}", type(node.step).__name__)
        step = node.step
        narrow = {"weights": smallest_integers(step.weights)} if isinstance(step, MacLayer) else {}
        parameters = encode_fields(step, arrays, place=f"nodes/{index}", instead=narrow)
        name = read_text(node.name, field="name")
    return {"name": name, "kind": kind, "inputs": list(node.inputs), "parameters": parameters}


def decode_node(value: Json, arrays: ArrayReader, *, index: int) -> Node:
    """Read a node.

    Raises
    ------
    NetworkFileError
        Naming the node and what is wrong with it.
    """
    field = f"nodes[{index}]"
    keys = read_object(value, field=field, required=NODE_KEYS)
    name = read_text(keys["name"], field=f"name of {field}")
    kind = read_text(keys["kind"], field=f"kind of {field}")
    inputs = read_list(keys["inputs"], field=f"inputs of {field}")
    if kind not in KINDS:
        refuse(f"kind of {field}", f"one of {', '.join(KINDS)}", kind)
    with inside(f"node {name!r}"):
        step = decode_fields(keys["parameters"], KINDS[kind], arrays, field=kind)
    texts = tuple(read_text(one, field=f"inputs of {field}") for one in inputs)
    return Node(name=name, step=step, inputs=texts)
