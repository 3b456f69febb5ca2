"""Why an operator cannot be computed exactly."""

from __future__ import annotations

__all__ = ["Refusal"]


class Refusal(Exception):  # noqa: N818 - no error: it ends up in the reading of an operator
    """An operator is refused; the message says why, and what to do. Never leaves this package."""
