"""The table of layers: shapes, bits and MACs of an integer network."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from tools.digits.integer import trace
from tools.digits.network import IntegerNetwork, MacLayer

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["count_macs", "describe_layers"]

COLUMNS = (
    "layer",
    "weights",
    "bits w",
    "input",
    "bits a",
    "zero point",
    "accumulator",
    "requantize",
    "clamp",
    "output",
    "MACs",
)


def count_macs(layer: MacLayer, output: NDArray[np.int64]) -> int:
    """Multiply-accumulates of one image, border taps included."""
    return prod(output.shape[1:]) * prod(layer.weights.shape[1:])


def describe_layers(network: IntegerNetwork) -> list[str]:
    """Lines of a Markdown table, one row per MAC layer, and the total of MACs per image."""
    values = trace(network, np.zeros((1, *network.image_shape), np.int64))
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    total = 0
    for operation, x, y in zip(network.operations, values, values[1:], strict=False):
        if not isinstance(operation, MacLayer):
            lines.append(f"| {operation.name} | | | | | | | | | {shape_text(y)} | |")
            continue
        total += count_macs(operation, y)
        lines.append(describe_layer(operation, x, y))
    return [*lines, f"| total | | | | | | | | | | {total} |"]


def shape_text(x: NDArray[np.int64]) -> str:
    """Shape of one image's tensor, like ``16x8x8``."""
    return "x".join(str(side) for side in x.shape[1:])


def describe_layer(layer: MacLayer, x: NDArray[np.int64], y: NDArray[np.int64]) -> str:
    """One row of the table."""
    rule = layer.requantize
    cells = [
        layer.name,
        "x".join(str(side) for side in layer.weights.shape),
        f"int{layer.weight_bits}",
        shape_text(x),
        f"{'int' if layer.inputs.signed else 'uint'}{layer.inputs.bits}",
        str(layer.inputs.zero_point),
        str(layer.accumulator_bits),
        "none" if rule is None else str(rule.mode),
        "" if rule is None else f"{rule.low}..{rule.high}",
        shape_text(y),
        str(count_macs(layer, y)),
    ]
    return f"| {' | '.join(cells)} |"
