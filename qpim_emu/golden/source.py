"""What a package is made of: a network, or one layer as a network of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.workload.network import Network, TensorType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.workload.layers import Conv1d, Conv2d, Linear
    from qpim_emu.workload.network import Step

__all__ = ["network_of"]


def network_of(layer: Conv1d | Conv2d | Linear, shape: Sequence[int], *, name: str) -> Network:
    """Make a network of one layer.

    Parameters
    ----------
    layer
        The layer.
    shape
        Shape of its input without the batch axis.
    name
        Name of the network; the layer is called ``layer`` and its input ``input``.
    """
    steps: dict[str, Step] = {"layer": layer}
    return Network.chain(name, TensorType(shape=shape, format=layer.activation_type), steps)
