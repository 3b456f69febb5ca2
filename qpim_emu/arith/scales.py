"""The real multiplier of a requantization, computed as the frameworks do, to the bit.

It is ``input_scale * weight_scale / output_scale``. Frameworks agree on the formula and differ
in the float it is computed in; `ScaleRule` names the ways, and `PRESETS` says who does which,
together with the mode that consumes the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.requantize.mode import Mode
from qpim_emu.errors import InputError, LayerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from qpim_emu.typing import FloatArray

__all__ = ["PRESETS", "Preset", "ScaleRule", "effective_scale", "real_numbers"]


class ScaleRule(StrEnum):
    """Which float the effective scale is computed in."""

    DOUBLE = "double"
    """``f64(input) * f64(weight) / f64(output)``, each step rounded to float64."""

    PRODUCT_F32 = "product_f32"
    """``f64(f32(input * weight)) / f64(output)``: the product is rounded to float32 first."""

    F32 = "f32"
    """``f32(f32(input * weight) / output)``: both steps rounded to float32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """How a framework requantizes: the mode, the float of its scales, and where it says so."""

    mode: Mode
    rule: ScaleRule
    source: str


PER_CHANNEL = "PopulateConvolutionQuantizationParams"
PER_TENSOR = "GetQuantizedConvolutionMultipler (sic) of TFLite Micro's sources, commit 90b983c2"

PRESETS: Mapping[str, Preset] = {
    "tflite": Preset(mode=Mode.Q31_DOUBLE, rule=ScaleRule.DOUBLE, source=PER_CHANNEL),
    "tflite_linear_per_tensor": Preset(
        mode=Mode.Q31_DOUBLE, rule=ScaleRule.PRODUCT_F32, source=PER_TENSOR
    ),
    "tflite_single": Preset(mode=Mode.Q31_SINGLE, rule=ScaleRule.DOUBLE, source=PER_CHANNEL),
    "tflite_single_linear_per_tensor": Preset(
        mode=Mode.Q31_SINGLE, rule=ScaleRule.PRODUCT_F32, source=PER_TENSOR
    ),
    "tflite_16x8": Preset(mode=Mode.Q15_ACC64, rule=ScaleRule.DOUBLE, source=PER_CHANNEL),
    "tflite_16x8_linear_per_tensor": Preset(
        mode=Mode.Q15_ACC64, rule=ScaleRule.PRODUCT_F32, source=PER_TENSOR
    ),
    "litert_linear_reference": Preset(
        mode=Mode.F64_AWAY,
        rule=ScaleRule.DOUBLE,
        source="LiteRT reference/integer_ops/fully_connected.h, overloads taking scales",
    ),
    "onnxruntime": Preset(
        mode=Mode.F32_EVEN, rule=ScaleRule.F32, source="QLinearConv, QLinearMatMul: output_scales"
    ),
    "fbgemm": Preset(
        mode=Mode.F32_EVEN, rule=ScaleRule.F32, source="PyTorch qconv, qlinear: output multipliers"
    ),
    "onnx_reference": Preset(
        mode=Mode.F_EVEN_ZP_IN, rule=ScaleRule.F32, source="onnx/reference/ops/op_qlinear_*.py"
    ),
}
"""What the known frameworks do (TFLite stands for TFLite Micro as well).

``tflite`` and ``tflite_16x8`` are convolutions and fully-connected layers as TFLite Micro's build
0.dev20261023182759 was measured to compute them, and LiteRT's convolutions. TFLite Micro's sources,
commit 90b983c2, multiply the scales of a fully-connected layer with one weight scale in float32
(``..._linear_per_tensor``).
"""


def real_numbers(value: ArrayLike, *, field: str) -> NDArray[np.generic]:
    """Read an array of real numbers, refusing everything that NumPy would make a number of.

    Raises
    ------
    LayerError
        If `value` is anything else, text and truth values included.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.empty(0, object)
    if array.dtype.kind == "O" and all(isinstance(number, Real) for number in array.flat):
        array = array.astype(np.float64)
    if array.dtype.kind not in "iuf":
        msg = f"{field} must be a number or one per filter, got {value!r}"
        raise LayerError(msg)
    return array


def effective_scale(
    input_scale: ArrayLike, weight_scale: ArrayLike, output_scale: ArrayLike, *, rule: ScaleRule
) -> FloatArray:
    """Compute ``input_scale * weight_scale / output_scale`` in the floats of `rule`.

    Parameters
    ----------
    input_scale, weight_scale, output_scale
        Scalars, or as many as there are filters; rounded to float32 first, as model files hold
        them.
    rule
        Which float each step is rounded to.

    Returns
    -------
    float64 array
        Broadcast shape of the arguments (``()`` for scalars).

    Raises
    ------
    InputError
        If a scale is no real number, their shapes do not fit together, or the result is not
        finite and positive.
    """
    scales = {
        "input_scale": real_numbers(input_scale, field="input_scale"),
        "weight_scale": real_numbers(weight_scale, field="weight_scale"),
        "output_scale": real_numbers(output_scale, field="output_scale"),
    }
    shapes = [scale.shape for scale in scales.values()]
    if max(map(len, shapes)) > 1 or len({shape for shape in shapes if shape != ()}) > 1:
        msg = f"{', '.join(scales)} must be scalars or one per filter, got shapes {shapes}"
        raise InputError(msg)
    with np.errstate(all="ignore"):
        x, w, y = (scale.astype(np.float32) for scale in scales.values())
        if rule is ScaleRule.DOUBLE:
            scale = x.astype(np.float64) * w.astype(np.float64) / y.astype(np.float64)
        elif rule is ScaleRule.PRODUCT_F32:
            scale = (x * w).astype(np.float64) / y.astype(np.float64)
        else:
            scale = (x * w / y).astype(np.float64)
    wrong = ~(np.isfinite(scale) & (scale > 0))
    if wrong.any():
        msg = f"effective scale must be finite and positive, got {float(scale[wrong][0])}"
        raise InputError(msg)
    return np.asarray(scale)
