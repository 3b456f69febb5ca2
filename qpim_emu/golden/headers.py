"""The parameters of a layer as SystemVerilog and as C, for those who compile them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.golden.parameters import filter_records, layer_scalars, threshold_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.golden.sink import Sink
    from qpim_emu.mapping.plan import Plan

__all__ = ["c_header", "systemverilog_header", "write_headers"]

ARRAYS = {
    "bias": (64, "int64_t"),
    "w_zero": (20, "int32_t"),
    "multiplier": (32, "int32_t"),
    "shift": (8, "int8_t"),
    "addend": (64, "int64_t"),
    "scale": (64, "uint64_t"),
    "offset": (32, "int32_t"),
    "zero_point": (32, "int32_t"),
}
"""Bits of a constant in SystemVerilog, and its type in C."""

NOTE = "Parameters of one layer, named as in layer.txt and filters.txt."


def write_headers(sink: Sink, folder: str, plan: Plan) -> None:
    """Write ``parameters.svh`` and ``parameters.h``."""
    sink.write(f"{folder}/parameters.svh", systemverilog_header(plan))
    sink.write(f"{folder}/parameters.h", c_header(plan))


def arrays_of(plan: Plan) -> Iterator[tuple[str, int, str, list[int]]]:
    """(name, bits, C type, one value per filter) of every array."""
    records = list(filter_records(plan))
    for name, (bits, kind) in ARRAYS.items():
        yield name, bits, kind, [record[name] for record in records]
    thresholds = [threshold for _, _, threshold in threshold_records(plan)]
    if thresholds:
        yield "threshold", 64, "int64_t", thresholds


def systemverilog_header(plan: Plan) -> str:
    """Scalars as localparams; arrays packed, the value of filter 0 in the lowest bits."""
    lines = [f"// {NOTE}"]
    lines += [
        f"localparam longint QPIM_{name.upper()} = {value};"
        for name, value in layer_scalars(plan).items()
    ]
    for name, bits, _, values in arrays_of(plan):
        digits = -(-bits // 4)
        texts = [f"{bits}'h{value % (1 << bits):0{digits}x}" for value in reversed(values)]
        size = f"[{len(values) * bits - 1}:0]"
        lines.append(f"localparam logic {size} QPIM_{name.upper()} = {{{', '.join(texts)}}};")
    return "\n".join(lines) + "\n"


def c_header(plan: Plan) -> str:
    """Scalars as macros, arrays as constants."""
    lines = [f"/* {NOTE} */", "#include <stdint.h>"]
    lines += [
        f"#define QPIM_{name.upper()} INT64_C({value})"
        for name, value in layer_scalars(plan).items()
    ]
    for name, bits, kind, values in arrays_of(plan):
        texts = (c_literal(value, bits, kind) for value in values)
        lines.append(f"static const {kind} qpim_{name}[{len(values)}] = {{{', '.join(texts)}}};")
    return "\n".join(lines) + "\n"


def c_literal(value: int, bits: int, kind: str) -> str:
    """A constant that a C compiler takes as it is; the smallest int64 has no literal."""
    if kind.startswith("u"):
        return f"UINT64_C(0x{value:016x})"
    if value == -(1 << bits - 1) and bits == 64:  # noqa: PLR2004 - of int64_t
        return "INT64_MIN"
    return str(value) if bits < 64 else f"INT64_C({value})"  # noqa: PLR2004
