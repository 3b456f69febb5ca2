"""A reader of value change dumps: signals by full name, each as its changes over time."""

from __future__ import annotations

__all__ = ["Signal", "read_vcd"]

Signal = list[tuple[int, int | None]]
"""(time, value) of every change; None is unknown."""


def read_vcd(text: str) -> tuple[dict[str, Signal], int]:
    """Read the signals of a dump and its last time; complain about anything out of order."""
    scopes: list[str] = []
    names: dict[str, str] = {}
    widths: dict[str, int] = {}
    header, _, body = text.partition("$enddefinitions $end\n")
    for line in header.splitlines():
        match line.split():
            case ["$scope", "module", name, "$end"]:
                scopes.append(name)
            case ["$upscope", "$end"]:
                scopes.pop()
            case ["$var", "wire", width, code, name, "$end"]:
                assert code not in names
                names[code] = ".".join([*scopes, name])
                widths[code] = int(width)
            case words:
                assert words[0] in {"$version", "$timescale"}
    assert scopes == []
    signals: dict[str, Signal] = {name: [] for name in names.values()}
    now = -1
    for line in body.splitlines():
        if line.startswith("#"):
            assert int(line[1:]) >= now
            now = int(line[1:])
            continue
        bits, code = line[1:].split() if line.startswith("b") else (line[0], line[1:])
        assert len(bits) <= widths[code]
        signals[names[code]].append((now, None if bits == "x" else int(bits, 2)))
    return signals, now
