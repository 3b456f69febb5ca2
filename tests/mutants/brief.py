"""A pytest plugin: few examples, which show that the tests can run."""

from __future__ import annotations

from hypothesis import settings

PROFILE = "brief"
EXAMPLES = 5


def pytest_configure() -> None:
    """Load the current profile with few examples; conftest files are read before."""
    settings.register_profile(PROFILE, parent=settings(), max_examples=EXAMPLES)
    settings.load_profile(PROFILE)
