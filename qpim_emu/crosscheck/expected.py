"""What an engine computes of a batch: at once, or in parts where the engine is our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qpim_emu.crosscheck.numpy_oracle import NumpyOracle
from qpim_emu.engine.run import Tier
from qpim_emu.engine.workers import PartFailedError
from qpim_emu.engine.workers.parts import cut, joined, narrow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from qpim_emu.crosscheck.oracle import Oracle
    from qpim_emu.engine.workers import Workers
    from qpim_emu.typing import IntArray

__all__ = ["expected_of"]


def expected_of(
    oracle: Oracle, inputs: Mapping[str, IntArray], workers: Workers
) -> dict[str, IntArray]:
    """Compute every tensor the engine shows.

    Engines that others wrote have threads of their own, and state that cannot be sent to another
    process: they compute here.

    Parameters
    ----------
    oracle, inputs
        The engine, and what it reads.
    workers
        Processes for the project's own oracle.

    Raises
    ------
    InputError, AccumulatorOverflowError
        As `Oracle.run`; InputError also if a worker was killed.
    """
    images = len(next(iter(inputs.values())))
    if workers.count == 1 or images == 1 or not isinstance(oracle, NumpyOracle):
        return oracle.run(inputs)
    shares = cut(images, workers=workers.count, tier=Tier.LITERAL)
    given = ({name: codes[first:past] for name, codes in inputs.items()} for first, past in shares)
    try:
        parts = list(workers.results(compute, oracle, given))
    except PartFailedError:
        return oracle.run(inputs)
    return {name: joined([part[name] for part in parts]) for name in parts[0]}


def compute(
    oracle: NumpyOracle,
    inputs: Mapping[str, IntArray],
    tell: Callable[[str, int], None],  # noqa: ARG001 - nothing to tell
) -> dict[str, NDArray[Any]]:
    """Compute some images (in a worker)."""
    return {name: narrow(codes) for name, codes in oracle.run(inputs).items()}
