"""Are the tables of 16-bit functions what fractions, rounded where floats round, make of them?"""

from __future__ import annotations

import numpy as np
import pytest

from qpim_emu.arith.interpolation import (
    TableFloat,
    exp_table,
    interpolated,
    reciprocal_table,
    sigmoid_table,
)
from qpim_emu.oracle.operations.interpolation import (
    exp_entry,
    looked_up,
    reciprocal_entry,
    sigmoid_entry,
)
from qpim_emu.workload.operations import Lookup

DIGITS = {TableFloat.FLOAT32: 24, TableFloat.FLOAT64: 53}
CODES = np.arange(-32768, 32768)


@pytest.mark.parametrize("table_float", TableFloat)
def test_every_entry(table_float: TableFloat) -> None:
    digits = DIGITS[table_float]
    assert exp_table(table_float).tolist() == [exp_entry(digits, i) for i in range(513)]
    entries = [reciprocal_entry(digits, i) for i in range(513)]
    assert reciprocal_table(table_float).tolist() == entries


def test_floats_of_either_width_differ_in_two_entries() -> None:
    narrow, wide = (reciprocal_table(each) for each in TableFloat)
    assert np.flatnonzero(narrow != wide).tolist() == [160, 294]
    assert (narrow[[160, 294]].tolist(), wide[[160, 294]].tolist()) == (
        [24966, 20816],
        [24967, 20815],
    )
    assert (exp_table(TableFloat.FLOAT32) == exp_table(TableFloat.FLOAT64)).all()


def test_entries_are_functions_of_reals() -> None:
    places = np.linspace(-10, 0, 513)
    assert np.abs(exp_table(TableFloat.FLOAT32) - 32767.5 * np.exp(places)).max() < 1.5
    places = np.linspace(0, 1, 513)
    assert np.abs(reciprocal_table(TableFloat.FLOAT32) - 32767.5 / (1 + places)).max() < 1.5


def test_between_entries() -> None:
    table = exp_table(TableFloat.FLOAT32)
    codes = CODES[::37]
    expected = [looked_up(int(code), lambda i: int(table[i])) for code in codes]
    assert interpolated(codes, table).tolist() == expected


def test_logistic_table() -> None:
    assert sigmoid_table().tolist() == [sigmoid_entry(i) for i in range(256)]
    assert sigmoid_table()[[0, 1, 2, 24, 254, 255]].tolist() == [
        32768,
        33451,
        34133,
        47911,
        65534,
        65535,
    ]


def logistic(code: int, multiplier: int, shift: int) -> int:
    """The logistic function of one code, step by step."""
    argument = (code * multiplier + (2**shift) // 2) // 2**shift
    index, rest = divmod(abs(argument), 512)
    if index >= 255:
        value = 32767 * 1024
    else:
        here, behind = sigmoid_entry(index), sigmoid_entry(index + 1)
        value = here * 512 + rest * (behind - here)
    value = value + 512 if argument >= 0 else 2**25 - value + 511
    return value // 1024


def tangent(code: int, multiplier: int, shift: int) -> int:
    """The hyperbolic tangent of one code, step by step."""
    argument = (code * multiplier + (2**shift) // 2) // 2**shift
    index, rest = divmod(abs(argument), 256)
    if index >= 255:
        value = 65535 * 256
    else:
        here, behind = sigmoid_entry(index), sigmoid_entry(index + 1)
        value = here * 256 + rest * (behind - here)
    value = value - 2**23 + 128 if argument >= 0 else -value + 2**23 + 127
    return value // 256


@pytest.mark.parametrize(
    ("scale", "of_logistic", "of_tanh"),
    [
        (2.0**-12, (3, 0), (3, 0)),
        (2.0**-11, (24576, 12), (6, 0)),
        (0.001, (25165, 11), (25165, 11)),
        (2.5, (30720, 0), (30720, 0)),
        (1e-9, (26388, 31), (26388, 31)),
    ],
)
def test_every_code(scale: float, of_logistic: tuple[int, int], of_tanh: tuple[int, int]) -> None:
    codes = CODES[::17]
    for table, function, constants in (
        (Lookup.sigmoid16(input_scale=scale), logistic, of_logistic),
        (Lookup.tanh16(input_scale=scale), tangent, of_tanh),
    ):
        expected = [function(int(code), *constants) for code in codes]
        assert table.compute(codes).tolist() == expected


def test_functions_of_reals() -> None:
    real = CODES / 4096
    sigmoid = np.array(Lookup.sigmoid16(input_scale=2.0**-12).table)
    tanh = np.array(Lookup.tanh16(input_scale=2.0**-12).table)
    assert np.abs(sigmoid - 32768 / (1 + np.exp(-real))).max() < 1.2
    assert np.abs(tanh - 32768 * np.tanh(real)).max() < 2.2
