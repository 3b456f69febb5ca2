"""What an engine must offer to be compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.frontends.model import Model
    from qpim_emu.typing import IntArray

__all__ = ["Oracle", "OracleMaker"]


class Oracle(Protocol):
    """An independent engine, opened on one model.

    Attributes
    ----------
    name
        Its name in `qpim_emu.crosscheck.registry.ORACLES`.
    notes
        What a user of the comparison should know, one sentence each.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - an attribute

    @property
    def notes(self) -> tuple[str, ...]: ...  # noqa: D102 - an attribute

    def run(self, inputs: Mapping[str, IntArray]) -> dict[str, IntArray]:
        """Compute every tensor the engine lets one see.

        Parameters
        ----------
        inputs
            Codes of the network's inputs by their name in the network, in the network's axes,
            ``int64[batch, ...]``.

        Returns
        -------
        dict
            Codes by name of the network's tensors, in the network's axes, inputs included. A
            tensor that the engine does not show is left out.
        """
        ...


class OracleMaker(Protocol):
    """How an engine is opened: imports it, probes its soundness, loads the model."""

    def __call__(self, model: Model) -> Oracle:
        """Open the engine on a model.

        Raises
        ------
        MissingExtraError
            If the engine is not installed; says how to install it.
        OracleUnsoundError
            If it computes wrongly on this machine.
        UnsupportedModelError
            If it cannot run this kind of model.
        """
        ...
