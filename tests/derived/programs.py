"""All derived programs by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.derived import controller, convolutions, linear, partitions

if TYPE_CHECKING:
    from tests.derived.notation import Program

__all__ = ["PROGRAMS"]

PROGRAMS: dict[str, Program] = {
    name.lower(): getattr(module, name)
    for module in (linear, convolutions, controller, partitions)
    for name in module.__all__
}
