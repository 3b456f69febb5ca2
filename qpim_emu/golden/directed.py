"""Inputs aimed at a bin of a layer: an output is chosen, a total for it, and codes that give it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.golden.contributions import contributions
from qpim_emu.golden.reach import total_bounds
from qpim_emu.golden.reads import output_reads
from qpim_emu.golden.solve import solve_total
from qpim_emu.golden.targets import Targets
from qpim_emu.mapping.outputs import OutputIndex
from qpim_emu.oracle.operands import operands

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.arith.window import Window
    from qpim_emu.golden.coverage import OutputClass
    from qpim_emu.golden.reads import ReadClass
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray

__all__ = ["Aim", "code_of"]

TRIES = 6


class Aim:
    """Aims at the outputs of one layer.

    Parameters
    ----------
    plan
        The layer, mapped for one image.
    rng
        Where choices come from.
    """

    def __init__(self, plan: Plan, rng: np.random.Generator) -> None:
        self.plan = plan
        self.rng = rng
        self.sets, self.which = output_reads(plan)
        self.bounds = total_bounds(plan.layer)
        self.targets: dict[int, Targets] = {}

    def at(self, read: ReadClass, output: OutputClass, base: IntArray) -> IntArray | None:
        """Change codes so that some output, read in a given way, falls into a class.

        Parameters
        ----------
        read, output
            The bin.
        base
            Codes of one image, without the batch axis; those that matter are replaced.

        Returns
        -------
        IntArray or None
            The changed codes, or None if no way was found.
        """
        places = np.argwhere(np.isin(self.which, self.numbers_with(read)))
        if not len(places):
            return None
        for _ in range(TRIES):
            image, m, pixel = places[int(self.rng.integers(len(places)))].tolist()
            found = self.towards(OutputIndex(image, m, pixel), output, base)
            if found is not None:
                return found
        return None

    def numbers_with(self, read: ReadClass) -> list[int]:
        """Numbers of the sets of read classes that hold one."""
        return [number for number, classes in enumerate(self.sets) if read in classes]

    def towards(self, index: OutputIndex, output: OutputClass, base: IntArray) -> IntArray | None:
        """Change the codes of one output."""
        layer = self.plan.layer
        totals = self.targets_of(index.filter).of(output)
        if not totals:
            return None
        window, zero = layer.activation_window, layer.activation_zero_point
        if window.format.encoding is Encoding.BIPOLAR:
            return None
        ends = window.format.min - zero, window.format.max - zero
        terms = contributions(self.plan, index)
        total = totals[int(self.rng.integers(len(totals)))]
        chosen = solve_total(terms, total, ends, self.rng)
        if chosen is None:
            return None
        codes = base.copy()
        for place, operand in zip(terms.places.tolist(), chosen, strict=True):
            code = code_of(operand + zero, layer.activation_type, window)
            if code is None:
                return None
            codes[tuple(place)] = code
        return codes

    def targets_of(self, m: int) -> Targets:
        """Totals of a filter by class, listed once."""
        if m not in self.targets:
            low, high = self.bounds[0][m], self.bounds[1][m]
            self.targets[m] = Targets(self.plan.layer, m, low, high, rng=self.rng)
        return self.targets[m]


def code_of(value: int, stored: Format, window: Window) -> int | None:
    """Find a stored code that a window reads as a value; None if there is none of few zeros."""
    code = stored.wrap(value << window.shift)
    if int(operands(np.array([code]), stored, window)[0]) == value:
        return int(code)
    return None
