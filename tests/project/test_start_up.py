"""Does start-up import only what it needs, so that ``qpim --help`` answers at once?"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.project.repository import ROOT

HEAVY = {"bitarray", "numba", "numpy", "rich", "tomli_w"}


def _imported_by(*arguments: str) -> set[str]:
    """Run a fresh interpreter and return the top-level packages it imported."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr.splitlines()[-5:]
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip().split(".")[0] for line in lines}


@pytest.mark.parametrize(
    "arguments",
    [("-c", "import qpim_emu"), ("-c", "import qpim_emu.cli"), ("-m", "qpim_emu", "--help")],
    ids=["package", "command line", "help"],
)
def test_nothing_heavy_is_imported(arguments: tuple[str, ...]) -> None:
    imported = _imported_by(*arguments)
    assert "qpim_emu" in imported
    assert not imported & HEAVY


def test_a_public_name_brings_what_it_needs() -> None:
    assert "numpy" in _imported_by("-c", "import qpim_emu; qpim_emu.Int")
