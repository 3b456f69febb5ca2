"""The machine as users hold it: a specification that runs layers and networks.

What networks and processes need is imported when there are some: it takes longer than a layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, overload

from qpim_emu.arith.integers import is_integer
from qpim_emu.engine.run import RunResult, Tier, count_layer, run_layer
from qpim_emu.errors import InputError
from qpim_emu.hardware.presets import PAPER
from qpim_emu.hardware.spec import check_spec
from qpim_emu.hardware.switching import Switching
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from qpim_emu.engine.network import NetworkResult
    from qpim_emu.engine.network_count import NetworkCount
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.request import Mapping as LayerMapping
    from qpim_emu.workload.network import Network

__all__ = ["Machine"]


class Machine:
    """An emulated machine.

    Parameters
    ----------
    spec
        Its specification; `PAPER` if not given.

    Raises
    ------
    SpecError
        If `spec` is no `Spec`.

    Examples
    --------
    >>> import qpim_emu as qe
    >>> layer = qe.Linear(weights=[[1, -2, 3]], weight_type="int4", activation_type="uint4")
    >>> run = qe.Machine(qe.TOY).run(layer, [[4, 5, 6]])
    >>> run.outputs, run.counters.total("rd2")
    (array([[12]]), 0)
    """

    def __init__(self, spec: Spec = PAPER) -> None:
        check_spec(spec)
        self.spec = spec

    @overload
    def run(
        self,
        work: Conv1d | Conv2d | Linear,
        codes: ArrayLike,
        *,
        tier: Tier | str = ...,
        mapping: LayerMapping | None = ...,
        switching: Switching | str = ...,
        workers: int = ...,
    ) -> RunResult: ...
    @overload
    def run(
        self,
        work: Network,
        codes: Mapping[str, ArrayLike],
        *,
        tier: Tier | str = ...,
        mapping: LayerMapping | None = ...,
        switching: Switching | str = ...,
        workers: int = ...,
    ) -> NetworkResult: ...
    def run(
        self,
        work: Conv1d | Conv2d | Linear | Network,
        codes: ArrayLike | Mapping[str, ArrayLike],
        *,
        tier: Tier | str = Tier.LITERAL,
        mapping: LayerMapping | None = None,
        switching: Switching | str = Switching.ASSUMED,
        workers: int = 1,
    ) -> RunResult | NetworkResult:
        """Run a layer or a network.

        Parameters
        ----------
        work
            A layer, or a network.
        codes
            Input codes: an array for a layer (see `qpim_emu.Conv2d`), a dictionary of arrays by
            input name for a network; the batch comes first.
        tier
            How to execute (see `Tier`); results do not depend on it.
        mapping
            Layout and partition; automatic where not given.
        switching
            Whether the toggles of the data are counted as well (see `Switching`).
        workers
            How many processes compute a batch of several images, at most one per processor; each
            has its share of the processors for threads. Results do not depend on it. A script
            that asks for several must start under ``if __name__ == "__main__":``. Toggles depend
            on the order of all images: measured, they are counted by one process.

        Returns
        -------
        RunResult or NetworkResult
            Codes, accumulators, counters and cycles.

        Raises
        ------
        InputError
            If the input, the mapping, the tier, the switching, the number of workers or the
            machine does not fit.
        AccumulatorOverflowError
            If an accumulator of a ``trap`` layer overflows.
        """
        given: object = work
        array: Any = codes
        if isinstance(given, Conv1d | Conv2d | Linear) and is_integer(workers) and workers == 1:
            return run_layer(
                given, array, spec=self.spec, tier=tier, mapping=mapping, switching=switching
            )
        from qpim_emu.engine.workers import (  # noqa: PLC0415 - as said
            Workers,
            run_layer_in_parts,
            run_network_in_parts,
        )
        from qpim_emu.workload.network import Network  # noqa: PLC0415 - as said

        if isinstance(given, Network):
            if not isinstance(codes, Mapping):
                msg = (
                    f"input of a network must be a dictionary of arrays, got {type(codes).__name__}"
                )
                raise InputError(msg)
            with Workers(workers) as crew:
                return run_network_in_parts(
                    given,
                    codes,
                    spec=self.spec,
                    tier=tier,
                    mapping=mapping,
                    switching=switching,
                    workers=crew,
                )
        if not isinstance(given, Conv1d | Conv2d | Linear):
            msg = f"work must be a layer or a Network, got {type(work).__name__}"
            raise InputError(msg)
        with Workers(workers) as crew:
            return run_layer_in_parts(
                given,
                array,
                spec=self.spec,
                tier=tier,
                mapping=mapping,
                switching=switching,
                workers=crew,
            )

    @overload
    def count(
        self,
        work: Conv1d | Conv2d | Linear,
        shape: tuple[int, ...],
        *,
        mapping: LayerMapping | None = ...,
    ) -> Counters: ...
    @overload
    def count(
        self, work: Network, shape: int = ..., *, mapping: LayerMapping | None = ...
    ) -> NetworkCount: ...
    def count(
        self,
        work: Conv1d | Conv2d | Linear | Network,
        shape: tuple[int, ...] | int = 1,
        *,
        mapping: LayerMapping | None = None,
    ) -> Counters | NetworkCount:
        """Count what a layer or a network costs, without its data (the ``count`` tier).

        Parameters
        ----------
        work
            A layer, or a network.
        shape
            Shape of a layer's input, ``(n, channels, ...)``; batch size of a network.
        mapping
            Layout and partition; automatic where not given.

        Returns
        -------
        Counters or NetworkCount
            Structural counters and cycles, equal to those of a run. Asking for a counter that
            depends on data raises InputError.

        Raises
        ------
        InputError
            If the shape, the mapping or the machine does not fit.

        Examples
        --------
        >>> import qpim_emu as qe
        >>> layer = qe.Linear(weights=[[1, -2, 3]], weight_type="int4", activation_type="uint4")
        >>> qe.Machine(qe.TOY).count(layer, (1, 3)).total("macs")
        3
        """
        given: Any = work
        if not isinstance(given, Conv1d | Conv2d | Linear):
            from qpim_emu.engine.network_count import count_network  # noqa: PLC0415 - as said
            from qpim_emu.workload.network import Network  # noqa: PLC0415 - as said

            if isinstance(given, Network):
                if not isinstance(shape, int):
                    msg = f"shape of a network must be its batch size, got {shape!r}"
                    raise InputError(msg)
                return count_network(given, batch=shape, spec=self.spec, mapping=mapping)
        if isinstance(shape, int):
            msg = f"shape of a layer's input must be a tuple, got {shape!r}"
            raise InputError(msg)
        return count_layer(given, shape, spec=self.spec, mapping=mapping)
