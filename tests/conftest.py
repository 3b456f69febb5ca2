"""Hypothesis profiles: how hard the property tests search.

``gate`` repeats the same moderate search on every run; ``deep`` searches anew and for long, and
keeps what it finds. `QPIM_HYPOTHESIS_PROFILE` chooses. Several workers are kept from compiling the
same at the same time.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

if TYPE_CHECKING:
    import pytest

# Machines differ in speed and share their cores, so no profile judges a test by the clock.
_UNTIMED = (HealthCheck.too_slow,)

settings.register_profile(
    "gate",
    deadline=None,
    derandomize=True,
    max_examples=100,
    print_blob=True,
    suppress_health_check=_UNTIMED,
)
settings.register_profile(
    "deep",
    database=DirectoryBasedExampleDatabase(Path(__file__).parent.parent / ".hypothesis/examples"),
    deadline=None,
    derandomize=False,
    max_examples=int(os.environ.get("QPIM_HYPOTHESIS_EXAMPLES", "300")),
    print_blob=True,
    suppress_health_check=_UNTIMED,
)
settings.load_profile(os.environ.get("QPIM_HYPOTHESIS_PROFILE", "gate"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let one of several workers begin with what compiles nothing.

    What the other compiles meanwhile, it then finds on disk.
    """
    if hasattr(config, "workerinput"):  # this is a worker of pytest-xdist
        items.sort(key=lambda item: not item.nodeid.startswith("tests/mutants/"))
