"""A pytest plugin: stop at the first failing example instead of looking for a smaller one."""

from __future__ import annotations

from hypothesis import Phase, settings

PROFILE = "unshrunk"


def pytest_configure() -> None:
    """Load the current profile without its later phases; conftest files are read before."""
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile(PROFILE, parent=settings(), phases=phases)
    settings.load_profile(PROFILE)
