"""The two passes of a check: each node on its own, and the network as a whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.crosscheck.compare import Comparison, compare_node
from qpim_emu.crosscheck.diagnosis import diagnose, other_presets
from qpim_emu.crosscheck.teacher import alone, run_alone
from qpim_emu.engine.run import RunResult
from qpim_emu.engine.workers import run_network_in_parts
from qpim_emu.errors import InputError, MismatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qpim_emu.crosscheck.inputs import Batch
    from qpim_emu.engine.network import NodeResult
    from qpim_emu.engine.run import Tier
    from qpim_emu.engine.workers import Workers
    from qpim_emu.frontends.model import Model
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network, Node
    from qpim_emu.workload.requantize import Requantize

__all__ = ["READ_ANOTHER", "Checker"]

HIDDEN = "the oracle does not show it"
READ_ANOTHER = "what it reads differs already"
SHOWN_OF_REALS = 20


@dataclass(slots=True, kw_only=True)
class Checker:
    """What both passes need.

    Attributes
    ----------
    model, batch, spec, tier, show
        As of `qpim_emu.crosscheck.check.check_model`.
    expected
        What the engine computed, by the network's names.
    workers
        Processes that run the batch.
    presets
        Other presets' units, once they were needed.
    """

    model: Model
    expected: Mapping[str, IntArray]
    batch: Batch
    spec: Spec
    tier: Tier
    show: int
    workers: Workers
    presets: dict[str, dict[str, Requantize]] | None = None

    def forced(self, progress: Callable[[str], None]) -> dict[str, Comparison]:
        """Run every node on what the engine computed before it, or else on what came here."""
        tensors = dict(self.model.network.start(self.batch.inputs))
        kinds = dict(self.model.network.tensors)
        found = {}
        for node in self.model.network.nodes:
            progress(node.name)
            try:
                network = alone(self.model, node, tensors, kinds)
            except InputError as error:
                if node.name not in self.expected:
                    raise
                remark = f"it cannot read what the oracle computed: {error}"
                found[node.name] = not_compared(node, remark)
                tensors[node.name] = self.expected[node.name]
                continue
            kinds[node.name] = network.tensors[node.name]
            ran = run_alone(network, tensors, spec=self.spec, tier=self.tier, workers=self.workers)
            found[node.name] = self.compare(node, ran, network)
            tensors[node.name] = self.expected.get(node.name, ran.outputs)
        return found

    def free(self) -> dict[str, Comparison]:
        """Run the whole network from its inputs."""
        network = self.model.network
        result = run_network_in_parts(
            network, self.batch.inputs, spec=self.spec, tier=self.tier, workers=self.workers
        )
        found = {}
        for node in network.nodes:
            compared = self.compare(node, result.nodes[node.name], network, diagnoses=False)
            if not compared.is_exact and not self.reads_the_same(node, result.tensors):
                compared = replace(compared, remark=READ_ANOTHER)
            found[node.name] = compared
        return found

    def reads_the_same(self, node: Node, tensors: Mapping[str, IntArray]) -> bool:
        """Whether all that a node reads is what the engine computed, as far as it shows it."""
        return all(
            np.array_equal(tensors[name], self.expected[name])
            for name in node.inputs
            if name in self.expected
        )

    def compare(
        self, node: Node, ran: NodeResult, network: Network, *, diagnoses: bool = True
    ) -> Comparison:
        """Compare a node, and explain the differences of a layer."""
        expected = self.expected.get(node.name)
        if expected is None:
            return not_compared(node, HIDDEN)
        if expected.shape != ran.outputs.shape:
            msg = (
                f"shape of {node.name!r} must be {list(ran.outputs.shape)}, "
                f"got {list(expected.shape)} from the oracle"
            )
            raise MismatchError(msg)
        found = compare_node(
            node,
            ran,
            expected,
            model=self.model,
            network=network,
            spec=self.spec,
            labels=self.batch.labels,
            # where reals were folded, every element is a question of its own
            show=max(self.show, SHOWN_OF_REALS) if node.name in self.model.real else self.show,
        )
        if found.is_exact or not diagnoses or not isinstance(ran, RunResult):
            return found
        real = self.model.real.get(node.name)
        remark = diagnose(node.name, ran, expected, presets=self.units(), real=real)
        return replace(found, remark=remark)

    def units(self) -> dict[str, dict[str, Requantize]]:
        """Other presets' units, read once, and only if something differs."""
        if self.presets is None:
            self.presets = other_presets(self.model)
        return self.presets


def not_compared(node: Node, remark: str) -> Comparison:
    """Say why a node was not compared."""
    return Comparison(name=node.name, step=type(node.step).__name__, compared=0, remark=remark)
