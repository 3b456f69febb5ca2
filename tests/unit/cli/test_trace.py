"""Does ``qpim trace`` write a layer's trace, and end with 2 on bad input?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from qpim_emu.cli import main
from qpim_emu.traces import FORMATS

if TYPE_CHECKING:
    from pathlib import Path


def test_a_layer_of_the_built_in_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "conv1.csv"
    assert main(["trace", "--layer", "conv1", "--vault", "3", "--out", str(path)]) == 0
    lines = path.read_text().splitlines()
    assert lines[0] == "cycle,command,vault,bank,row,column,mask,blocks"
    assert {line.split(",")[2] for line in lines[1:]} == {"3"}
    assert "conv1, vault 3 of paper: 1,326 cycles as csv" in capsys.readouterr().out


def test_another_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "trace.json"
    arguments = ["digits", "--layer", "linear5", "--format", "perfetto", "--out", str(path)]
    assert main(["trace", *arguments]) == 0
    vaults = {event["pid"] for event in json.loads(path.read_text())["traceEvents"]}
    assert vaults == set(range(16))
    assert "all vaults of paper" in capsys.readouterr().out


BAD = [
    (["--layer", "conv9"], "layer must be one of conv1"),
    (["--layer", "conv1", "--format", "pcap"], "format must be one of csv"),
    (["--layer", "conv1", "--vault", "16"], "vault must be in 0..15, got 16"),
    (["--layer", "conv1", "--format", "drampower4"], "single vault"),
    ([], "--layer"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_ends_with_two_and_writes_nothing(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", *arguments, "--out", str(tmp_path / "trace")]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_help_names_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "--help"]) == 0
    shown = capsys.readouterr().out
    assert [name for name in FORMATS if name not in shown] == []
