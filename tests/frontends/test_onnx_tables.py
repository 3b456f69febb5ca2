"""Are the float steps behind tables those of the engines, rounding by rounding?"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import onnxruntime
import pytest

from qpim_emu.arith.formats import UInt
from qpim_emu.frontends.onnx.averages import codes_of
from qpim_emu.frontends.onnx.fused import multiply_add
from qpim_emu.frontends.onnx.quantization import Quantization
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.onnx.unary import ERROR, logistic
from qpim_emu.frontends.onnx.values import Target
from tests.crosscheck.onnx_models import Builder

ONE = np.float32(1)


def nearest(exact: Fraction) -> np.float32:
    """Round a fraction to float32, ties to even."""
    guess = np.float32(float(exact))
    around = [np.nextafter(guess, np.float32(end)) for end in (-np.inf, np.inf)]
    return min(
        [guess, *around],
        key=lambda x: (abs(Fraction(float(x)) - exact), int(x.view(np.uint32)) & 1),
    )


def test_fused_multiply_add_rounds_once() -> None:
    rng = np.random.default_rng(0)
    numbers = (rng.normal(0, 1, (3, 3000)) * 2.0 ** rng.integers(-30, 30, (3, 3000))).astype(
        np.float32
    )
    for a, b, c, got in zip(*numbers, multiply_add(*numbers), strict=True):
        assert got == nearest(Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c)))


def test_fused_multiply_add_next_to_a_tie() -> None:
    # 2**-24 - 2**-60 above 1 + 2**-23: float64 makes a tie of it, which would round up.
    first = np.float32(2.0**-24) * (ONE + np.float32(2.0**-18))
    second, third = ONE - np.float32(2.0**-18), ONE + np.float32(2.0**-23)
    assert multiply_add(first, second, third) == third
    assert np.float32(float(first) * float(second) + float(third)) != third


def by(scale: float, zero_point: int) -> Quantization:
    """A quantization of uint8."""
    return Quantization(
        format=UInt(8), scale=np.array([scale], np.float32), zero_point=np.array([zero_point])
    )


def test_averages_by_hand() -> None:
    # Sums of two codes: half of each, 3 added, halves to even.
    target = Target(name="y", quantization=by(0.5, 3))
    assert codes_of(range(-2, 6), 2, target, by(0.5, 10)) == [2, 2, 3, 4, 4, 4, 5, 6]


def test_averages_beside_ties_are_refused() -> None:
    target = Target(name="y", quantization=by(0.3, 3))
    with pytest.raises(RefusedError, match="add up to 1 above the zero point lies so near"):
        codes_of(range(6), 2, target, by(0.3, 10))
    assert codes_of(range(6), 3, target, by(0.3, 10)) == [3, 3, 4, 4, 4, 5]


def test_averages_of_any_scales_stay_codes() -> None:
    target = Target(name="y", quantization=by(2.0**-100, 3))
    assert codes_of(range(-1, 2), 4, target, by(2.0**100, 10)) == [0, 3, 255]


@pytest.mark.extended
@pytest.mark.parametrize(("name", "exact"), [("Sigmoid", logistic), ("Tanh", np.tanh)])
def test_approximations_err_less_than_tables_allow(name: str, exact: np.ufunc) -> None:
    built = Builder()
    built.node(name, [built.input("x", "float", ("n",))], "y")
    built.output("y", "float")
    session = onnxruntime.InferenceSession(built.model().SerializeToString())
    rng = np.random.default_rng(0)
    for magnitude in np.linspace(-6, 2, 33):
        reals = (rng.normal(0, 1, 200_000) * 10.0**magnitude).astype(np.float32)
        got = session.run(None, {"x": reals})[0].astype(np.float64)
        assert np.abs(got - exact(reals.astype(np.float64))).max() < ERROR
    assert session.run(None, {"x": np.zeros(9, np.float32)})[0].tolist() == [exact(np.zeros(1))] * 9
