"""Do the line-based formats say, to the character, what a hand-worked trace holds?"""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from io import StringIO

import pytest

import qpim_emu as qe
from qpim_emu.errors import InputError
from tests.unit.traces.small import paired, text_of, tiny

CSV = """\
cycle,command,vault,bank,row,column,mask,blocks
0,MODE,1,-1,-1,-1,0x000f,2
0,ACT,1,0,0,-1,0x0000,0
3,RD,1,0,0,0,0x000f,1
6,PRE,1,0,0,-1,0x0000,0
8,MODE,1,-1,-1,-1,0x000f,2
8,ACT,1,0,1,-1,0x0000,0
11,RD,1,0,1,0,0x000f,1
14,PRE,1,0,1,-1,0x0000,0
16,ACT,1,0,2,-1,0x0000,0
19,WR,1,0,2,0,0xffff,1
20,WR,1,0,2,1,0xffff,1
21,WR,1,0,2,2,0xffff,1
27,PRE,1,0,2,-1,0x0000,0
"""

DRAMPOWER4 = """\
0,ACT,0
3,RD,0
6,PRE,0
8,ACT,0
11,RD,0
14,PRE,0
16,ACT,0
19,WR,0
20,WR,0
21,WR,0
27,PRE,0
29,END,0
"""

DRAMPOWER5 = """\
0,ACT,0,0,0,0,0
3,RD,0,0,0,0,0,0000000000000000
6,PRE,0,0,0,0,0
8,ACT,0,0,0,1,0
11,RD,0,0,0,1,0,0000000000000000
14,PRE,0,0,0,1,0
16,ACT,0,0,0,2,0
19,WR,0,0,0,2,0,0000000000000000
20,WR,0,0,0,2,1,0000000000000000
21,WR,0,0,0,2,2,0000000000000000
27,PRE,0,0,0,2,0
29,END,0,0,0,0,0
"""

DRAMSIM3 = """\
0x8 READ 3
0x88 READ 11
0x108 WRITE 19
0x128 WRITE 20
0x148 WRITE 21
"""

RAMULATOR2 = """\
R 1,0,0,0,0,0
R 1,0,0,0,1,0
W 1,0,0,0,2,0
W 1,0,0,0,2,1
W 1,0,0,0,2,2
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("csv", CSV),
        ("drampower4", DRAMPOWER4),
        ("drampower5", DRAMPOWER5),
        ("dramsim3", DRAMSIM3),
        ("ramulator2", RAMULATOR2),
    ],
)
def test_the_trace_of_one_vault(name: str, text: str) -> None:
    assert text_of(tiny(vault=1), name) == text


def test_json_lines_are_the_records() -> None:
    lines = [json.loads(line) for line in text_of(paired(), "jsonl").splitlines()]
    assert lines == [
        {name: value for name, value in asdict(one).items() if name != "phase"} for one in paired()
    ]


def test_csv_reads_back() -> None:
    rows = list(csv.DictReader(StringIO(text_of(paired(), "csv"))))
    records = list(paired())
    assert len(rows) == len(records)
    for row, one in zip(rows, records, strict=True):
        assert (int(row["cycle"]), row["command"]) == (one.cycle, one.command)
        assert (int(row["mask"], 16), int(row["blocks"])) == (one.mask, one.blocks)
    assert {row["mask"] for row in rows if row["command"] == "RD2"} == {"0x003c", "0x00ff"}


def test_a_dram_is_told_of_one_read_where_two_blocks_come() -> None:
    columns = sum(one.is_column for one in paired())
    assert "RD2" in {one.command for one in paired()}
    for name in ("dramsim3", "ramulator2"):
        assert len(text_of(paired(), name).splitlines()) == columns
    commands = [line.split(",")[1] for line in text_of(paired(), "drampower5").splitlines()]
    assert set(commands) == {"ACT", "RD", "WR", "PRE", "REFA", "END"}
    assert commands.count("RD") + commands.count("WR") == columns


def test_vaults_are_ranks_channels_and_in_order() -> None:
    ranks = {line.split(",")[2] for line in text_of(tiny(), "drampower5").splitlines()}
    channels = {
        line.split()[1].split(",")[0] for line in text_of(tiny(), "ramulator2").splitlines()
    }
    assert ranks == channels == {"0", "1"}
    lines = text_of(tiny(), "csv").splitlines()
    assert lines[1:5] == [
        "0,MODE,0,-1,-1,-1,0x000f,2",
        "0,MODE,1,-1,-1,-1,0x000f,2",
        "0,ACT,0,0,0,-1,0x0000,0",
        "0,ACT,1,0,0,-1,0x0000,0",
    ]


def test_drampower4_takes_one_vault() -> None:
    with pytest.raises(InputError, match="drampower4 must trace a single vault, got 2 vaults"):
        text_of(tiny(), "drampower4")


def test_dramsim3_takes_powers_of_two() -> None:
    spec = qe.TOY.replace(vaults=3)
    with pytest.raises(InputError, match="vaults must be a power of two for dramsim3, got 3"):
        text_of(paired(spec=spec), "dramsim3")
