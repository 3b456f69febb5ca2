"""Are the decision records numbered without gaps, headed by their number and given a status?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.project.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))


def test_numbers_are_unique_and_without_gaps() -> None:
    assert [int(path.name[:4]) for path in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("path", RECORDS, ids=[path.stem for path in RECORDS])
def test_record_has_a_heading_and_a_status(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {path.name[:4]} ")
    assert re.search(r"^Status: (accepted|superseded by \d{4})$", text, re.MULTILINE)
