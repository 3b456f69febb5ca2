"""What a network gives out, and what of the file is left out after it or before it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qpim_emu.frontends.onnx.values import Codes, Dequantized, Outside, Pending

if TYPE_CHECKING:
    from qpim_emu.frontends.onnx.context import Context
    from qpim_emu.workload.network import Node

__all__ = ["outputs_of", "renamed"]


def renamed(context: Context, node: Node) -> Node:
    """Give a node and its inputs the names that their tensors got in the end."""
    names = context.names
    inputs = tuple(names.get(name, name) for name in node.inputs)
    return replace(node, name=names.get(node.name, node.name), inputs=inputs)


def outputs_of(context: Context) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find the outputs of the network, and what to say of the rest of the file.

    Returns
    -------
    outputs
        Names of tensors of the network: those the file gives out, or the last codes on the way
        to what it gives out in reals.
    notes
        One sentence each.
    """
    found: dict[str, None] = {}
    for name in context.graph.outputs:
        match context.values.get(name):
            case Codes() as value:
                found[value.name] = None
            case Dequantized() as value:
                found[value.codes.name] = None
            case Pending() | Outside() as value:
                found |= dict.fromkeys(sorted(value.sources - {""}))
            case _:
                pass
    outputs = [context.names.get(name, name) for name in found]
    made = {node.name for nodes in context.nodes.values() for node in nodes}
    made = {context.names.get(name, name) for name in made}
    computed = [name for name in outputs if name in made]
    return tuple(computed or outputs), tuple(left_out(context))


def left_out(context: Context) -> list[str]:
    """Say which operators are no part of the network, and note it at each."""
    notes = []
    for place, node in enumerate(context.graph.nodes):
        values = [context.values.get(name) for name in node.outputs]
        own = [
            value
            for value in values
            if isinstance(value, Outside | Pending) and value.source == place
        ]
        if not own or place in context.refusals or context.nodes.get(place):
            continue
        where = "after the last" if own[0].sources else "before the first"
        context.note(f"left out: works on reals {where} integer operator", place=place)
        notes.append(f"{node.kind} {node.name!r} works on reals {where} integer operator: left out")
    return notes
