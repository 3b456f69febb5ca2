"""Is a package that was changed anywhere found out, and said to be what it is?"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from qpim_emu.errors import PackageError
from qpim_emu.golden import read_manifest, verify_package
from tests.golden.committed import PACKAGES, copy_of

if TYPE_CHECKING:
    from pathlib import Path

SMALL = "derived-bipolar"
FILES = sorted(
    file.relative_to(PACKAGES / SMALL).as_posix()
    for file in (PACKAGES / SMALL).rglob("*")
    if file.is_file()
)


def is_noticed(package: Path) -> bool:
    """Whether verifying a package finds anything."""
    try:
        return not verify_package(package).is_good
    except PackageError:
        return True


@pytest.mark.parametrize("name", FILES)
def test_one_flipped_bit_in_any_file_is_noticed(name: str, tmp_path: Path) -> None:
    package = copy_of(SMALL, tmp_path)
    content = bytearray((package / name).read_bytes())
    for at in (0, len(content) // 2, len(content) - 1):
        content[at] ^= 1
        (package / name).write_bytes(content)
        assert is_noticed(package), at
        content[at] ^= 1


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_noticed(name: str, tmp_path: Path) -> None:
    package = copy_of(SMALL, tmp_path)
    (package / name).unlink()
    assert is_noticed(package)


def test_a_file_too_many_is_noticed(tmp_path: Path) -> None:
    package = copy_of(SMALL, tmp_path)
    (package / "sets" / "note.txt").write_text("mine\n")
    (problem,) = verify_package(package).problems
    assert problem == "sets/note.txt: not a file of this package"


@pytest.mark.parametrize("target", ["missing.txt", "link", "/dev/zero"])
def test_what_is_no_file_is_noticed_and_not_read(target: str, tmp_path: Path) -> None:
    package = copy_of(SMALL, tmp_path)
    (package / "link").symlink_to(target)
    (package / "machine.txt").unlink()
    os.mkfifo(package / "machine.txt")
    problems = verify_package(package).problems
    assert "link: not a file of this package" in problems
    assert "machine.txt: missing" in problems


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_have_are_refused(number: str, tmp_path: Path) -> None:
    package = copy_of(SMALL, tmp_path)
    text = (package / "manifest.json").read_text()
    assert '"quantization": {}' in text
    scale = f'"quantization": {{"input": {{"scale": {number}, "zero_point": null}}}}'
    (package / "manifest.json").write_text(text.replace('"quantization": {}', scale))
    with pytest.raises(PackageError, match=r"must be JSON, .*numbers must be finite, got"):
        read_manifest(package)


def rewritten(package: Path, name: str, old: str, new: str) -> None:
    """Change a file, and the hashes that would tell."""
    before = hash_in_sums(package, name)
    (package / name).write_text((package / name).read_text().replace(old, new))
    rehash(package, name, before)


def hash_in_sums(package: Path, name: str) -> str:
    """Hash that SHA256SUMS has of a file."""
    lines = (package / "SHA256SUMS").read_text().splitlines()
    return next(line.split()[0] for line in lines if line.endswith(f"  {name}"))


def rehash(package: Path, name: str, before: str) -> None:
    """Put the right hash of a file wherever the old one stands."""
    now = sha256((package / name).read_bytes()).hexdigest()
    for place in ("manifest.json", "SHA256SUMS"):
        text = (package / place).read_text()
        (package / place).write_text(text.replace(before, now))
    if name != "manifest.json":
        rehash(package, "manifest.json", hash_in_sums(package, "manifest.json"))


def test_a_wrong_number_with_right_hashes_is_found_by_computing_it_again(tmp_path: Path) -> None:
    package = copy_of(SMALL, tmp_path)
    rewritten(package, "sets/0-given/00-layer/vault00/bus.txt", "0101 0001", "0101 0003")
    (problem, *_) = verify_package(package).problems
    assert problem == (
        "sets/0-given/00-layer/vault00/bus.txt: computed otherwise from record 1, column word1 on, "
        "vault 0, bank 0, row 1, column 0, word 1"
    )


def test_a_version_of_tomorrow_is_refused(tmp_path: Path) -> None:
    package = copy_of(SMALL, tmp_path)
    manifest = json.loads((package / "manifest.json").read_text())
    for key, value, message in (
        ("version", 2, "version of .* must be 1, got 2"),
        ("semantics_version", "9.0", "semantics_version of .* must be .*, got '9.0'"),
        ("format", "zip", "manifest.json must have format 'qpim-golden'"),
        ("seed", "x", "manifest.seed must be of type"),
    ):
        (package / "manifest.json").write_text(json.dumps(manifest | {key: value}))
        with pytest.raises(PackageError, match=message):
            verify_package(package)


@pytest.mark.parametrize("text", ["", "[]", "{", "\0", "[" * 100_000])
def test_what_is_no_manifest_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(PackageError, match=r"manifest\.json must"):
        read_manifest(tmp_path)


def test_what_is_no_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match=r"package must be a folder with manifest\.json"):
        verify_package(tmp_path)


def test_a_pipe_for_the_hashes_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    package = copy_of(SMALL, tmp_path)
    (package / "SHA256SUMS").unlink()
    os.mkfifo(package / "SHA256SUMS")
    with pytest.raises(
        PackageError, match=r"SHA256SUMS of .* must be readable text, got .*regular"
    ):
        verify_package(package)
