"""Measured switching: the counters of toggles, and how a run is asked for them.

Every line is 0 at the start of a layer. A command drives some lines; those it does not drive hold
their value. A *toggle* is a driven line whose value changes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BANK_TOGGLES", "VAULT_TOGGLES", "Switching", "read_switching"]

BANK_TOGGLES: Mapping[str, str] = {
    "line_toggles": "data lines of the bank that changed, against what they last carried",
}
VAULT_TOGGLES: Mapping[str, str] = {
    "bus_toggles": "lines of the vault's shared bus that changed, whichever bank drove them",
    "tsv_toggles": "TSVs that changed; they carry the image of the bus",
}


class Switching(StrEnum):
    """Where the switching activity of a run comes from."""

    ASSUMED = "assumed"
    """Nothing is measured: published energies assume that half of the lines toggle."""

    MEASURED = "measured"
    """The toggles of the data that the run moves are counted (`BANK_TOGGLES`, `VAULT_TOGGLES`)."""


def read_switching(switching: Switching | str) -> Switching:
    """Read the name of a source of switching activity.

    Raises
    ------
    InputError
        If there is no such source.
    """
    if isinstance(switching, Switching):
        return switching
    if not isinstance(switching, str) or switching not in list(Switching):
        msg = f"switching must be one of {', '.join(Switching)}, got {switching!r}"
        raise InputError(msg)
    return Switching(switching)
