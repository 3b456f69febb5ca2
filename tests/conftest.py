"""Hypothesis profiles: how hard the property tests search.

``gate`` repeats the same moderate search on every run; ``deep`` searches anew and for long, and
keeps what it finds. `QPIM_HYPOTHESIS_PROFILE` chooses.
"""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

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
