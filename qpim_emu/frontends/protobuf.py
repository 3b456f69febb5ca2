"""Just enough of the protobuf wire format to see which operators an ONNX file has.

Source: "Encoding" of the Protocol Buffers documentation; field numbers of onnx.proto.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OperatorName", "operators"]

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MODEL_GRAPH, GRAPH_NODE, NODE_TYPE, NODE_DOMAIN = 7, 1, 4, 7
LONGEST_VARINT = 10


class OperatorName(NamedTuple):
    """What a node of a graph is called: its domain, and its type in it."""

    domain: bytes
    type: bytes


def operators(data: bytes) -> Iterator[OperatorName]:
    """Give the operators of the main graph, up to the first byte that makes no sense."""
    for graph in members(memoryview(data), MODEL_GRAPH):
        for node in members(graph, GRAPH_NODE):
            found = {number: bytes(value) for number, value in fields(node) if value is not None}
            yield OperatorName(found.get(NODE_DOMAIN, b""), found.get(NODE_TYPE, b""))


def members(message: memoryview, number: int) -> Iterator[memoryview]:
    """Give the fields of a message that bear a number and hold bytes."""
    for found, value in fields(message):
        if found == number and value is not None:
            yield value


def fields(message: memoryview) -> Iterator[tuple[int, memoryview | None]]:
    """Give number and bytes of each field; None for the bytes of a number."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        wire = key & 7
        if wire == VARINT:
            _, at = varint(message, at)
            yield key >> 3, None
        elif wire in {FIXED32, FIXED64}:
            at += 4 if wire == FIXED32 else 8
            yield key >> 3, None
        elif wire == BYTES:
            size, at = varint(message, at)
            yield key >> 3, message[at : at + size]
            at += size
        else:
            return


def varint(message: memoryview, at: int) -> tuple[int, int]:
    """Read a number of 7 bits a byte, and where it ends; past the end, the bytes are 0."""
    value = 0
    for i in range(LONGEST_VARINT):
        byte = message[at + i] if at + i < len(message) else 0
        value |= (byte & 0x7F) << (7 * i)
        if not byte & 0x80:
            return value, at + i + 1
    return value, at + LONGEST_VARINT
