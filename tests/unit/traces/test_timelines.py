"""Do VCD and Perfetto traces, read back, show the commands, the rows, the bus and the lanes?"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.traces.small import paired, text_of, tiny
from tests.unit.traces.vcd_reader import read_vcd

if TYPE_CHECKING:
    from tests.unit.traces.vcd_reader import Signal

CLOCK = 10**6
"""Femtoseconds of a cycle of `TOY`."""

LATENCY, BURST, REFRESH = 3, 1, 10
"""tCL, tCCD and tRFC of `TOY`."""


@pytest.fixture(scope="module")
def signals() -> dict[str, Signal]:
    """All signals of a trace with pairs and refreshes."""
    found, end = read_vcd(text_of(paired(), "vcd"))
    trace = paired()
    assert list(trace)
    assert end == trace.end * CLOCK
    return found


def at(signal: Signal, cycle: int) -> int | None:
    """Value of a signal during a cycle."""
    return [value for time, value in signal if time <= cycle * CLOCK][-1]


def test_signals_have_every_vault_and_bank(signals: dict[str, Signal]) -> None:
    assert len(signals) == 2 * (7 + 2 * 2)
    assert {"vault0.bus", "vault1.lanes", "vault1.bank1.row"} <= signals.keys()
    assert all(changes[0][0] == 0 for changes in signals.values())


def test_rows_open_and_close(signals: dict[str, Signal]) -> None:
    for one in paired():
        bank = f"vault{one.vault}.bank{one.bank}"
        if one.command == "ACT":
            assert at(signals[f"{bank}.row"], one.cycle) == one.row
            assert at(signals[f"{bank}.open"], one.cycle) == 1
        if one.command == "PRE":
            assert at(signals[f"{bank}.row"], one.cycle) is None
            assert at(signals[f"{bank}.open"], one.cycle) == 0


def test_the_bus_carries_what_was_read(signals: dict[str, Signal]) -> None:
    busy: dict[int, set[int]] = {0: set(), 1: set()}
    for one in paired():
        if one.is_column:
            name, cycle = f"vault{one.vault}", one.cycle + LATENCY
            busy[one.vault].add(cycle)
            assert at(signals[f"{name}.blocks"], cycle) == one.blocks
            assert at(signals[f"{name}.lanes"], cycle) == (one.phase == "STREAM")
            assert at(signals[f"{name}.column"], one.cycle) == int.from_bytes(
                one.command.encode(), "big"
            )
            if one.command != "WR":
                assert at(signals[f"{name}.mask"], one.cycle) == one.mask
    for vault, cycles in busy.items():
        shown = signals[f"vault{vault}.bus"]
        assert {cycle for cycle in range(max(cycles) + 2) if at(shown, cycle)} == cycles


def test_refreshes_last(signals: dict[str, Signal]) -> None:
    refreshes = [one for one in paired() if one.command == "REF" and one.vault == 0]
    assert refreshes
    shown = signals["vault0.refresh"]
    high = [time // CLOCK for time, value in shown if value == 1]
    low = [time // CLOCK for time, value in shown[1:] if value == 0]
    assert high == [one.cycle for one in refreshes]
    assert low == [cycle + REFRESH for cycle in high]


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    """All events of the same trace, times as decimals."""
    document = json.loads(text_of(paired(), "perfetto"), parse_float=Decimal)
    assert document.keys() == {"displayTimeUnit", "traceEvents"}
    found: list[dict[str, Any]] = document["traceEvents"]
    return found


def slices(events: list[dict[str, Any]], thread: str) -> list[tuple[int, str, int, int]]:
    """Slices of the threads of a name, as (vault, name, first cycle, cycles)."""
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["ph"] == "M" and event["name"] == "thread_name" and event["args"]["name"] == thread
    }
    assert {vault for vault, _ in threads} == {0, 1}
    return [
        (event["pid"], event["name"], int(event["ts"] * 1000), int(event["dur"] * 1000))
        for event in events
        if event["ph"] == "X" and (event["pid"], event["tid"]) in threads
    ]


def test_every_event_is_complete_or_metadata(events: list[dict[str, Any]]) -> None:
    for event in events:
        wanted = {"ph", "name", "pid", "tid", "args"}
        if event["ph"] == "X":
            wanted |= {"ts", "dur"}
            assert event["dur"] > 0
        assert event.keys() == wanted
    assert {event["ph"] for event in events} == {"M", "X"}


def test_bus_slices_are_the_column_commands(events: list[dict[str, Any]]) -> None:
    expected = [(o.vault, o.command, o.cycle + LATENCY, BURST) for o in paired() if o.is_column]
    assert sorted(slices(events, "bus")) == sorted(expected)
    streamed = [
        (o.vault, f"{o.blocks} x STREAM", o.cycle + LATENCY, BURST)
        for o in paired()
        if o.phase == "STREAM" and o.is_column
    ]
    assert sorted(slices(events, "lanes")) == sorted(streamed)


def test_bank_slices_nest(events: list[dict[str, Any]]) -> None:
    for bank in ("bank 0", "bank 1"):
        found = slices(events, bank)
        rows = [one for one in found if one[1].startswith("row")]
        assert len(rows) == sum(o.command == "ACT" and f"bank {o.bank}" == bank for o in paired())
        for vault, name, start, length in found:
            around = [
                row
                for row in rows
                if row[0] == vault and row[2] <= start and start + length <= row[2] + row[3]
            ]
            assert len(around) == 1, (name, start)


def test_phases_follow_each_other(events: list[dict[str, Any]]) -> None:
    document = json.loads(text_of(tiny(vault=0), "perfetto"), parse_float=Decimal)
    shown = [
        (event["name"], event["ts"], event["dur"])
        for event in document["traceEvents"]
        if event["ph"] == "X" and event["tid"] == 0
    ]
    microseconds = [Decimal(f"0.{cycle:03}") for cycle in (0, 8, 16, 8, 8, 13)]
    assert shown == list(
        zip(("LOAD", "STREAM", "WRITE"), microseconds[:3], microseconds[3:], strict=True)
    )
    assert [one[1] for one in slices(events, "program") if one[0] == 0][:2] == ["LOAD", "STREAM"]
