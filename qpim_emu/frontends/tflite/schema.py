"""The part of the TensorFlow Lite schema that is read: slots of its tables, by number.

Source: ``schema.fbs`` of TensorFlow Lite, version 3; the numbers count the fields in their order
(a union takes two). Only what `qpim_emu.frontends.tflite.parsing` and the readers of operators
look at is listed, so that only that must be sound.
"""

from __future__ import annotations

from qpim_emu.frontends.tflite.flatbuffer import Numbers, Scalar, Table, Tables, Text, Union

__all__ = ["MODEL", "OPTIONS"]

BYTE, SHORT, INT, LONG = Scalar(1), Scalar(2), Scalar(4), Scalar(8)
BYTES, INTS, LONGS = Numbers(1), Numbers(4), Numbers(8)
TEXT = Text()

OPTIONS = {
    "CONV_2D": (
        "Conv2DOptions",
        Table({0: BYTE, 1: INT, 2: INT, 3: BYTE, 4: INT, 5: INT, 6: BYTE}),
    ),
    "DEPTHWISE_CONV_2D": (
        "DepthwiseConv2DOptions",
        Table({0: BYTE, 1: INT, 2: INT, 3: INT, 4: BYTE, 5: INT, 6: INT}),
    ),
    "FULLY_CONNECTED": (
        "FullyConnectedOptions",
        Table({0: BYTE, 1: BYTE, 2: BYTE, 3: BYTE, 4: BYTE}),
    ),
    "ADD": ("AddOptions", Table({0: BYTE, 1: BYTE})),
    "SUB": ("SubOptions", Table({0: BYTE, 1: BYTE})),
    "MUL": ("MulOptions", Table({0: BYTE})),
    "AVERAGE_POOL_2D": (
        "Pool2DOptions",
        Table({0: BYTE, 1: INT, 2: INT, 3: INT, 4: INT, 5: BYTE}),
    ),
    "MAX_POOL_2D": (
        "Pool2DOptions",
        Table({0: BYTE, 1: INT, 2: INT, 3: INT, 4: INT, 5: BYTE}),
    ),
    "SOFTMAX": ("SoftmaxOptions", Table({0: INT})),
    "CONCATENATION": ("ConcatenationOptions", Table({0: INT, 1: BYTE})),
    "MEAN": ("ReducerOptions", Table({0: BYTE})),
    "STRIDED_SLICE": (
        "StridedSliceOptions",
        Table({0: INT, 1: INT, 2: INT, 3: INT, 4: INT, 5: BYTE}),
    ),
}
"""Options of operators, by operator: name of the table, and its slots."""

UNION_NUMBERS = {
    "Conv2DOptions": 1,
    "DepthwiseConv2DOptions": 2,
    "Pool2DOptions": 5,
    "FullyConnectedOptions": 8,
    "SoftmaxOptions": 9,
    "ConcatenationOptions": 10,
    "AddOptions": 11,
    "MulOptions": 21,
    "ReducerOptions": 27,
    "SubOptions": 28,
    "StridedSliceOptions": 32,
}
"""Members of the union BuiltinOptions."""

QUANTIZATION = Table({2: Numbers(4), 3: LONGS, 4: BYTE, 6: INT})
SPARSITY = Table({})
TENSOR = Table({0: INTS, 1: BYTE, 2: INT, 3: TEXT, 4: QUANTIZATION, 5: BYTE, 6: SPARSITY, 7: INTS})
OPERATOR = Table(
    {
        0: INT,
        1: INTS,
        2: INTS,
        3: BYTE,
        4: Union(3, {UNION_NUMBERS[name]: table for name, table in OPTIONS.values()}),
    }
)
SUBGRAPH = Table({0: Tables(TENSOR), 1: INTS, 2: INTS, 3: Tables(OPERATOR), 4: TEXT})
BUFFER = Table({0: BYTES, 1: LONG, 2: LONG})
OPERATOR_CODE = Table({0: BYTE, 1: TEXT, 2: INT, 3: INT})
MODEL = Table({0: INT, 1: Tables(OPERATOR_CODE), 2: Tables(SUBGRAPH), 3: TEXT, 4: Tables(BUFFER)})
"""The root of a file."""
