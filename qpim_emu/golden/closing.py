"""Looking for inputs that hit bins which no vector has hit yet."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.engine.run import plan_layer
from qpim_emu.errors import AccumulatorOverflowError
from qpim_emu.golden.classes import classify
from qpim_emu.golden.coverage import all_reads, hits_of, output_bins, output_name, read_name
from qpim_emu.golden.directed import Aim
from qpim_emu.golden.reach import unreachable_bins
from qpim_emu.oracle.network import reference_network
from qpim_emu.workload.generators import corner_codes
from qpim_emu.workload.layers import MacLayer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from qpim_emu.golden.coverage import OutputClass
    from qpim_emu.golden.reads import ReadClass
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network

__all__ = ["Search", "plans_of"]

AIMED, BLIND = 4, 48
"""Directed tries for each bin, and random inputs after them."""

Inputs = dict[str, "IntArray"]


def plans_of(network: Network, spec: Spec, *, batch: int) -> dict[str, Plan]:
    """Map every MAC layer of a network for a batch, by name.

    Raises
    ------
    InputError
        If the machine refuses one.
    """
    return {
        node.name: plan_layer(node.step, (batch, *network.tensors[node.inputs[0]].shape), spec=spec)
        for node in network.nodes
        if isinstance(node.step, MacLayer)
    }


class Search:
    """Knows which bins were hit, and looks for inputs that hit others.

    Layers that read an input of the network are aimed at; those behind other steps are met at
    random.

    Parameters
    ----------
    network, spec
        What runs on which machine.
    rng
        Where choices come from.

    Attributes
    ----------
    hit
        Bins that were hit, by layer.
    noted
        For whoever makes sets of inputs: how many of them were noted.
    """

    def __init__(self, network: Network, spec: Spec, rng: np.random.Generator) -> None:
        self.network, self.spec, self.rng = network, spec, rng
        self.plans = plans_of(network, spec, batch=1)
        self.groups = {name: plan.word_groups for name, plan in self.plans.items()}
        self.hit: dict[str, set[str]] = {name: set() for name in self.plans}
        self.closed = {
            name: [pattern for group in unreachable_bins(plan).values() for pattern in group]
            for name, plan in self.plans.items()
        }
        self.aims: dict[str, Aim] = {}
        self.noted = 0

    def note(self, inputs: Mapping[str, IntArray]) -> None:
        """Run inputs, and note what they hit."""
        for number in range(len(next(iter(inputs.values())))):
            one = {name: codes[number : number + 1] for name, codes in inputs.items()}
            for name, bins in self.bins_of(one).items():
                self.hit[name] |= bins

    def bins_of(self, inputs: Inputs) -> dict[str, set[str]]:
        """Bins that one image hits, none if it makes an accumulator trap."""
        try:
            tensors = reference_network(self.network, inputs, word_groups=self.groups)
        except AccumulatorOverflowError:
            return {}
        found = {}
        for node in self.network.nodes:
            if node.name in self.plans:
                plan = self.plans[node.name]
                codes = tensors[node.inputs[0]].reshape(plan.input_shape)
                found[node.name] = set(hits_of(plan, classify(plan, codes)))
        return found

    def look_for(self, wanted: Callable[[str], bool]) -> list[Inputs]:
        """Find inputs of one image each that hit wanted bins nobody hit before."""
        found = []
        for name, read, output in self.missing(wanted):
            if f"{read_name(read)}/{output_name(output)}" in self.hit[name]:
                continue  # by an input that was found for another bin
            for _ in range(AIMED):
                aimed = self.aimed(name, read, output)
                if aimed is not None and self.hits_wanted(aimed, wanted):
                    found.append(aimed)
                    break
        for _ in range(BLIND):
            if not any(True for _ in self.missing(wanted)):
                break
            blind = self.random_inputs()
            if self.hits_wanted(blind, wanted):
                found.append(blind)
        return found

    def missing(
        self, wanted: Callable[[str], bool]
    ) -> Iterator[tuple[str, ReadClass, OutputClass]]:
        """Wanted bins that nobody hit and nothing rules out: layer, read and output class."""
        for name in self.plans:
            for read, output in product(all_reads(self.spec), output_bins()):
                full = f"{read_name(read)}/{output_name(output)}"
                is_open = not any(fnmatchcase(full, pattern) for pattern in self.closed[name])
                if wanted(full) and is_open and full not in self.hit[name]:
                    yield name, read, output

    def hits_wanted(self, inputs: Inputs, wanted: Callable[[str], bool]) -> bool:
        """Whether an image hits a wanted bin for the first time; if so, note all it hits."""
        bins = self.bins_of(inputs)
        new = any(
            wanted(full) and full not in self.hit[name]
            for name, hit in bins.items()
            for full in hit
        )
        if new:
            for name, hit in bins.items():
                self.hit[name] |= hit
        return new

    def aimed(self, name: str, read: ReadClass, output: OutputClass) -> Inputs | None:
        """One image aimed at a bin, None if the layer cannot be aimed at."""
        source = next(node.inputs[0] for node in self.network.nodes if node.name == name)
        if source not in self.network.inputs:
            return None
        if name not in self.aims:
            self.aims[name] = Aim(self.plans[name], self.rng)
        inputs = self.random_inputs()
        shape = inputs[source].shape
        flat = inputs[source].reshape(self.plans[name].input_shape)[0]
        changed = self.aims[name].at(read, output, flat)
        return None if changed is None else inputs | {source: changed.reshape(shape)}

    def random_inputs(self) -> Inputs:
        """One image of any codes."""
        drawn = {}
        for name, kind in self.network.inputs.items():
            shape = (1, *kind.shape)
            if kind.format.encoding is Encoding.BIPOLAR:
                drawn[name] = 2 * self.rng.integers(0, 2, shape, dtype=np.int64) - 1
            else:
                drawn[name] = corner_codes(self.rng, kind.format, shape)
        return drawn
