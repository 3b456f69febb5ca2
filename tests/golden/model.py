"""The C model of the conformance suite, compiled and asked."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from tools.conformance.archive import CONFORMANCE, CORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["COMPILER", "MODEL", "answer_all", "build", "compile_object", "link"]

MODEL = CONFORMANCE / "kit" / "model"
COMPILER = shutil.which("gcc")
FLAGS = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror")
SANITIZED = ("-fsanitize=undefined", "-fno-sanitize-recover=all")


def compile_c(options: Sequence[str], out: Path) -> Path:
    """Run the compiler."""
    command = [str(COMPILER), *FLAGS, *options, "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out


def compile_object(source: Path, folder: Path) -> Path:
    """Compile one file."""
    options = ["-c", "-I", str(MODEL), str(source)]
    return compile_c(options, folder / source.with_suffix(".o").name)


def link(objects: Iterable[Path], folder: Path) -> Path:
    """Link objects into a program."""
    return compile_c([str(path) for path in objects], folder / "program")


def build(sources: Iterable[Path], folder: Path) -> Path:
    """Compile C sources into a program that undefined behaviour ends."""
    return compile_c([*SANITIZED, *(str(path) for path in sources)], folder / "program")


def answer_all(program: Path, folder: Path, tables: Sequence[str] = ()) -> None:
    """Ask a program all tables of the core, or some, and write its answers."""
    names = tables or sorted(
        path.relative_to(CORE).with_suffix("").as_posix() for path in CORE.glob("L*/*.in")
    )
    for name in names:
        level = name.split("/")[0]
        path = folder / f"{name}.out"
        path.parent.mkdir(parents=True, exist_ok=True)
        with (CORE / f"{name}.in").open("rb") as questions, path.open("wb") as out:
            subprocess.run([str(program), level], stdin=questions, stdout=out, check=True)
