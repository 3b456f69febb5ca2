"""The part of an ONNX model that a network is, with every tensor of it as an output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.frontends.onnx.tensors import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from onnx import ModelProto, NodeProto

    from qpim_emu.arith.formats import Format

__all__ = ["cut", "needed", "number_of"]


def number_of(stored: Format) -> int:
    """Number that ONNX gives to the element type of a format; int32 where it has none."""
    from onnx import TensorProto  # noqa: PLC0415 - optional

    name = str(stored) if str(stored) in FORMATS else "int32"
    return int(TensorProto.DataType.Value(name.upper()))


def cut(
    model: ModelProto,
    *,
    inputs: Mapping[str, tuple[Format, tuple[int | None, ...]]],
    outputs: Mapping[str, Format],
) -> ModelProto:
    """Make a model that takes and gives any tensors of another one.

    Parameters
    ----------
    model
        The other one; it stays as it is.
    inputs
        Format and shape of the tensors to take, by name; what makes them is left out.
    outputs
        Formats of the tensors to give, by name; what they do not need is left out.
    """
    from onnx import ModelProto, helper  # noqa: PLC0415 - optional

    part = ModelProto()
    part.CopyFrom(model)
    graph = part.graph
    nodes = needed(graph.node, inputs=inputs, outputs=outputs)
    used = {name for node in nodes for name in node.input}
    initializers = [tensor for tensor in graph.initializer if tensor.name in used]
    for field, kept in (("node", nodes), ("initializer", initializers)):
        copies = [type(entry).FromString(entry.SerializeToString()) for entry in kept]
        graph.ClearField(field)
        getattr(graph, field).extend(copies)
    for field in ("input", "output", "value_info"):
        graph.ClearField(field)
    for name, (stored, shape) in inputs.items():
        sizes = ["batch" if size is None else size for size in shape]
        graph.input.append(helper.make_tensor_value_info(name, number_of(stored), sizes))
    for name, stored in outputs.items():
        graph.output.append(helper.make_tensor_value_info(name, number_of(stored), None))
    return part


def needed(
    nodes: Iterable[NodeProto], *, inputs: Iterable[str], outputs: Iterable[str]
) -> list[NodeProto]:
    """Nodes, in their order, that the outputs need if the inputs are given."""
    wanted, given = set(outputs), set(inputs)

    def backwards() -> Iterator[NodeProto]:
        for node in reversed(list(nodes)):
            if any(name in wanted and name not in given for name in node.output):
                wanted.update(name for name in node.input if name)
                yield node

    return list(backwards())[::-1]
