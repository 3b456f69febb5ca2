"""One run of a network from files: inputs, result, checks, baseline, report."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from qpim_emu.analysis.baseline import ungated_network, ungated_spec
from qpim_emu.analysis.check import check_run
from qpim_emu.analysis.check_parts import check_run_in_parts
from qpim_emu.data import digits
from qpim_emu.engine.network_count import NetworkCount, count_network
from qpim_emu.engine.workers import Workers, run_network_in_parts
from qpim_emu.errors import InputError, NetworkFileError
from qpim_emu.workload.layers import MacLayer
from qpim_emu.workload.layers.base import MAX_PRECISION
from qpim_emu.workload.network_file import Examples, load_examples, load_network

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qpim_emu.engine.network import NetworkResult
    from qpim_emu.engine.run import Tier
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network

__all__ = ["BUILT_IN", "Session", "open_session", "read_network"]

BUILT_IN = {
    "digits": (digits.LAYERWISE, digits.EXAMPLES),
    "digits-16bit": (digits.TWIN, digits.TWIN_EXAMPLES),
}
"""Networks that come with the package, with their examples."""

DECISION_AXES = 2


@dataclass(slots=True, kw_only=True)
class Session:
    """A network, its inputs and what became of them.

    Attributes
    ----------
    network, inputs, labels
        What runs, on what; labels where they are known.
    spec, tier
        The machine, and how it is executed.
    baseline_network, baseline_text
        What the run is compared with.
    """

    network: Network
    inputs: Mapping[str, IntArray]
    labels: IntArray | None
    spec: Spec
    tier: Tier
    baseline_network: Network
    baseline_text: str
    seconds: float = 0.0
    exact: dict[str, bool] = field(default_factory=dict)
    ran: NetworkResult | None = None
    counted: NetworkCount | None = None

    @property
    def images(self) -> int:
        """Batch size."""
        return len(next(iter(self.inputs.values())))

    @property
    def outputs(self) -> int:
        """Outputs of all layers, the units of progress."""
        shapes = (self.network.tensors[name].shape for name in self.network.layers)
        return self.images * sum(prod(shape) for shape in shapes)

    @property
    def result(self) -> NetworkResult:
        """Result of the run."""
        assert self.ran is not None  # noqa: S101 - callers run first
        return self.ran

    def run(self, *, workers: int = 1, progress: Callable[[str, int], None] | None = None) -> None:
        """Run the network and check every node against the oracle, in several processes if asked.

        Raises
        ------
        InputError
            If `workers` is no number of processes, or what runs does not fit the machine.
        AccumulatorOverflowError
            If an accumulator traps.
        """
        with Workers(workers) as crew:
            started = time.perf_counter()
            self.ran = run_network_in_parts(
                self.network,
                self.inputs,
                spec=self.spec,
                tier=self.tier,
                workers=crew,
                progress=progress,
            )
            self.seconds = time.perf_counter() - started
            several = crew.count > 1
            checks = check_run_in_parts(self.ran, crew) if several else check_run(self.ran)
        self.exact = {name: check.is_exact for name, check in checks.items()}

    @property
    def decisions(self) -> IntArray | None:
        """Class with the highest score of each image, where the network scores classes."""
        scores = self.result.tensors[self.network.outputs[0]]
        return scores.argmax(axis=1) if scores.ndim == DECISION_AXES else None

    @property
    def losses(self) -> dict[str, tuple[int, int]]:
        """Input codes that a layer's window does not read as they are: (how many, of how many)."""
        found = {}
        for node in self.network.nodes:
            if isinstance(node.step, MacLayer):
                codes = self.result.tensors[node.inputs[0]]
                lost = int(node.step.lost_activations(codes).sum())
                if lost:
                    found[node.name] = (lost, codes.size)
        return found

    @property
    def baseline(self) -> NetworkCount:
        """Counts of the baseline: whole words, one block per read."""
        if self.counted is None:
            spec = ungated_spec(self.spec)
            self.counted = count_network(self.baseline_network, batch=self.images, spec=spec)
        return self.counted


def open_session(
    network: str | Network,
    examples: Path | Mapping[str, IntArray] | None,
    *,
    images: int | None = None,
    most: int | None = None,
    spec: Spec,
    tier: Tier,
) -> Session:
    """Read a network and its inputs.

    Parameters
    ----------
    network
        A name of `BUILT_IN`, the path of a network file, or a network.
    examples
        Examples file, or codes of every input; a built-in network has its own.
    images
        How many examples to run.
    most
        How many to run at most where `images` is not given; all if neither is.
    spec, tier
        The machine, and how to execute.

    Raises
    ------
    InputError
        If a file cannot be read, inputs are missing, or there are fewer examples.
    """
    name = network if isinstance(network, str) else ""
    loaded = read_network(network) if isinstance(network, str) else network
    chosen = examples or BUILT_IN.get(name, (None, None))[1]
    if chosen is None:
        msg = f"--input must name an examples file for {name or loaded.name}, got none"
        raise InputError(msg)
    read = load_examples(chosen) if isinstance(chosen, Path) else Examples(inputs=chosen)
    inputs = loaded.read_inputs(read.inputs)
    available = len(next(iter(inputs.values())))
    if images is not None and images > available:
        source = f" of {chosen.name}" if isinstance(chosen, Path) else ""
        msg = f"--images must be at most the {available} examples{source}, got {images}"
        raise InputError(msg)
    images = images or min(available, most or available)
    baseline, text = baseline_of(name, loaded, spec)
    return Session(
        network=loaded,
        inputs={name: codes[:images] for name, codes in inputs.items()},
        labels=None if read.labels is None else read.labels[:images],
        spec=spec,
        tier=tier,
        baseline_network=baseline,
        baseline_text=text,
    )


def read_network(name: str) -> Network:
    """Read a built-in network by name, or a network file by path.

    Raises
    ------
    NetworkFileError
        If the file cannot be read; where there is none, the names are listed.
    """
    if name not in BUILT_IN and not Path(name).exists():
        msg = f"network must be one of {', '.join(BUILT_IN)}, or a file, got {name!r}"
        raise NetworkFileError(msg)
    return load_network(BUILT_IN[name][0] if name in BUILT_IN else Path(name))


def baseline_of(name: str, network: Network, spec: Spec) -> tuple[Network, str]:
    """Network to compare with, and what to call the comparison.

    The digits network has a twin of 16-bit codes, which narrower words cannot hold.
    """
    if name == "digits" and spec.word_bits == MAX_PRECISION:
        return load_network(digits.TWIN), "its 16-bit twin, ungated reads of one block"
    return ungated_network(network, spec), "the same codes as whole words, reads of one block"
