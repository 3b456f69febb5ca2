"""Training of the two networks: one loop, deterministic on one thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from tools.digits.data import augment
from tools.digits.model import FloatNet, QuantizedNet
from tools.digits.plan import INPUT_SCALE

if TYPE_CHECKING:
    from tools.digits.data import Examples

__all__ = ["Recipe", "Trained", "accuracy", "train"]

BATCH = 64
LABEL_SMOOTHING = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Seed, epochs and peak learning rates of the two stages."""

    seed: int = 7
    float_epochs: int = 120
    float_rate: float = 4e-3
    quantized_epochs: int = 160
    quantized_rate: float = 2e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The floating-point network and the fake-quantized one trained from it, in eval mode."""

    float_net: FloatNet
    quantized_net: QuantizedNet


def to_input(codes: torch.Tensor) -> torch.Tensor:
    """Scale pixel codes to real values."""
    return codes * INPUT_SCALE


@torch.no_grad()
def accuracy(net: nn.Module, examples: Examples) -> float:
    """Fraction of `examples` that `net` classifies correctly."""
    net.eval()
    logits = net(to_input(torch.from_numpy(examples.images).float()))
    return float((logits.argmax(1) == torch.from_numpy(examples.labels)).float().mean())


def fit(
    net: nn.Module, examples: Examples, *, epochs: int, rate: float, generator: torch.Generator
) -> None:
    """Train `net` in place with Adam and a one-cycle learning rate."""
    images = torch.from_numpy(examples.images).float()
    labels = torch.from_numpy(examples.labels)
    steps = epochs * (len(labels) // BATCH)
    optimizer = torch.optim.Adam(net.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    net.train()
    for _ in range(epochs):
        order = torch.randperm(len(labels), generator=generator)
        for first in range(0, len(labels) - BATCH + 1, BATCH):
            rows = order[first : first + BATCH]
            logits = net(to_input(augment(images[rows], generator)))
            loss = functional.cross_entropy(logits, labels[rows], label_smoothing=LABEL_SMOOTHING)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    net.eval()


def train(examples: Examples, recipe: Recipe) -> Trained:
    """Train in floating point, fold and calibrate, then train with fake quantization."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    torch.manual_seed(recipe.seed)
    generator = torch.Generator().manual_seed(recipe.seed)
    float_net = FloatNet()
    fit(
        float_net,
        examples,
        epochs=recipe.float_epochs,
        rate=recipe.float_rate,
        generator=generator,
    )
    images = to_input(torch.from_numpy(examples.images).float())
    quantized_net = QuantizedNet(float_net, images)
    fit(
        quantized_net,
        examples,
        epochs=recipe.quantized_epochs,
        rate=recipe.quantized_rate,
        generator=generator,
    )
    return Trained(float_net=float_net, quantized_net=quantized_net)
