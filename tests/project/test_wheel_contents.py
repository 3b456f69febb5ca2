"""Does the wheel ship what the package needs at run time: modules, data and type marker?"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.project.repository import PACKAGE, ROOT, project_files

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = [path for path in project_files() if path.is_relative_to(PACKAGE)]


def _package_data() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns: list[str] = settings["tool"]["setuptools"]["package-data"]["qpim_emu"]
    return patterns


def test_every_data_file_is_matched_by_the_build_configuration() -> None:
    matched = {path for pattern in _package_data() for path in PACKAGE.glob(pattern)}
    data = {path for path in SHIPPED if path.suffix != ".py"}
    assert data - matched == set()


def test_type_marker_is_shipped() -> None:
    assert "py.typed" in _package_data()
    assert PACKAGE / "py.typed" in SHIPPED


@pytest.mark.extended
def test_wheel_holds_the_whole_package(tmp_path: Path) -> None:
    for path in project_files():  # a copy, so that the build leaves nothing behind
        copy = tmp_path / "source" / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", tmp_path, tmp_path / "source"], check=True)
    (wheel,) = tmp_path.glob("qpim_emu-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if name.startswith("qpim_emu/")}
        (metadata,) = (name for name in archive.namelist() if name.endswith("/entry_points.txt"))
        assert "qpim = qpim_emu.cli:main" in archive.read(metadata).decode()
    assert inside == {path.relative_to(ROOT).as_posix() for path in SHIPPED}
