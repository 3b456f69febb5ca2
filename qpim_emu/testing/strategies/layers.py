"""Layers of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from qpim_emu.arith.requantize import Mode
from qpim_emu.errors import InputError
from qpim_emu.testing.strategies.convolutions import (
    conv1d_layers,
    conv2d_layers,
    depthwise_layers,
    grouped_layers,
)
from qpim_emu.testing.strategies.linear import linear_layers
from qpim_emu.testing.strategies.operands import LayerInput, Options
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from qpim_emu.arith.formats import FormatLike

__all__ = ["KINDS", "layers"]

KINDS: Mapping[str, Callable[..., st.SearchStrategy[LayerInput]]] = {
    "linear": linear_layers,
    "conv2d": conv2d_layers,
    "depthwise": depthwise_layers,
    "conv1d": conv1d_layers,
    "grouped": grouped_layers,
}
"""Strategies by the kind of layer they draw."""


def layers(
    *,
    kinds: Sequence[str] = tuple(KINDS),
    word_bits: int = 16,
    words_per_block: int = 4,
    max_macs: int = 1000,
    max_accumulator_bits: int = 64,
    policies: Sequence[Overflow | str] = tuple(Overflow),
    modes: Sequence[Mode | str] = tuple(Mode),
    weight_types: Sequence[FormatLike] | None = None,
    activation_types: Sequence[FormatLike] | None = None,
    windowed: bool = True,
) -> st.SearchStrategy[LayerInput]:
    """Draw layers of every kind with input codes for them.

    Strides, asymmetric borders, dilation, batches, per-filter zero points, bipolar operands,
    windows anywhere in the word, every accumulator policy and every requantize mode.

    Parameters
    ----------
    kinds
        Keys of `KINDS` to choose from. A search of a few hundred examples is best spent on one
        kind at a time.
    word_bits
        Width of the data words that codes and windows must fit.
    words_per_block
        Channel counts gather around its multiples.
    max_macs
        Most multiply-accumulates of a layer at its input.
    max_accumulator_bits, policies, modes
        Accumulators and requantize modes to choose from.
    weight_types, activation_types
        Formats of the stored codes, such as ``["int8"]``; any if not given.
    windowed
        Whether windows may read part of the stored codes; if not, codes are read as stored.

    Raises
    ------
    InputError
        If a name is unknown, or there is none to choose from.
    """
    for field, names, known in (
        ("kinds", kinds, KINDS),
        ("policies", policies, Overflow),
        ("modes", modes, Mode),
    ):
        if not names or not set(names) <= set(known):
            msg = f"{field} must be among {', '.join(known)}, got {', '.join(names) or 'none'}"
            raise InputError(msg)
    options = Options(
        word_bits=word_bits,
        words_per_block=words_per_block,
        max_macs=max_macs,
        max_accumulator_bits=max_accumulator_bits,
        policies=[Overflow(policy) for policy in policies],
        modes=[Mode(mode) for mode in modes],
        weight_types=weight_types,
        activation_types=activation_types,
        windowed=windowed,
    )
    return st.one_of([KINDS[kind](options=options) for kind in kinds])
