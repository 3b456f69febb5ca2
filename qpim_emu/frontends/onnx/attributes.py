"""Attributes of ONNX nodes as Python values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qpim_emu.errors import ModelFileError
from qpim_emu.frontends.onnx.tensors import read_tensor

if TYPE_CHECKING:
    from onnx import AttributeProto, NodeProto

__all__ = ["read_attributes"]


def read_attributes(node: NodeProto) -> dict[str, Any]:
    """Read the attributes of a node by name.

    Numbers, strings and tuples of them; tensors as `GraphTensor`; anything else, such as a
    subgraph, is None.

    Raises
    ------
    ModelFileError
        If a name occurs twice, or a tensor is damaged.
    """
    found: dict[str, Any] = {}
    for attribute in node.attribute:
        if attribute.name in found:
            msg = f"attributes of {node.op_type} must differ, got {attribute.name!r} twice"
            raise ModelFileError(msg)
        found[attribute.name] = read_attribute(attribute)
    return found


def read_attribute(attribute: AttributeProto) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read one value."""
    if attribute.type == attribute.TENSOR:
        return read_tensor(attribute.t)
    for kind, field, convert in (
        (attribute.INT, "i", int),
        (attribute.FLOAT, "f", float),
        (attribute.STRING, "s", text),
    ):
        if attribute.type == kind:
            return convert(getattr(attribute, field))
    for kind, field, convert in (
        (attribute.INTS, "ints", int),
        (attribute.FLOATS, "floats", float),
        (attribute.STRINGS, "strings", text),
    ):
        if attribute.type == kind:
            return tuple(convert(value) for value in getattr(attribute, field))
    return None


def text(value: bytes) -> str:
    """Read a name, whatever bytes it is made of."""
    return value.decode(errors="replace")
