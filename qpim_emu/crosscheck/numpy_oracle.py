"""The project's own oracle, which runs any network; independent of the machine, not of us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.errors import UnsupportedModelError
from qpim_emu.oracle.network import reference_network
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.frontends.model import Model
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network

__all__ = ["NumpyOracle", "open_oracle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumpyOracle:
    """The oracle of `qpim_emu.oracle` on the network that was read.

    It shows that the machine computes the network; it cannot show that the network is what the
    file means, because the same reader made it.
    """

    network: Network
    name: str = "numpy"
    notes: tuple[str, ...] = ("numpy is this project's own oracle: it runs the imported network",)

    def run(self, inputs: Mapping[str, IntArray]) -> dict[str, IntArray]:
        """Compute every tensor."""
        return reference_network(self.network, inputs)


def open_oracle(model: Model) -> NumpyOracle:
    """Open the oracle.

    Raises
    ------
    UnsupportedModelError
        If a layer saturates: its results depend on the machine's order of additions.
    """
    saturating = [
        name
        for name, layer in model.network.layers.items()
        if layer.accumulator.overflow is Overflow.SATURATE
    ]
    if saturating:
        raise UnsupportedModelError(
            [
                f"layer {name!r}: it saturates at every addition, in the order of the machine; "
                "`qpim run` checks it in that order"
                for name in saturating
            ]
        )
    return NumpyOracle(network=model.network)
