"""Optional packages, imported when they are needed, with a hint where they are missing."""

from __future__ import annotations

from qpim_emu.errors import MissingExtraError

__all__ = ["missing_extra"]


def missing_extra(extra: str, error: ImportError) -> MissingExtraError:
    """Make the error that says how to install an extra of this package.

    Parameters
    ----------
    extra
        Its name in the package's metadata.
    error
        What the import said; the module it names is in the message.
    """
    missing = error.name or str(error)
    msg = f"{missing} must be installed for this: pip install 'qpim-emu[{extra}]'"
    return MissingExtraError(msg)
