"""Names in a model: protocol buffers hand out bytes where a file holds no UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import ModelFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onnx import ModelProto

__all__ = ["check_names"]


def check_names(model: ModelProto, *, source: str) -> None:
    """Refuse a model with a name that is no text.

    Raises
    ------
    ModelFileError
        Showing the first such name.
    """
    for name in names_of(model):
        if not isinstance(name, str):
            msg = f"{source}: names must be text in UTF-8, got {name!r}"
            raise ModelFileError(msg)


def names_of(model: ModelProto) -> Iterator[object]:
    """All names that a reader uses: those of the graph, its operators and its tensors."""
    graph = model.graph
    yield graph.name
    for entry in model.opset_import:
        yield entry.domain
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        for attribute in node.attribute:
            yield from (attribute.name, attribute.t.name)
    for named in (*graph.initializer, *graph.input, *graph.output, *graph.value_info):
        yield named.name
    for note in graph.quantization_annotation:
        yield note.tensor_name
        for pair in note.quant_parameter_tensor_names:
            yield from (pair.key, pair.value)
