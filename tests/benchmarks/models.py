"""How long does the machine take for a whole network, next to LiteRT's reference interpreter?

``python -m tests.benchmarks.models MODEL.tflite [batch]``, by default with 100 images a batch; the
figures that docs/performance.md gives are of MLPerf Tiny's ResNet-8. All come from one interleaved
run, per image, after every output of both has been found equal:

``LiteRT``
    Its interpreter with reference kernels, one thread: codes in, codes out.
``emulated``
    Fast tier on `PAPER`, counters and cycles included: one image by itself.
``batch``
    The same of a whole batch, divided by its images.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from ai_edge_litert import interpreter as litert

from tests.benchmarks.interleave import Times, print_ratios, take_times
from tests.benchmarks.tiny import emulate_model, open_model, random_codes

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.typing import IntArray

ROUNDS = 7


def litert_runner(path: Path) -> Callable[[IntArray], IntArray]:
    """A function from codes of one image, in the order of the file, to codes of the output."""
    interpreter = litert.Interpreter(
        model_path=str(path),
        experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF,
        num_threads=1,
    )
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]
    target = interpreter.get_output_details()[0]

    def run(codes: IntArray) -> IntArray:
        interpreter.set_tensor(source["index"], codes.astype(source["dtype"]))
        interpreter.invoke()
        output: IntArray = interpreter.get_tensor(target["index"]).astype(np.int64)
        return output

    return run


def main(path: str, batch: int = 100) -> None:
    """Run the comparison and print it."""
    place = Path(path)
    model = open_model(place)
    (name,) = model.network.inputs
    info, codes = model.tensors[name], random_codes(model, batch)
    target = model.network.outputs[0]
    run = litert_runner(place)
    one, held = codes[:1], info.to_file(codes[:1])
    expected = np.concatenate([run(info.to_file(image[None])) for image in codes])
    np.testing.assert_array_equal(emulate_model(model, codes).tensors[target], expected)
    np.testing.assert_array_equal(emulate_model(model, one).tensors[target], expected[:1])
    times = take_times(
        {
            "LiteRT": lambda: run(held),
            "emulated": lambda: emulate_model(model, one),
            "batch": lambda: emulate_model(model, codes),
        },
        rounds=ROUNDS,
    )
    times["batch"] = Times(*([second / batch for second in part] for part in times["batch"]))
    print_ratios(times, unit="LiteRT")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
