"""Do the operations beside the lanes compute what their definitions say, within their formats?"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.arith import fixed_point
from qpim_emu.errors import LayerError
from qpim_emu.oracle.operations import fixed_point as by_steps
from qpim_emu.oracle.operations import reference_operation
from qpim_emu.oracle.operations.dispatch import DEFINITIONS
from qpim_emu.workload import operations
from qpim_emu.workload.operations import Lookup, Movement, Operation, Repeat
from tests.oracles.operation_cases import KINDS, OperationCase, operation_cases

RAWS = st.integers(-(2**31) + 1, 0) | st.integers(0, 30).map(lambda bit: -(2**bit))
EXACT = 2**31


def concrete_operations() -> set[str]:
    """Names of the exported operations that can be made."""
    exported = [getattr(operations, name) for name in operations.__all__]
    kinds = [kind for kind in exported if isinstance(kind, type) and issubclass(kind, Operation)]
    return {kind.__name__ for kind in kinds} - {"Operation", "Movement"}


def test_every_operation_has_a_definition_and_cases() -> None:
    assert concrete_operations() == set(DEFINITIONS) == set(KINDS)


@pytest.mark.parametrize("name", sorted(KINDS))
@given(data=st.data())
def test_operation_follows_its_definition(name: str, data: st.DataObject) -> None:
    case: OperationCase = data.draw(operation_cases(name=name))
    operation = case.operation
    given_codes = [array.copy() for array in case.codes]
    computed = operation.compute(*case.codes)
    assert operation.inputs == len(case.codes)
    assert computed.dtype == np.int64
    assert computed.shape[1:] == operation.output_shape(*case.shapes)
    assert operation.output_format(*case.formats).find_outside(computed).size == 0
    np.testing.assert_array_equal(computed, reference_operation(operation, *case.codes))
    for before, after in zip(given_codes, case.codes, strict=True):
        np.testing.assert_array_equal(before, after)  # inputs stay as they are


@pytest.mark.parametrize(
    "name", sorted(n for n in KINDS if issubclass(getattr(operations, n), Movement))
)
@given(data=st.data())
def test_movements_carry_whatever_belongs_to_a_code(name: str, data: st.DataObject) -> None:
    # Numbers that no two elements share show where each element went; nothing is lost or doubled.
    case: OperationCase = data.draw(operation_cases(name=name))
    operation = case.operation
    assert isinstance(operation, Movement)
    ends = np.cumsum([array.size for array in case.codes])
    labels = [
        np.arange(end - array.size, end).reshape(array.shape)
        for end, array in zip(ends, case.codes, strict=True)
    ]
    moved = operation.move(*labels, fill=-1)
    everything = np.concatenate([array.reshape(-1) for array in case.codes])
    expected = np.where(moved == -1, operation.fill_code, everything[moved])
    np.testing.assert_array_equal(operation.compute(*case.codes), expected)
    kept = moved[moved != -1]
    copies = math.prod(operation.counts) if isinstance(operation, Repeat) else 1
    assert set(np.unique(kept, return_counts=True)[1].tolist()) <= {copies}


def test_unknown_operation_is_refused() -> None:
    class Foreign(operations.Relu):
        """An operation the oracle has not heard of."""

    with pytest.raises(LayerError, match=r"operation must be one of .* got Foreign"):
        reference_operation(Foreign(), [[1]])


@pytest.mark.parametrize(("exponent", "constant"), fixed_point.EXP_OF_MINUS_POWERS.items())
def test_constants_of_the_exponential(exponent: int, constant: int) -> None:
    assert constant == by_steps.exp_constant(-(Fraction(2) ** exponent))


@given(raw=RAWS, bits=st.integers(0, 5))
def test_exponential_in_fixed_point(raw: int, bits: int) -> None:
    computed = int(fixed_point.exp_of_negative(np.array([raw]), integer_bits=bits)[0])
    assert computed == by_steps.exp_of_negative(raw, bits)
    assert abs(computed / EXACT - math.exp(raw / 2 ** (31 - bits))) < 3e-7


@given(raw=RAWS, sign=st.sampled_from([-1, 1]), bits=st.integers(0, 4))
def test_logistic_and_tanh_in_fixed_point(raw: int, sign: int, bits: int) -> None:
    raw *= sign
    x = raw / 2 ** (31 - bits)
    logistic = int(fixed_point.logistic(np.array([raw]), integer_bits=bits)[0])
    tanh = int(fixed_point.tanh(np.array([raw]), integer_bits=bits)[0])
    assert logistic == by_steps.logistic(raw, bits)
    assert tanh == by_steps.tanh(raw, bits)
    assert abs(logistic / EXACT - 1 / (1 + math.exp(-x))) < 3e-7
    assert abs(tanh / EXACT - math.tanh(x)) < 3e-7


@given(raw=st.integers(1, 2**31 - 1) | st.integers(0, 30).map(lambda b: 2**b))
def test_reciprocal_in_fixed_point(raw: int) -> None:
    significand, power = fixed_point.reciprocal(np.array([raw]), integer_bits=12)
    assert (int(significand[0]), int(power[0])) == by_steps.reciprocal(raw, 12)
    real = 1 / (raw / 2**19)
    assert int(significand[0]) / EXACT / 2.0 ** int(power[0]) == pytest.approx(real, rel=1e-6)


@pytest.mark.parametrize("scale", [0.001, 0.03, 1 / 16, 0.4, 3.0, 7.9])
@pytest.mark.parametrize("zero_point", [-128, -7, 0, 127])
def test_tables_follow_the_functions(scale: float, zero_point: int) -> None:
    codes = np.arange(-128, 128)
    real = np.clip((codes - zero_point) * float(np.float32(scale)), -20, 20)
    sigmoid = Lookup.sigmoid(input_scale=scale, input_zero_point=zero_point)
    tanh = Lookup.tanh(input_scale=scale, input_zero_point=zero_point)
    for table, value in (
        (sigmoid.table, 256 / (1 + np.exp(-real)) - 128),
        (tanh.table, 128 * np.tanh(real)),
    ):
        assert np.abs(np.array(table) - np.clip(value, -128, 127)).max() <= 0.5 + 1e-3
