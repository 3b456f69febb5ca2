"""Does every requantize preset say how to do every operation, as engines were measured to?"""

from __future__ import annotations

import pytest

from qpim_emu.arith.scales import PRESETS as RULES
from qpim_emu.arith.scales import ScaleRule
from qpim_emu.errors import InputError
from qpim_emu.frontends.presets import PRESETS, Operation, rule_of


@pytest.mark.parametrize("preset", PRESETS)
def test_every_operation_has_a_rule(preset: str) -> None:
    assert {rule_of(preset, operation) for operation in Operation} <= set(RULES)


def test_fully_connected_layers_are_where_engines_part() -> None:
    modes = {
        preset: str(RULES[rule_of(preset, Operation.LINEAR_PER_TENSOR)].mode) for preset in PRESETS
    }
    assert modes == {
        "tflm": "q31_double",
        "tflm-f32": "q31_double",
        "litert-ref": "f64_away",
        "onnxruntime": "f32_even",
        "onnx-reference": "f_even_zp_in",
        "torch-fbgemm": "f32_even",
    }
    assert rule_of("litert-ref", Operation.CONV) == rule_of("tflm", Operation.CONV)
    assert rule_of("litert-ref", Operation.CONV_16X8) == rule_of("tflm", Operation.CONV_16X8)


def test_sources_of_tflm_multiply_one_weight_scale_in_float32() -> None:
    differ = [
        operation
        for operation in Operation
        if rule_of("tflm", operation) != rule_of("tflm-f32", operation)
    ]
    assert differ == [Operation.LINEAR_PER_TENSOR, Operation.LINEAR_16X8_PER_TENSOR]
    for operation in differ:
        assert RULES[rule_of("tflm", operation)].rule is ScaleRule.DOUBLE
        assert RULES[rule_of("tflm-f32", operation)].rule is ScaleRule.PRODUCT_F32


def test_other_names_are_refused() -> None:
    with pytest.raises(InputError, match=r"requantize preset must be one of tflm, .*, got 'TFLM'"):
        rule_of("TFLM", Operation.CONV)
