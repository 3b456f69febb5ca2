"""Is a file written whole or not at all, and only where a file belongs?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from qpim_emu.errors import InputError
from qpim_emu.files import check_place, open_whole, read_bounded, write_whole
from qpim_emu.report.document import load_report

if TYPE_CHECKING:
    from pathlib import Path


def test_text_and_bytes(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", "ü\n")
    write_whole(tmp_path / "a", b"b")
    assert (tmp_path / "a").read_bytes() == b"b"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError, MemoryError])
def test_stop_in_the_middle_leaves_what_was_there(
    tmp_path: Path, stop: type[BaseException]
) -> None:
    (tmp_path / "a").write_text("old")

    def write() -> None:
        with open_whole(tmp_path / "a") as stream:
            stream.write(b"half")
            raise stop

    with pytest.raises(stop):
        write()
    assert (tmp_path / "a").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_only_files_in_folders_that_exist(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "none" / "a", tmp_path / "pipe"):
        with pytest.raises(OSError, match=r"directory|folder|no regular file"):
            check_place(place)
    assert check_place(tmp_path / "new") == (tmp_path / "new").resolve()


def test_longest_name(tmp_path: Path) -> None:
    """The name of the unfinished file is not longer than a name may be."""
    write_whole(tmp_path / ("n" * 255), "x")
    assert (tmp_path / ("n" * 255)).read_text() == "x"


def test_reading_has_a_bound(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_bounded(tmp_path / "a", most=5) == b"12345"
    with pytest.raises(OSError, match="more than 4 bytes"):
        read_bounded(tmp_path / "a", most=4)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no regular file"):
        read_bounded(tmp_path / "pipe", most=4)
    with pytest.raises(InputError, match=r"readable JSON, got .*pipe: .*no regular file"):
        load_report(tmp_path / "pipe")
