"""Questions of level L5: chains of layers, each reading the outputs of the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.arith.formats import Int, UInt
from qpim_emu.arith.requantize import Mode
from qpim_emu.arith.window import Window
from tools.conformance.constants import MODES
from tools.conformance.draws import Draws
from tools.conformance.layers import draw_layer, with_borders
from tools.conformance.operands import Operands, draw_operands
from tools.conformance.shapes import KINDS, Shape, draw_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["network_question"]

WIDTH = 16
LOW, HIGH = 38, 39
"""Where the limits of the clamp stand in a question."""


def network_question(number: int) -> list[int]:
    """Question of that number: two to four layers, each read by the next."""
    draws = Draws(f"L5/networks/{number}")
    shape = draw_shape(draws, draws.choice(("conv", "pointwise", "depthwise")))
    layers = draws.between(2, 4)
    activation = draw_operands(draws, WIDTH)
    shape = with_borders(shape, activation)
    inputs = activation.codes(draws, shape.codes)
    numbers: list[int] = [layers]
    for position in range(layers):
        head = draw_readable(draws, shape, activation)
        numbers += head
        if position == 0:
            numbers += inputs
        activation = outputs_as_operands(head)
        shape = next_shape(draws, shape, is_last=position == layers - 2)
    return numbers


def draw_readable(draws: Draws, shape: Shape, activation: Operands) -> list[int]:
    """Draw a layer whose outputs fit the words of the next: one of a mode that clamps."""
    while True:
        mode = draws.between(1, MODES.index(Mode.F_EVEN_ZP_IN))
        head = draw_layer(draws, len(KINDS) * mode, shape, (WIDTH, activation))
        if outputs_as_operands(head).stored.bits <= WIDTH:
            return head


def outputs_as_operands(head: Sequence[int]) -> Operands:
    """How the outputs of a layer are stored, read whole by the next."""
    low, high = head[LOW], head[HIGH]
    bits = 1 + max((~low).bit_length(), max(high, 0).bit_length())
    stored = UInt(max(1, high.bit_length())) if low >= 0 else Int(bits)
    return Operands(stored=stored, window=Window(stored))


def next_shape(draws: Draws, shape: Shape, *, is_last: bool) -> Shape:
    """Sizes of a layer that reads the outputs of another; the last one is linear."""
    height, width = shape.outputs
    if is_last:
        channels = shape.filters * height * width
        return Shape(linear=1, images=shape.images, channels=channels, filters=draws.between(2, 5))
    kernel = (draws.between(1, min(height, 2)), draws.between(1, min(width, 2)))
    return Shape(
        images=shape.images,
        channels=shape.filters,
        height=height,
        width=width,
        kernel=kernel,
        filters=draws.between(1, 4),
    )
