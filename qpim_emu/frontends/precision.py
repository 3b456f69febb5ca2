"""Layers read with fewer bits than the model has, and what that does to their numbers.

A precision is ``"W4A8"``, ``"W4"``, ``"A8"``, or a format of the weights, ``"int4"``. It *narrows*:
the stored codes stay, and the lanes read their upper bits. With ``":round"`` behind it the weights
are *re-quantized* instead: rounded to codes of that many bits, half to even, and stored as such.
Both keep the real values that codes stand for, up to what is lost: the requantization is scaled
along. Either way the layer computes something else than the model. A layer goes by its name, or by
``#`` and its tensor's number where the file has one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Format, parse_format
from qpim_emu.arith.window import Window
from qpim_emu.errors import InputError, LayerError
from qpim_emu.workload.layers import MacLayer
from qpim_emu.workload.narrowing import divide_half_even
from qpim_emu.workload.network import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.frontends.model import Model
    from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

__all__ = ["Precision", "override", "parse_precision"]

ROUND = ":round"
WIDTHS = re.compile(r"(?:W(?P<weight>\d{1,2}))?(?:A(?P<activation>\d{1,2}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """Bits that a layer reads of its operands; None for as many as before.

    Attributes
    ----------
    weight_format
        Format that the weights must then have, where one was named.
    rounds
        Whether the weights are rounded to new codes, not read through a narrower window.
    """

    weight_bits: int | None = None
    activation_bits: int | None = None
    weight_format: Format | None = None
    rounds: bool = False


def parse_precision(text: str) -> Precision:
    """Read a precision.

    Raises
    ------
    InputError
        If it is none.

    Examples
    --------
    >>> found = parse_precision("W4A8:round")
    >>> found.weight_bits, found.activation_bits, found.rounds
    (4, 8, True)
    """
    body = text.removesuffix(ROUND)
    widths = WIDTHS.fullmatch(body)
    if widths and body:
        weight, activation = (int(w) if w else None for w in widths.group("weight", "activation"))
        rounds = text.endswith(ROUND)
        return Precision(weight_bits=weight, activation_bits=activation, rounds=rounds)
    try:
        named = parse_format(body, field="precision")
    except InputError:
        msg = f"precision must be like W4A8, W4, A8 or int4, with :round or not, got {text!r}"
        raise InputError(msg) from None
    return Precision(weight_bits=named.bits, weight_format=named, rounds=text.endswith(ROUND))


def override(model: Model, precisions: Mapping[str, str]) -> Model:
    """Give layers of a model other precisions; a note says what each of them lost.

    Raises
    ------
    InputError
        If a name is no layer's, or a precision is none, or not narrower, or cannot be had exactly.
    """
    network = model.network
    wanted = {layer_name(model, key): parse_precision(text) for key, text in precisions.items()}
    nodes, notes = [], []
    for node in network.nodes:
        if isinstance(node.step, MacLayer) and node.name in wanted:
            step, note = with_precision(node, node.step, wanted[node.name])
            nodes.append(Node(name=node.name, step=step, inputs=node.inputs))
            notes.append(note)
        else:
            nodes.append(node)
    return replace(
        model,
        network=network.with_nodes(nodes),
        notes=(*model.notes, *notes),
        real={},  # the reals belong to accumulators of the old unit
    )


def layer_name(model: Model, key: str) -> str:
    """Find the layer of a name, or of a number like ``#12`` where the file numbers its tensors."""
    numbers = {f"#{info.index}": name for name, info in model.tensors.items()}
    name = numbers.get(key, key)
    if name not in model.network.layers:
        layers = ", ".join(model.network.layers)
        able = f"one of {layers}" if layers else "a layer, of which there is none"
        msg = f"precision must be for {able}, got {key!r}"
        raise InputError(msg)
    return name


def with_precision(
    node: Node, layer: Conv1d | Conv2d | Linear, wanted: Precision
) -> tuple[Conv1d | Conv2d | Linear, str]:
    """Narrow or re-quantize a layer, and say what it lost."""
    weight = dropped(node, layer.weight_window, wanted.weight_bits, operand="W")
    activation = dropped(node, layer.activation_window, wanted.activation_bits, operand="A")
    if wanted.weight_format is not None:
        check_encoding(node, layer, wanted.weight_format)
    try:
        narrow = layer.narrowed(weight_shift=weight, activation_shift=activation)
    except LayerError as error:
        msg = f"precision of {node.name}: {error}"
        raise InputError(msg) from error
    widths = f"W{narrow.weight_window.precision}A{narrow.activation_window.precision}"
    size = layer.weights.size
    if not (wanted.rounds and weight):
        lost = int(narrow.lost_weights().sum())
        said = f"{lost:,} of {size:,} weights lose bits" if weight else "all weights as they are"
        return narrow, f"{node.name}: narrowed to {widths}, the stored codes stay: {said}"
    rounded = round_weights(node, layer, narrow, weight)
    changed = int((rounded.weights << weight != layer.weights).sum())
    return rounded, (
        f"{node.name}: re-quantized to {widths}, weights rounded half to even to multiples of "
        f"{1 << weight}: {changed:,} of {size:,} change"
    )


def dropped(node: Node, window: Window, bits: int | None, *, operand: str) -> int:
    """Bits that a window loses."""
    if bits is None:
        return 0
    if not 1 <= bits <= window.precision:
        msg = f"precision of {node.name} must be {operand}1..{operand}{window.precision}"
        msg = f"{msg}, got {operand}{bits}"
        raise InputError(msg)
    return window.precision - bits


def check_encoding(node: Node, layer: Conv1d | Conv2d | Linear, wanted: Format) -> None:
    """Refuse a format of another signedness than the weights have."""
    if wanted.encoding is not layer.weight_window.format.encoding:
        msg = f"precision of {node.name} must be signed like {layer.weight_window}, got {wanted}"
        raise InputError(msg)


def round_weights(
    node: Node,
    layer: Conv1d | Conv2d | Linear,
    narrow: Conv1d | Conv2d | Linear,
    shift: int,
) -> Conv1d | Conv2d | Linear:
    """Put rounded weights of fewer bits into the layer that reads so many bits."""
    if layer.weight_window != Window(layer.weight_type):
        msg = f"precision of {node.name} must not round: its window is narrow already"
        raise InputError(msg)
    fewer = narrow.weight_window.format
    codes = np.clip(divide_half_even(layer.weights, shift), fewer.min, fewer.max)
    return replace(narrow, weights=codes, weight_type=fewer, weight_window=Window(fewer))
