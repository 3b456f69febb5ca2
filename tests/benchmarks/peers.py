"""Products of 8-bit integers by other libraries, at their best: what they get, and how.

Both compute ``[M, K] x [K, N]`` of the same products as the fast tier does, on operands that were
unfolded beforehand and into memory that exists, with as many threads as there are processors.

``torch._int_mm``
    Of signed or unsigned codes (the processor multiplies unsigned by signed ones, so that signed
    ones cost it a correction), weights in rows or in columns; it packs them in every call.
``MatMulInteger`` of ONNX Runtime
    Of unsigned codes and signed weights, the types its kernels for x86 take as they are. One graph
    with a node for each product, so that a pass is one call; weights are initialisers, which a
    session packs once; inputs and outputs are bound, so that nothing is copied; threads spin
    between nodes or sleep.

Of each library's ways the fastest on this machine is taken, by the best of `TRIALS` passes.
"""

from __future__ import annotations

import time
from functools import partial
from importlib import import_module
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.benchmarks.bare import random_table
from tests.benchmarks.peaks import THREADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from tests.benchmarks.bare import Products

__all__ = ["onnxruntime_products", "torch_products", "unfolded"]

TRIALS = 3
OPSET = 13


def unfolded(parts: Sequence[Products]) -> list[NDArray[np.uint8]]:
    """Random codes ``[vectors, depth]`` of 7 bits, the same signed or unsigned."""
    rng = np.random.default_rng(2)
    return [rng.integers(0, 128, (part.vectors, part.depth), np.uint8) for part in parts]


def fastest(candidates: Iterable[Callable[[], object]]) -> Callable[[], object]:
    """The one that takes least time; what the others hold is freed as soon as possible."""
    best, least = None, float("inf")
    for candidate in candidates:
        candidate()
        seconds = least_seconds(candidate)
        if seconds < least:
            best, least = candidate, seconds
    assert best is not None
    return best


def least_seconds(function: Callable[[], object]) -> float:
    """Seconds of the best of some calls."""
    found = []
    for _ in range(TRIALS):
        begun = time.perf_counter()
        function()
        found.append(time.perf_counter() - begun)
    return min(found)


def torch_products(
    parts: Sequence[Products], codes: Sequence[NDArray[np.uint8]]
) -> Callable[[], object]:
    """All products by torch.

    Raises
    ------
    ImportError
        If torch is not installed.
    """
    torch = import_module("torch")
    torch.set_num_threads(THREADS)
    outputs = [torch.empty((part.vectors, part.residents), dtype=torch.int32) for part in parts]
    tables = [torch.from_numpy(random_table(part).astype(np.int8)) for part in parts]
    ways: list[Callable[[], object]] = []
    for kind, turned in product((np.int8, np.uint8), (False, True)):
        streamed = [torch.from_numpy(part.view(kind)) for part in codes]
        resident = [part.t() if turned else part.t().contiguous() for part in tables]
        ways.append(partial(multiply_each, torch, streamed, resident, outputs))
    return fastest(way for way in ways if is_supported(way))


def multiply_each(torch: Any, streamed: list[Any], resident: list[Any], outputs: list[Any]) -> None:  # noqa: ANN401
    """Call torch for every product."""
    for left, right, out in zip(streamed, resident, outputs, strict=True):
        torch._int_mm(left, right, out=out)  # noqa: SLF001 - its one name


def is_supported(way: Callable[[], object]) -> bool:
    """Whether this version of torch takes these types."""
    try:
        way()
    except RuntimeError:
        return False
    return True


def onnxruntime_products(
    parts: Sequence[Products], codes: Sequence[NDArray[np.uint8]]
) -> Callable[[], object]:
    """All products by ONNX Runtime.

    Raises
    ------
    ImportError
        If onnx or onnxruntime is not installed.
    """
    model = model_of(parts)
    return fastest(session_of(model, parts, codes, spinning) for spinning in ("0", "1"))


def model_of(parts: Sequence[Products]) -> bytes:
    """A graph that multiplies every input with weights of its own."""
    onnx = import_module("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    nodes, inputs, outputs, weights = [], [], [], []
    for i, part in enumerate(parts):
        nodes.append(helper.make_node("MatMulInteger", [f"codes{i}", f"table{i}"], [f"sums{i}"]))
        shape = part.vectors, part.depth
        inputs.append(helper.make_tensor_value_info(f"codes{i}", kinds.UINT8, shape))
        shape = part.vectors, part.residents
        outputs.append(helper.make_tensor_value_info(f"sums{i}", kinds.INT32, shape))
        table = np.ascontiguousarray(random_table(part).T, np.int8)
        weights.append(onnx.numpy_helper.from_array(table, f"table{i}"))
    graph = helper.make_graph(nodes, "products", inputs, outputs, weights)
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model_gen_version(graph, opset_imports=[opset])
    found: bytes = model.SerializeToString()
    return found


def session_of(
    model: bytes, parts: Sequence[Products], codes: Sequence[NDArray[np.uint8]], spinning: str
) -> Callable[[], object]:
    """A session with everything bound."""
    ort = import_module("onnxruntime")
    options = ort.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.add_session_config_entry("session.intra_op.allow_spinning", spinning)
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    for i, (part, streamed) in enumerate(zip(parts, codes, strict=True)):
        binding.bind_ortvalue_input(f"codes{i}", ort.OrtValue.ortvalue_from_numpy(streamed))
        sums = ort.OrtValue.ortvalue_from_shape_and_type((part.vectors, part.residents), np.int32)
        binding.bind_ortvalue_output(f"sums{i}", sums)
    return partial(session.run_with_iobinding, binding)
