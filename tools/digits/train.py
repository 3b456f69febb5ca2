"""Train the digits network, convert it to integers, build its 16-bit twin, and report.

::

    python -m tools.digits.train --validate    # fit on the fit part, score on validation
    python -m tools.digits.train               # fit on all but test, score on test, write out/

Settings are chosen with ``--validate`` alone; the held-out images are only scored at the end.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.digits.convert import convert
from tools.digits.data import load_split
from tools.digits.description import save_description, save_images
from tools.digits.integer import infer
from tools.digits.report import describe_layers
from tools.digits.training import Recipe, accuracy, train
from tools.digits.twin import build_twin

if TYPE_CHECKING:
    from tools.digits.data import Examples
    from tools.digits.network import IntegerNetwork

__all__ = ["main"]

OUT = Path(__file__).parent / "out"


def count_correct(network: IntegerNetwork, examples: Examples) -> int:
    """Images classified correctly by integer-only inference; of equal logits the first wins."""
    return int((infer(network, examples.images).argmax(axis=1) == examples.labels).sum())


def run(
    fit: Examples, judged: Examples, recipe: Recipe
) -> tuple[dict[str, int], tuple[IntegerNetwork, IntegerNetwork]]:
    """Train on `fit` and score on `judged`: correct images, and (layerwise, 16-bit) networks."""
    trained = train(fit, recipe)
    layerwise = convert(trained.quantized_net)
    twin = build_twin(trained.float_net, fit.images)
    count = len(judged.labels)
    scores = {
        "images": count,
        "float": round(accuracy(trained.float_net, judged) * count),
        "fake_quantized": round(accuracy(trained.quantized_net, judged) * count),
        "layerwise_integer": count_correct(layerwise, judged),
        "twin_16bit_integer": count_correct(twin, judged),
    }
    return scores, (layerwise, twin)


def read_options() -> argparse.Namespace:
    """Parse the command line."""
    recipe = Recipe()
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--validate", action="store_true", help="leave the test images alone")
    parser.add_argument("--seed", type=int, default=recipe.seed)
    parser.add_argument("--float-epochs", type=int, default=recipe.float_epochs)
    parser.add_argument("--quantized-epochs", type=int, default=recipe.quantized_epochs)
    return parser.parse_args()


def main() -> None:
    """Train, print the scores and the tables of layers, and write what is final."""
    options = read_options()
    recipe = Recipe(
        seed=options.seed,
        float_epochs=options.float_epochs,
        quantized_epochs=options.quantized_epochs,
    )
    split = load_split()
    if options.validate:
        scores, networks = run(split.fit, split.validation, recipe)
    else:
        scores, networks = run(split.everything_but_test, split.test, recipe)
        write_results(scores, networks, split.test)
    tables = ["\n".join(describe_layers(network)) for network in networks]
    sys.stdout.write("\n\n".join([json.dumps(scores), *tables]) + "\n")


def write_results(
    scores: dict[str, int], networks: tuple[IntegerNetwork, ...], test: Examples
) -> None:
    """Write networks, test images and scores to `OUT`."""
    OUT.mkdir(exist_ok=True)
    for network in networks:
        save_description(network, OUT)
    save_images(test, OUT / "test-images.npz")
    (OUT / "scores.json").write_text(json.dumps(scores, indent=2) + "\n")


if __name__ == "__main__":
    main()
