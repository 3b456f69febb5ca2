"""How a handler says that an operator cannot be computed exactly."""

from __future__ import annotations

__all__ = ["RefusedError"]


class RefusedError(Exception):
    """An operator is refused; the message says why, and what to do."""
