"""Where the value of a machine parameter comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from qpim_emu.errors import InputError

__all__ = ["Provenance", "Source"]


class Provenance(StrEnum):
    """How well founded a value is."""

    PUBLISHED = "published"
    """Stated by the source that the reference names."""
    DERIVED = "derived"
    """Computed from published values; the reference says how."""
    ASSUMED = "assumed"
    """Our choice; the reference says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The origin of one field of a specification.

    Parameters
    ----------
    field
        Field of `Spec`, or ``timing.<field>`` for one of `Timing`.
    unit
        Unit of the value, as the field's metadata gives it.
    provenance
        ``published``, ``derived`` or ``assumed``.
    reference
        Paper, model or reason.

    Raises
    ------
    InputError
        If `provenance` is none of the three, or another value is no string.
    """

    field: str
    unit: str
    provenance: Provenance
    reference: str

    def __post_init__(self) -> None:
        for name in ("field", "unit", "reference"):
            if not isinstance(getattr(self, name), str):
                msg = f"{name} of a source must be a string, got {getattr(self, name)!r}"
                raise InputError(msg)
        if self.provenance not in tuple(Provenance):
            known = ", ".join(Provenance)
            msg = f"provenance of a source must be one of {known}, got {self.provenance!r}"
            raise InputError(msg)
        object.__setattr__(self, "provenance", Provenance(self.provenance))
