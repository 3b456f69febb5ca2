"""Complete cases: a layer, its input, a machine it fits and a mapping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from qpim_emu.arith.requantize import Mode
from qpim_emu.testing.strategies.layers import KINDS, layers
from qpim_emu.testing.strategies.machines import machines
from qpim_emu.testing.strategies.mappings import mappings
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.hardware import Spec
    from qpim_emu.mapping.request import Mapping
    from qpim_emu.testing.strategies.operands import Layer
    from qpim_emu.typing import IntArray

__all__ = ["Case", "cases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything a run needs.

    Attributes
    ----------
    layer, codes
        The layer and its input.
    spec, mapping
        The machine and what is asked of the mapping.
    """

    layer: Layer
    codes: IntArray
    spec: Spec
    mapping: Mapping


@st.composite
def cases(
    draw: st.DrawFn,
    *,
    spec: st.SearchStrategy[Spec] | None = None,
    kinds: Sequence[str] = tuple(KINDS),
    max_macs: int = 1000,
    policies: Sequence[Overflow] = tuple(Overflow),
    modes: Sequence[Mode] = tuple(Mode),
) -> Case:
    """Draw cases in which the layer fits the machine and the mapping applies to the layer.

    Parameters
    ----------
    spec
        Machines; `machines` if not given.
    kinds
        Kinds of layers to choose from (`KINDS`).
    max_macs
        Most multiply-accumulates.
    policies, modes
        Accumulator policies and requantize modes to choose from.
    """
    machine = draw(machines() if spec is None else spec)
    drawn = draw(
        layers(
            kinds=kinds,
            word_bits=machine.word_bits,
            words_per_block=machine.words_per_block,
            max_macs=max_macs,
            max_accumulator_bits=machine.max_accumulator_bits,
            policies=policies,
            modes=modes,
        )
    )
    mapping = draw(mappings(layer=drawn.layer))
    return Case(layer=drawn.layer, codes=drawn.codes, spec=machine, mapping=mapping)
