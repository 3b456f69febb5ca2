"""Does the compiled requantization give what the definitions in `arith` say, for every mode?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.arith.rounding import Rounding
from qpim_emu.engine.fast.drain import Pieces, chunks_of, in_chunks, lanes_of
from qpim_emu.engine.fast.kernels.chunks import CLAMPED, OVERFLOWS
from qpim_emu.engine.fast.kernels.draining import Drain, drain_sums
from qpim_emu.engine.fast.kernels.registers import Register
from qpim_emu.engine.fast.kernels.requantize import LANES, Coded, Later
from qpim_emu.engine.fast.units import unit_of
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Linear
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray, WordArray

FILTERS = 24
LIMITS = {"low": -(1 << 15), "high": (1 << 15) - 1}
NARROW = {"low": -100, "high": 90}


def layer_of(requantize: Requantize, bits: int) -> Linear:
    """A layer with this unit; its weights do not matter."""
    return Linear(
        weights=np.zeros((FILTERS, 1), np.int64),
        weight_type="int4",
        activation_type="int4",
        accumulator=Accumulator(bits=bits),
        requantize=requantize,
    )


def accumulators(bits: int, rng: np.random.Generator) -> IntArray:
    """All accumulators of up to 12 bits; else random ones of every size, and the extremes."""
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    if bits <= 12:
        values = np.arange(low, high + 1)
    else:
        sizes = rng.integers(0, bits, 2000)
        values = rng.integers(low, high, 2000, endpoint=True) >> sizes
        values[:6] = low, low + 1, -1, 0, high - 1, high
    return np.repeat(values[:, None], FILTERS, axis=1)


def integers(low: int, high: int, rng: np.random.Generator) -> IntArray:
    """One constant per filter, the extremes among them."""
    values = rng.integers(low, high, FILTERS, endpoint=True)
    values[:2] = low, high
    return values


def units(rng: np.random.Generator) -> dict[str, tuple[dict[str, Any], tuple[int, ...]]]:
    """Constants of every mode, and the accumulators to try it with."""
    points = integers(-(1 << 12), 1 << 12, rng)
    words = integers(-(1 << 31), (1 << 31) - 1, rng)
    fractions = integers(0, (1 << 31) - 1, rng)
    scales = np.exp2(rng.uniform(-30, 4, FILTERS))
    scales[:4] = 0.5, 0.25, 1.5, 2.0**-20
    sorted_thresholds = np.sort(rng.integers(-2000, 2000, (FILTERS, 15)), axis=1)
    return {
        **{
            f"shift {rounding}": (
                {"mode": "shift", "shift": integers(0, 40, rng), "rounding": rounding, **LIMITS},
                (12, 32, 48, 62),
            )
            for rounding in Rounding
        },
        "scale_bias_shift": (
            {
                "mode": "scale_bias_shift",
                "multiplier": integers(-(1 << 20), 1 << 20, rng),
                "addend": integers(-(1 << 40), 1 << 40, rng),
                "shift": integers(0, 62, rng),
                "zero_point": points,
                **LIMITS,
            },
            (12, 32, 40),
        ),
        "q31_double": (
            {
                "mode": "q31_double",
                "multiplier": words,
                "shift": integers(-31, 31, rng),
                "zero_point": points,
                **LIMITS,
            },
            (12, 32),
        ),
        "q31_single": (
            {
                "mode": "q31_single",
                "multiplier": fractions,
                "shift": integers(-30, 31, rng),
                "zero_point": points,
                **LIMITS,
            },
            (12, 32),
        ),
        "q15_acc64": (
            {
                "mode": "q15_acc64",
                "multiplier": fractions,
                "shift": integers(-7, 31, rng),
                "zero_point": points,
                **LIMITS,
            },
            (12, 32, 48),
        ),
        **{
            mode: ({"mode": mode, "scale": scales, "zero_point": points, **NARROW}, (12, 32, 53))
            for mode in ("f64_away", "f32_even", "f_even_zp_in")
        },
        "multithreshold": (
            {"mode": "multithreshold", "thresholds": sorted_thresholds, "offset": -3},
            (12, 64),
        ),
        "multithreshold, many": (
            {
                "mode": "multithreshold",
                "thresholds": np.sort(rng.integers(-(1 << 62), 1 << 62, (FILTERS, 100)), axis=1),
            },
            (12, 64),
        ),
        "multithreshold, one table": (
            {"mode": "multithreshold", "thresholds": sorted_thresholds[0], "offset": 2},
            (12, 64),
        ),
    }


NAMES = list(units(np.random.default_rng(0)))
SPANS = np.array([[0, 7], [7, FILTERS]])
BLOCKS = np.array([[[0, 7, 0], [7, 16, 1], [23, 1, 2]]])


def streams_of(vectors: int) -> IntArray:
    """Edges of streams of ever more vectors; each has a vault for every span."""
    return np.append(np.cumsum(np.arange(vectors)).clip(max=vectors - 1), vectors)


def drained(
    layer: Linear, totals: IntArray, kind: type[np.signedinteger[Any]]
) -> tuple[WordArray, IntArray]:
    """Codes of totals, in lanes as wide as `kind`, and how many the clamp changed by stream."""
    unit = unit_of(layer, np.arange(FILTERS), output_words=1, lane_bits=8 * np.dtype(kind).itemsize)
    assert isinstance(unit, Coded)
    zeros = np.zeros((1, FILTERS), np.int64)
    pieces = Pieces(np.array([0, len(totals)]), np.zeros(1, np.int64), zeros, BLOCKS)
    chunks = chunks_of(pieces, SPANS, LANES)
    columns = lanes_of(chunks, FILTERS).reshape(-1, LANES)
    streams = streams_of(len(totals))
    words = np.full((1, 3, len(totals), 1, LANES), 0xABCD, np.uint16)
    drain = Drain(
        edges=pieces.edges,
        columns=pieces.columns,
        chunks=chunks,
        register=Register(np.zeros((3, 2, LANES), np.int64), layer.accumulator.bits),
        unit=in_chunks(unit, columns),
        rows=np.arange(len(totals)),
        accumulators=np.zeros(totals.shape, kind),
        streams=streams,
        vaults=np.arange(2 * len(streams) - 2).reshape(-1, 2),
        events=np.zeros((2, 2 * len(streams) - 2), np.int64),
        words=words,
        word_bits=16,
    )
    drain_sums(drain, drain.events, totals, (0, len(totals)))
    np.testing.assert_array_equal(drain.accumulators, totals)
    assert not drain.events[OVERFLOWS].any()
    assert not words[0, 0, :, 0, 7:].any()
    assert not words[0, 2, :, 0, 1:].any()
    codes = np.concatenate(
        [words[0, 0, :, 0, :7], words[0, 1, :, 0], words[0, 2, :, 0, :1]], axis=1
    )
    return codes, drain.events[CLAMPED].reshape(-1, 2)


@pytest.mark.parametrize("name", NAMES)
def test_every_mode_is_the_definitions(name: str) -> None:
    rng = np.random.default_rng(NAMES.index(name))
    constants, widths = units(rng)[name]
    for bits in widths:
        for kind in (np.int32, np.int64):
            if bits > np.dtype(kind).itemsize * 8:
                continue
            given = dict(constants)
            if name.startswith("shift") and kind is np.int32:
                given["shift"] = np.minimum(given["shift"], 31)
            layer = layer_of(Requantize(**given), bits)
            totals = accumulators(bits, rng)
            codes, clamped = drained(layer, totals, kind)
            expected, changed = layer.requantize.apply(totals, filters=slice(None))
            where = f"{bits} bits in {kind.__name__}"
            np.testing.assert_array_equal(codes, expected.astype(np.uint16), err_msg=where)
            counts = np.stack([changed[:, slice(*span)].sum(axis=1) for span in SPANS], axis=1)
            sums = np.concatenate([np.zeros((1, 2), np.int64), counts.cumsum(axis=0)])
            counts = np.diff(sums[streams_of(len(totals))], axis=0)
            np.testing.assert_array_equal(clamped, counts, err_msg=where)


@pytest.mark.parametrize(
    ("constants", "bits", "words"),
    [
        ({"mode": "shift", "shift": -1, **LIMITS}, 32, 1),
        ({"mode": "shift", "shift": 63, **LIMITS}, 64, 1),
        ({"mode": "scale_bias_shift", "multiplier": 1 << 30, "shift": 5, **LIMITS}, 48, 1),
        ({"mode": "scale_bias_shift", "multiplier": 1, "shift": -1, **LIMITS}, 16, 1),
        ({"mode": "shift", "shift": 1, "low": 0, "high": 1 << 20}, 32, 2),
    ],
)
def test_what_may_leave_64_bits_is_left_to_the_definitions(
    constants: dict[str, Any], bits: int, words: int
) -> None:
    layer = layer_of(Requantize(**constants), bits)
    unit = unit_of(layer, np.arange(FILTERS), output_words=words, lane_bits=64)
    assert isinstance(unit, Later)
