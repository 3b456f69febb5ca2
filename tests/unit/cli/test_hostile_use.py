"""Do the commands survive odd names, narrow or foreign outputs, and places that are no files?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import qpim_emu as qe
from qpim_emu.cli import main
from qpim_emu.workload.network_file import Examples, save_examples, save_network

RUN = ("run", "--tier", "fast", "--images", "1")
FULL = Path("/dev/full")


def odd_files(folder: Path, name: str) -> tuple[str, str]:
    """A network whose own name and whose node's name are `name`, and an input for it."""
    layer = qe.Linear(weights=[[1, -2, 3]], weight_type="int4", activation_type="uint4")
    kind = qe.TensorType(shape=(3,), format="uint4")
    save_network(qe.Network.chain(name, kind, {name: layer}), folder / "odd.npz")
    save_examples(Examples(inputs={"input": np.array([[1, 2, 3]])}), folder / "x.npz")
    return str(folder / "odd.npz"), str(folder / "x.npz")


def qpim(
    *arguments: str, stdout: int = subprocess.PIPE, **environment: str
) -> tuple[int, str, str]:
    """Run the command line as a process: status, output, error output."""
    ended = subprocess.run(
        [sys.executable, "-m", "qpim_emu", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        check=False,
    )
    shown = (ended.stdout or b"").decode(errors="replace")
    return ended.returncode, shown, ended.stderr.decode(errors="replace")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("[/bold]", "[/bold]"),  # rich's markup
        ("[red]x", "[red]x"),
        (":x:", ":x:"),  # its emoji
        ("a\x1b[2J", r"a\x1b[2J"),  # clears a screen
        ("a\nb", r"a\nb"),
    ],
)
@pytest.mark.parametrize("command", ["run", "inspect"])
def test_names_are_shown_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, name: str, shown: str
) -> None:
    network, examples = odd_files(tmp_path, name)
    extra = ["--input", examples, "--preset", "toy"] if command == "run" else []
    assert main([command, network, *extra]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{shown}: ")
    assert f"\n {shown} " in printed


def test_output_that_encodes_no_box_and_no_umlaut(tmp_path: Path) -> None:
    network, examples = odd_files(tmp_path, "nähe")
    for arguments in (("inspect", network), ("run", network, "--input", examples)):
        status, shown, errors = qpim(*arguments, PYTHONIOENCODING="ascii")
        assert (status, errors) == (0, "")
        assert shown.startswith("n?he: ")


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices of POSIX")
@pytest.mark.parametrize("arguments", [("info",), ("inspect",), ("--help",)])
def test_reader_that_has_gone_is_no_error(arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        status, _, errors = qpim(*arguments, stdout=writing)
    finally:
        os.close(writing)
    assert (status, errors) == (0, "")


@pytest.mark.skipif(not FULL.exists(), reason="a device of Linux")
def test_full_disk_is_one_message() -> None:
    with FULL.open("wb") as full:
        status, _, errors = qpim("info", stdout=full.fileno())
    assert status == 2
    assert errors == "qpim: error: output must be accessible, got No space left on device\n"


def test_error_comes_alone() -> None:
    """No progress bar leaves an empty line where nobody watches."""
    status, _, errors = qpim("run", "--preset", "toy")
    assert status == 2
    assert errors.startswith("qpim: error: node 'conv1': layer must fit into 1024 blocks")


def test_places_where_no_report_can_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are refused before the run, and devices stay what they are."""
    for place in (str(tmp_path), str(tmp_path / "none" / "x.json"), ""):
        assert main([*RUN, "--json", place]) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert "report file must be writable, got" in shown.err
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_what_is_no_file_is_not_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipe here, that nothing depends on; a device would be lost to the whole machine."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link.json").symlink_to(tmp_path / "pipe")
    for place in (tmp_path / "pipe", tmp_path / "link.json"):
        assert main([*RUN, "--json", str(place)]) == 2
        assert "no regular file" in capsys.readouterr().err
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "link.json").is_symlink()


def test_report_follows_links_and_keeps_to_the_mask(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    assert main([*RUN, "--json", str(tmp_path / "link.json")]) == 0
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text().startswith("{")
    (tmp_path / "plain").touch()
    wanted = (tmp_path / "plain").stat().st_mode
    assert (tmp_path / "real.json").stat().st_mode == wanted
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "digit"], "network must be one of digits, digits-16bit, or a file, got 'digit'"),
        (["run", "--preset", ""], "preset must be one of paper, toy, got ''"),
        (["info", "--selftest", "--seed", "-1"], "-1 is not in the range"),
    ],
)
def test_messages(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_errors_show_names_of_files_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "a\x1b[2J\nb"
    broken.write_bytes(b"x")
    assert main(["inspect", str(broken)]) == 2
    told = capsys.readouterr().err
    assert r"a\x1b[2J" in told
    assert "\x1b" not in told
