"""Models of TensorFlow Lite to read: those of MLPerf Tiny, if they are there, and a small one."""

from __future__ import annotations

import numpy as np

from tests.frontends.tflite_models import Op, Tensor, make_model
from tests.project.repository import ROOT

__all__ = ["MODELS", "whole_network"]

MODELS = {
    name: ROOT.parent / "shared" / "models" / f"mlperf_tiny_{name}_int8.tflite"
    for name in ("resnet8", "kws", "vww", "ad")
}


def whole_network() -> bytes:
    """Write a network from floats to floats: QUANTIZE, CONV_2D, RESHAPE, SOFTMAX, DEQUANTIZE."""
    rng = np.random.default_rng(0)
    tensors = [
        Tensor(name="pixels", shape=(1, 4, 5, 3), type="FLOAT32"),
        Tensor(name="codes", shape=(1, 4, 5, 3), scale=0.05, zero_point=3),
        Tensor(
            name="weights", shape=(2, 3, 3, 3), scale=0.01, data=rng.integers(-9, 9, (2, 3, 3, 3))
        ),
        Tensor(name="bias", shape=(2,), type="INT32", scale=0.0005, data=np.array([5, -70])),
        Tensor(name="features", shape=(1, 2, 3, 2), scale=0.1, zero_point=-4),
        Tensor(name="shape", shape=(2,), type="INT32", data=np.array([1, 12])),
        Tensor(name="flat", shape=(1, 12), scale=0.1, zero_point=-4),
        Tensor(name="chances", shape=(1, 12), scale=1 / 256, zero_point=-128),
        Tensor(name="reals", shape=(1, 12), type="FLOAT32"),
    ]
    operators = [
        Op(kind="QUANTIZE", inputs=[0], outputs=[1]),
        Op(
            kind="CONV_2D",
            inputs=[1, 2, 3],
            outputs=[4],
            options={
                "padding": 1,
                "strideH": 1,
                "strideW": 1,
                "dilationHFactor": 1,
                "dilationWFactor": 1,
            },
        ),
        Op(kind="RESHAPE", inputs=[4, 5], outputs=[6]),
        Op(kind="SOFTMAX", inputs=[6], outputs=[7], options={"beta": 1.0}),
        Op(kind="DEQUANTIZE", inputs=[7], outputs=[8]),
    ]
    return make_model(tensors, operators, inputs=[0], outputs=[8])
