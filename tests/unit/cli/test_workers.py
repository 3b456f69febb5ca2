"""Do commands with `--workers` say, write and return the same as without, and stop when told?"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np
import pytest

import qpim_emu as qe
from qpim_emu.cli import main
from qpim_emu.cli.options import MOST_WORKERS
from qpim_emu.engine import workers as engine_workers
from qpim_emu.engine.workers import pool
from qpim_emu.workload.network_file import Examples, save_examples, save_network
from tests.crosscheck.fakes import small_network
from tests.project.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 30
TIMED = re.compile(r"emulated in .*")

INTERRUPTED = """
import signal
import sys
from qpim_emu.cli import main
from qpim_emu.engine.workers import pool

def start_and_say(share, start=pool.start):
    started = start(share)
    print("started", flush=True)
    return started

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started this may ignore it
pool.start, pool.processors = start_and_say, lambda: 2
sys.exit(main(["run", "--images", "300", "--workers", "2"]))
"""


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine has."""
    monkeypatch.setattr(pool, "processors", lambda: 2)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A network, and five images for it."""
    save_network(small_network(), tmp_path / "small.npz")
    images = np.random.default_rng(1).integers(-128, 128, (5, 2, 4, 6))
    save_examples(Examples(inputs={"image": images}), tmp_path / "x.npz")
    return str(tmp_path / "small.npz"), str(tmp_path / "x.npz")


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Status, output but for the time it took, and error output of a command."""
    status = main(arguments)
    shown = capsys.readouterr()
    return status, TIMED.sub("", shown.out), shown.err


@pytest.mark.parametrize("command", ["run", "check"])
def test_everything_is_the_same(
    command: str, files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network, examples = files
    found = []
    for workers in ("1", "2"):
        report = tmp_path / f"{workers}.json"
        arguments = [command, network, "--input", examples, "--json", str(report)]
        arguments += ["--oracle", "numpy"] if command == "check" else ["--tier", "fast"]
        found.append((*told(capsys, *arguments, "--workers", workers), report.read_text()))
    assert found[0] == found[1]
    assert found[0][0] == 0


def test_packages_are_verified_in_their_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Good ones, one with a file too many, and then what is no package."""
    sources = sorted((ROOT / "golden" / "packages").iterdir())[:2]
    odd = tmp_path / "odd"
    odd.mkdir()
    arguments = ["golden", "verify", *map(str, sources), str(odd), str(sources[0])]
    one = told(capsys, *arguments)
    assert one == told(capsys, *arguments, "--workers", "2")
    assert one[0] == 2
    assert one[1].count(": good") == 2


def test_an_error_is_that_of_the_batch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Image 4 of five traps; it is not the first of its part."""
    layer = qe.Linear(
        weights=[[1, 1, 1]],
        weight_type="int4",
        activation_type="int8",
        accumulator=qe.Accumulator(bits=8, overflow="trap"),
    )
    kind = qe.TensorType(shape=(3,), format="int8")
    save_network(qe.Network.chain("trap", kind, {"dense": layer}), tmp_path / "n.npz")
    codes = np.zeros((5, 3), np.int64)
    codes[4] = 100
    save_examples(Examples(inputs={"input": codes}), tmp_path / "x.npz")
    arguments = ["run", str(tmp_path / "n.npz"), "--input", str(tmp_path / "x.npz")]
    one = told(capsys, *arguments)
    assert one == told(capsys, *arguments, "--workers", "2")
    assert one[0] == 2
    assert "node 'dense': accumulator must stay within int8" in one[2]
    assert "at image 4, filter 0, pixel 0" in one[2]


@pytest.mark.parametrize("command", [["run"], ["check", "m", "--oracle", "numpy"]])
@pytest.mark.parametrize("value", ["0", "-1", "257", "9" * 30, "x", "1.5", ""])
def test_bad_numbers_are_refused(
    command: list[str], value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, shown, errors = told(capsys, *command, "--workers", value)
    assert (status, shown) == (2, "")
    assert errors.count("Invalid value for '--workers'") == 1


def test_the_limit_is_that_of_the_engine() -> None:
    assert engine_workers.MOST_WORKERS == MOST_WORKERS


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_interrupt_ends_all_of_it() -> None:
    """Ctrl-C reaches the whole group: one message, status 130, nobody left."""
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        cwd=ROOT,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        said = [*takewhile(lambda line: line != "started\n", parent.stdout)]
        os.killpg(parent.pid, signal.SIGINT)  # while the first worker is still starting
        # Workers have the same standard error: its end is that of the last of them.
        _, errors = parent.communicate(timeout=SECONDS)
    assert (len(said), parent.returncode, errors) == (1, 130, "\nqpim: interrupted\n")
