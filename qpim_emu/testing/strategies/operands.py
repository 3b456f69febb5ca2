"""What every MAC layer is made of besides its shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from qpim_emu.arith.formats import BIPOLAR, parse_format
from qpim_emu.arith.requantize import Mode
from qpim_emu.arith.window import Window
from qpim_emu.testing.strategies.accumulators import accumulators
from qpim_emu.testing.strategies.codes import code_arrays
from qpim_emu.testing.strategies.formats import formats, windows
from qpim_emu.testing.strategies.numbers import cornered, filterwise
from qpim_emu.testing.strategies.requantize import requantize_units
from qpim_emu.workload.accumulator import Overflow
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.arith.formats import Format, FormatLike
    from qpim_emu.typing import IntArray

__all__ = ["Layer", "LayerInput", "Options", "input_codes", "layer_operands"]

Layer: TypeAlias = Conv1d | Conv2d | Linear


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerInput:
    """A layer and input codes for it."""

    layer: Layer
    codes: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Limits that all strategies for layers share.

    Attributes
    ----------
    word_bits
        Width of the data words that codes and windows must fit.
    words_per_block
        Channel counts gather around its multiples.
    max_macs
        Most multiply-accumulates of a layer at its input.
    max_accumulator_bits, policies, modes
        Accumulators and requantize modes to choose from.
    weight_types, activation_types
        Formats of the stored codes; any if not given.
    windowed
        Whether windows may read part of the stored codes, or otherwise than they are stored.
    """

    word_bits: int = 16
    words_per_block: int = 4
    max_macs: int = 1000
    max_accumulator_bits: int = 64
    policies: Sequence[Overflow] = tuple(Overflow)
    modes: Sequence[Mode] = tuple(Mode)
    weight_types: Sequence[FormatLike] | None = None
    activation_types: Sequence[FormatLike] | None = None
    windowed: bool = True

    def types(self, chosen: Sequence[FormatLike] | None) -> st.SearchStrategy[Format]:
        """Formats to store codes in: those chosen, or any that fits a word."""
        if chosen is None:
            return formats(max_bits=self.word_bits)
        return st.sampled_from([parse_format(given, field="types") for given in chosen])

    def window(self, stored: Format, *, bipolar: bool = True) -> st.SearchStrategy[Window]:
        """Windows to read codes of `stored` through; bipolar ones only where they may be."""
        if not self.windowed:
            return st.just(Window(stored)) if bipolar or stored != BIPOLAR else st.nothing()
        return windows(stored=stored, word_bits=self.word_bits, bipolar=bipolar)


FARTHEST = 1 << 16
"""Largest magnitude of a zero point that a layer takes."""


@st.composite
def layer_operands(
    draw: st.DrawFn, *, shape: tuple[int, ...], options: Options, bordered: bool
) -> dict[str, Any]:
    """Draw the parameters that all layers have, by name.

    Parameters
    ----------
    shape
        Shape of the weights, filters first.
    options
        See `Options`.
    bordered
        Whether the layer is padded: no bipolar window then, and a zero point with a code.
    """
    filters = shape[0]
    weight_type = draw(options.types(options.weight_types))
    activation_type = draw(options.types(options.activation_types))
    seen = draw(options.window(activation_type, bipolar=not bordered))
    held = draw(options.window(weight_type))
    accumulator = draw(
        accumulators(max_bits=options.max_accumulator_bits, policies=options.policies)
    )
    register = accumulator.format
    near = st.integers(max(-99, register.min), min(99, register.max))
    return {
        "weights": draw(code_arrays(stored=weight_type, shape=shape)),
        "weight_type": weight_type,
        "activation_type": activation_type,
        "weight_window": held,
        "activation_window": seen,
        "weight_zero_point": draw(zero_points(held.format, filters)),
        "activation_zero_point": draw(st.just(0) | cornered(seen.format.min, seen.format.max))
        if seen.format.min <= 0
        else 0,
        "bias": draw(filterwise(near | cornered(register.min, register.max), filters)),
        "accumulator": accumulator,
        "requantize": draw(
            requantize_units(
                filters=filters, accumulator_bits=accumulator.bits, modes=options.modes
            )
        ),
    }


@st.composite
def zero_points(draw: st.DrawFn, held: Format, filters: int) -> int | list[int]:
    """Draw 0, one zero point in or around a format, or mostly a different one per filter."""
    step = draw(st.sampled_from([0, 1, -1, 5]))
    first = draw(cornered(held.min, held.max) | st.integers(-300, 300))
    if not step:
        return first
    points = [first - m * step if first > 0 else first + m * step for m in range(filters)]
    return [min(max(point, -FARTHEST), FARTHEST) for point in points]


def input_codes(layer: Layer, shape: tuple[int, ...]) -> st.SearchStrategy[IntArray]:
    """Draw input codes of a layer, the code of its zero point among the corners."""
    zero = layer.activation_zero_point << layer.activation_window.shift
    return code_arrays(stored=layer.activation_type, shape=shape, also=(zero,))
