"""Inputs and outputs of 8 bits where a model has fewer, which Python cannot hand to an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import ModelProto

__all__ = ["widened"]

WIDER = {"INT2": "INT8", "UINT2": "UINT8", "INT4": "INT8", "UINT4": "UINT8"}


def widened(model: ModelProto) -> ModelProto:
    """Make a model whose narrow inputs and outputs are cast from and to 8 bits.

    Values stay the same. Outputs get another name, but keep their order.
    """
    from onnx import ModelProto, TensorProto, helper  # noqa: PLC0415 - optional

    part = ModelProto()
    part.CopyFrom(model)
    names, casts = {}, []
    types = TensorProto.DataType
    for value in part.graph.input:
        kind = types.Name(value.type.tensor_type.elem_type)
        if kind in WIDER:
            names[value.name] = f"{value.name}/narrow"
            casts.append((value.name, names[value.name], types.Value(kind)))
            value.type.tensor_type.elem_type = types.Value(WIDER[kind])
    for node in part.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = names.get(name, name)
    nodes = [helper.make_node("Cast", [name], [new], to=kind) for name, new, kind in casts]
    nodes += part.graph.node
    for value in part.graph.output:
        kind = types.Name(value.type.tensor_type.elem_type)
        if kind in WIDER:
            wide = types.Value(WIDER[kind])
            nodes.append(helper.make_node("Cast", [value.name], [f"{value.name}/wide"], to=wide))
            value.name = f"{value.name}/wide"
            value.type.tensor_type.elem_type = wide
    copies = [type(node).FromString(node.SerializeToString()) for node in nodes]
    part.graph.ClearField("node")
    part.graph.node.extend(copies)
    return part
