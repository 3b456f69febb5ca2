"""A plugin for pytest: golden packages kept beside a project's own tests.

Loaded by pytest where the emulator is installed. Packages lie in a folder ``golden`` beside the
test file; ``pytest --qpim-update-golden`` writes those that are missing or differ, and the change
is reviewed like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from qpim_emu.golden.kept import GoldenFolder

__all__ = ["pytest_addoption", "qpim_golden"]

OPTION = "--qpim-update-golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes packages."""
    parser.getgroup("qpim", "Quant-PIM").addoption(
        OPTION,
        action="store_true",
        help="write golden packages that are missing or differ",
    )


@pytest.fixture
def qpim_golden(request: pytest.FixtureRequest) -> GoldenFolder:
    """Golden packages in the folder ``golden`` beside the test file."""
    from qpim_emu.golden.kept import GoldenFolder  # noqa: PLC0415 - every pytest run loads this file

    update = bool(request.config.getoption(OPTION))
    folder = request.path.parent / "golden"
    return GoldenFolder(path=folder, update=update, hint=f"pytest {OPTION}")
