"""What a user may ask of the mapping: the layout of the activations and the partition."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from qpim_emu.errors import MappingError
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

__all__ = ["Layout", "Mapping", "Partition"]


class Layout(StrEnum):
    """How the streamed activations of a convolution lie in memory."""

    AUTO = "auto"
    """Whichever needs fewer column commands at one block per read; blocked on a tie."""

    BLOCKED = "blocked"
    """Channels padded to whole blocks, borders physically present."""

    UNFOLDED = "unfolded"
    """One row of taps per output pixel (im2col)."""


class Partition(StrEnum):
    """What is divided between the vaults."""

    AUTO = "auto"
    """Whichever leaves the smallest busiest vault; pixels on a tie."""

    PIXELS = "pixels"
    """Output pixels; the weights are replicated."""

    FILTERS = "filters"
    """Filters, or channel blocks of a depthwise layer; the activations are replicated."""


@dataclass(frozen=True, slots=True, init=False)
class Mapping:
    """A requested mapping.

    Parameters
    ----------
    layout
        ``"auto"``, ``"blocked"`` or ``"unfolded"``.
    partition
        ``"auto"``, ``"pixels"`` or ``"filters"``.

    Raises
    ------
    MappingError
        If a value is none of those.
    """

    layout: Layout
    partition: Partition

    def __init__(
        self, *, layout: Layout | str = Layout.AUTO, partition: Partition | str = Partition.AUTO
    ) -> None:
        if not isinstance(layout, str) or layout not in list(Layout):
            msg = f"layout must be one of {', '.join(Layout)}, got {layout!r}"
            raise MappingError(msg)
        if not isinstance(partition, str) or partition not in list(Partition):
            msg = f"partition must be one of {', '.join(Partition)}, got {partition!r}"
            raise MappingError(msg)
        object.__setattr__(self, "layout", Layout(layout))
        object.__setattr__(self, "partition", Partition(partition))

    def applied_to(self, layer: Conv1d | Conv2d | Linear) -> Mapping:
        """Keep what applies to a layer of a network.

        Linear layers have one mapping, depthwise ones one layout: those stay automatic.
        """
        if isinstance(layer, Linear):
            return Mapping()
        is_depthwise = layer.groups > 1 and layer.weights.shape[1] == 1
        return Mapping(partition=self.partition) if is_depthwise else self
