"""Is the first divergence the one that comes first, and is it said where it is in memory?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qpim_emu.errors import PackageError
from qpim_emu.golden import diff_memory, diff_packages
from tests.golden.committed import PACKAGES, copy_of

if TYPE_CHECKING:
    from pathlib import Path

VAULT = "sets/0-given/00-layer/vault00"
AFTER = f"{VAULT}/bank00.after.hex"


def changed(name: str, place: Path, *edits: tuple[str, str, str]) -> Path:
    """A copy of a committed package in which texts of files are replaced."""
    package = copy_of(name, place)
    for file, old, new in edits:
        text = (package / file).read_text()
        assert old in text
        (package / file).write_text(text.replace(old, new, 1))
    return package


def test_the_same_packages_do_not_differ() -> None:
    package = PACKAGES / "derived-groups"
    assert diff_packages(package, package) is None


BUS = (f"{VAULT}/bus.txt", "082f", "0a2f")
ADDS = (f"{VAULT}/adds.txt", "fffffffffffd", "fffffffffffc")
DRAINS = (f"{VAULT}/drains.txt", "0000000000000000", "0000000000000004")
BEFORE = (f"{VAULT}/bank00.before.hex", "1275", "1265")
FILTERS = ("layers/00-layer/filters.txt", "ffffd", "ffffe")


@pytest.mark.parametrize(
    ("edit", "what", "place"),
    [
        # bit 8 + 1 of the bus is bit 1 of the second block's lines, which begin at line 4
        (BUS, "record 1, word0: 0x82f and 0xa2f", "row 1, column 1, word 0, bit 5"),
        (ADDS, "record 0, amount: 0xfffffffffffd and 0xfffffffffffc", "row 1, column 0"),
        (DRAINS, "record 0, output: 0x0 and 0x4", "row 2, column 0, word 0, bit 2"),
        (BEFORE, "word 0x11: 0x1275 and 0x1265", "row 1, column 0, word 1, bit 4"),
        (FILTERS, "record 0, w_zero: 0xffffd and 0xffffe", None),
    ],
)
def test_place_in_memory(
    edit: tuple[str, str, str], what: str, place: str | None, tmp_path: Path
) -> None:
    other = changed("derived-groups", tmp_path, edit)
    found = str(diff_packages(PACKAGES / "derived-groups", other))
    where = "" if place is None else f", at vault 0, bank 0, {place}"
    assert found == f"{edit[0]}: {what}{where}"


def test_what_happens_first_is_named(tmp_path: Path) -> None:
    other = changed("derived-groups", tmp_path, DRAINS, BUS, (AFTER, "1275", "1265"))
    found = diff_packages(PACKAGES / "derived-groups", other)
    assert found is not None
    assert found.file == f"{VAULT}/bus.txt"


def test_an_output_is_found_in_memory(tmp_path: Path) -> None:
    other = copy_of("derived-wide-output", tmp_path)
    file = other / "sets/0-given/00-layer/output.bin"
    content = bytearray(file.read_bytes())
    content[8 + 2] ^= 0x20  # of the second output: bit 5 of its second word
    file.write_bytes(content)
    found = diff_packages(PACKAGES / "derived-wide-output", other)
    assert str(found).endswith(
        "output.bin: element [0, 1]: -140737488322560 and -140737486225408, "
        "at vault 0, bank 0, row 2, column 1, word 1, bit 5"
    )


def test_packages_of_different_files_differ() -> None:
    found = diff_packages(PACKAGES / "derived-groups", PACKAGES / "derived-pairs")
    assert found is not None
    assert found.what in {"file", "byte 14"}


@pytest.mark.parametrize("by_blocks", [False, True])
def test_a_dump_of_the_same_memory_does_not_differ(by_blocks: bool, tmp_path: Path) -> None:  # noqa: FBT001
    dump = tmp_path / "dump.hex"
    words = (PACKAGES / "derived-groups" / AFTER).read_text().split()
    lines = ["// memory of bank 0"]
    for word in words:
        if word.startswith("@"):
            jump = int(word[1:], 16)
            lines.append(f"@{jump // 4 if by_blocks else jump:x}")
            block: list[str] = []
            continue
        block.append(word)
        if by_blocks and len(block) == 4:
            lines.append("".join(reversed(block)).upper())
            block = []
        elif not by_blocks:
            lines.append(word)
    lines += ["@1f0" if by_blocks else "@7c0", "xxxxxxxxxxxxxxxx" if by_blocks else "xxxx"]
    dump.write_text("\n".join(lines) + "\n")
    assert diff_memory(PACKAGES / "derived-groups", dump, AFTER) is None


OUTPUT = "vault 0, bank 0, row 2, column 0, word 0"
FIRST = "vault 0, bank 0, row 1, column 0, word 1"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1275", "1275 /* ok */", None),
        ("1275", "1235", f"word 0x11: 0x1275 and 0x1235, at {FIRST}, bit 6"),
        ("1275", "12x5", f"word 0x11: 0x1275 and unknown, at {FIRST}"),
        ("@20\n0000", "@21\n", f"word 0x20: 0x0 and nothing, at {OUTPUT}"),
    ],
)
def test_a_dump_that_differs(old: str, new: str, message: str | None, tmp_path: Path) -> None:
    text = (PACKAGES / "derived-groups" / AFTER).read_text()
    (tmp_path / "dump").write_text(text.replace(old, new))
    found = diff_memory(PACKAGES / "derived-groups", tmp_path / "dump", AFTER)
    assert (str(found) if found else None) == (message and f"{AFTER}: {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [("12g4", "must hold hexadecimal numbers, got '12g4'"), ("@x", "must hold addresses")],
)
def test_what_is_no_dump_is_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "dump").write_text(text)
    with pytest.raises(PackageError, match=message):
        diff_memory(PACKAGES / "derived-groups", tmp_path / "dump", AFTER)


def test_an_image_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match=r"image must be one of .*bank00\.after\.hex.*, got 'x'"):
        diff_memory(PACKAGES / "derived-groups", tmp_path, "x")
    with pytest.raises(PackageError, match="memory file must be readable"):
        diff_memory(PACKAGES / "derived-groups", tmp_path / "none", AFTER)


def test_files_of_odd_names_are_compared(tmp_path: Path) -> None:
    package = changed(
        "derived-groups", tmp_path, ("manifest.json", '"machine.txt": {', '"sets/x/y/z.txt": {')
    )
    found = diff_packages(package, PACKAGES / "derived-groups")
    assert found is not None
