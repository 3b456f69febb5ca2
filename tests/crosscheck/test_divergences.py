"""Does every divergence in docs/divergences.md show what it says?"""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Any

import pytest

from tests.project.repository import ROOT

DOCUMENT = (ROOT / "docs" / "divergences.md").read_text()
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^## (.*)$", re.MULTILINE)
NEEDS = re.compile(r"# needs: (.*)\n")
BEGINNING = BLOCK.search(DOCUMENT)


def cases() -> dict[str, str]:
    """The code under each heading that has some."""
    parts = HEADING.split(DOCUMENT)[1:]
    found = {}
    for title, text in zip(parts[::2], parts[1::2], strict=True):
        block = BLOCK.search(text)
        if block is not None:
            found[title] = block[1]
    return found


def test_there_are_at_least_the_known_ones() -> None:
    assert len(cases()) >= 4
    assert BLOCK.findall(DOCUMENT)[1:] == list(cases().values())


@pytest.mark.parametrize("title", cases())
def test_the_case_shows_what_it_says(title: str) -> None:
    code = cases()[title]
    needs = NEEDS.match(code)
    assert needs is not None
    missing = [package for package in needs[1].split() if find_spec(package) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed")
    assert BEGINNING is not None
    assert "assert" in code
    namespace: dict[str, Any] = {}
    exec(compile(BEGINNING[1] + code, title, "exec"), namespace)  # noqa: S102 - our own document
