"""Questions of level L4: layers of every kind on small machines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qpim_emu.arith.formats import BIPOLAR, Int
from qpim_emu.arith.requantize import RULES, Mode
from tools.conformance.constants import MODES, ROUNDINGS, Constants, draw_constants
from tools.conformance.draws import Draws
from tools.conformance.operands import Operands, draw_operands, draw_zero, operand_columns
from tools.conformance.shapes import KINDS, Shape, draw_shape

if TYPE_CHECKING:
    from qpim_emu.arith.rounding import Rounding

__all__ = ["draw_layer", "layer_question", "with_borders"]

GRANULARITIES = {16: (1, 2, 4, 8, 16), 12: (1, 2, 4), 8: (1, 2, 4, 8)}
WORDS = {16: 4, 12: 8, 8: 8}


def with_borders(shape: Shape, activation: Operands) -> Shape:
    """Leave borders out where no code stands for 0."""
    if activation.window.format == BIPOLAR:
        return replace(shape, padding=(0, 0, 0, 0))
    return shape


def draw_machine(draws: Draws, width: int, shape: Shape) -> list[int]:
    """Draw a machine: word bits, words, most blocks, granularity, rule, layout."""
    unfolded = not shape.linear and (shape.groups == 1 or shape.channels > shape.groups)
    granularity = draws.choice(GRANULARITIES[width])
    reads = draws.choice((1, 2, 4, 4)), granularity, int(draws.chance(3))
    return [width, WORDS[width], *reads, int(unfolded and draws.chance(2))]


def draw_unit(draws: Draws, number: int, sum_bits: int) -> tuple[Mode, Rounding, int, int]:
    """Choose mode, rounding, accumulator bits and policy."""
    mode = MODES[number // len(KINDS) % len(MODES)]
    rounding = draws.choice(ROUNDINGS) if mode is Mode.SHIFT else ROUNDINGS[0]
    widest = min(RULES[mode].accumulator_bits, 64)
    bits = sum_bits + draws.choice((-4, -3, -2, -1, 2))
    return mode, rounding, min(max(bits, 8), widest), draws.choice((0, 0, 1))


def layer_question(number: int) -> list[int]:
    """Question of that number."""
    draws = Draws(f"L4/layers/{number}")
    shape = draw_shape(draws, KINDS[number % len(KINDS)])
    width = draws.choice((16, 16, 16, 12, 8))
    activation = draw_operands(draws, width)
    shape = with_borders(shape, activation)
    head = draw_layer(draws, number, shape, (width, activation))
    return [*head, *activation.codes(draws, shape.codes)]


def draw_bias(draws: Draws, bits: int) -> int:
    """Draw a bias: none, small, or any."""
    stored = Int(bits)
    return draws.choice((0, 0, draws.between(-20, 20), draws.cornered(stored.min, stored.max)))


def alike(draws: Draws, mode: Mode, bits: int, first: Constants) -> Constants:
    """Draw constants of another filter: clamp and number of thresholds are the layer's."""
    stored = Int(bits)
    thresholds = sorted(draws.cornered(stored.min, stored.max) for _ in first.thresholds)
    found = draw_constants(draws, mode, bits)
    return replace(
        found,
        low=first.low,
        high=first.high,
        offset=first.offset,
        thresholds=tuple(thresholds),
    )


def filter_columns(constants: Constants) -> list[int]:
    """Numbers of a filter behind its bias and zero point."""
    return [*constants.columns()[:6], *constants.thresholds]


def draw_layer(draws: Draws, number: int, shape: Shape, reading: tuple[int, Operands]) -> list[int]:
    """Draw everything but the input codes of a layer that reads activations so."""
    width, activation = reading
    weight = draw_operands(draws, width)
    sum_bits = weight.magnitude + activation.magnitude + shape.products.bit_length() - 1
    mode, rounding, bits, policy = draw_unit(draws, number, sum_bits)
    first = draw_constants(draws, mode, min(sum_bits, bits))
    limits = first.low, first.high, len(first.thresholds)
    unit = [bits, policy, MODES.index(mode), ROUNDINGS.index(rounding), *limits]
    filters = [
        column
        for m in range(shape.filters)
        for column in (
            draw_bias(draws, bits),
            draw_zero(draws, weight),
            *filter_columns(first if m == 0 else alike(draws, mode, min(sum_bits, bits), first)),
        )
    ]
    return [
        *shape.columns(),
        *draw_machine(draws, width, shape),
        *operand_columns(weight),
        *operand_columns(activation),
        draw_zero(draws, activation),
        *unit,
        *filters,
        *weight.codes(draws, shape.weights),
    ]
