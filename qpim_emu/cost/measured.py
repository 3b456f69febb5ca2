"""A network priced by its own toggles, beside one or more baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.cost.estimate import Estimate

__all__ = ["Measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A network beside one or more baselines, toggles counted in all of them.

    Attributes
    ----------
    images
        How many images were run.
    estimates
        The network beside each baseline, by what the baseline is.
    """

    images: int
    estimates: Mapping[str, Estimate]

    @property
    def main(self) -> Estimate:
        """The network beside its 16-bit twin, or beside whole words where it has none."""
        return next(iter(self.estimates.values()))
