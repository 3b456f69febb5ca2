"""Handwritten digits: the fixed split and the augmentation of training batches.

The images are the 1797 scans of 8x8 pixels that scikit-learn bundles
(`sklearn.datasets.load_digits`), codes 0..16.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.nn import functional

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TEST_IMAGES", "VALIDATION_IMAGES", "Examples", "Split", "augment", "load_split"]

TEST_IMAGES = 360
VALIDATION_IMAGES = 288
SPLIT_SEED = 20210113
MAX_CODE = 16
MAX_ROTATION = math.radians(10)
MAX_SCALING = 0.08
MAX_SHIFT_PIXELS = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Images ``int64[n, 1, 8, 8]`` with codes 0..16, labels ``int64[n]``, rows of the data set."""

    images: NDArray[np.int64]
    labels: NDArray[np.int64]
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The held-out images, and the others as `fit` and `validation`."""

    fit: Examples
    validation: Examples
    test: Examples

    @property
    def everything_but_test(self) -> Examples:
        """What the final network is trained on."""
        parts = (self.fit, self.validation)
        return Examples(
            images=np.concatenate([part.images for part in parts]),
            labels=np.concatenate([part.labels for part in parts]),
            rows=np.concatenate([part.rows for part in parts]),
        )


def load_split() -> Split:
    """Load the scans and split them, stratified by label, always the same way."""
    digits = load_digits()
    images = digits.images.astype(np.int64)[:, None]
    labels = digits.target.astype(np.int64)

    def split_off(rows: NDArray[np.int64], count: int) -> list[NDArray[np.int64]]:
        kept, taken = train_test_split(
            rows, test_size=count, stratify=labels[rows], random_state=SPLIT_SEED
        )
        return [kept, np.sort(taken)]

    rest, test = split_off(np.arange(len(labels)), TEST_IMAGES)
    fit, validation = split_off(rest, VALIDATION_IMAGES)
    parts = [
        Examples(images=images[rows], labels=labels[rows], rows=rows)
        for rows in (fit, validation, test)
    ]
    return Split(fit=parts[0], validation=parts[1], test=parts[2])


def augment(codes: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Rotate, scale and shift each image a little; the result is integer codes again.

    Parameters
    ----------
    codes
        ``float32[n, 1, 8, 8]`` holding integers 0..16.
    generator
        Source of the random transformations.
    """
    count, side = codes.shape[0], codes.shape[-1]

    def draw(limit: float) -> torch.Tensor:
        return (torch.rand(count, generator=generator) * 2 - 1) * limit

    angle, factor = draw(MAX_ROTATION), 1 + draw(MAX_SCALING)
    cosine, sine = torch.cos(angle) * factor, torch.sin(angle) * factor
    shift = MAX_SHIFT_PIXELS * 2 / side
    matrix = torch.stack(
        [
            torch.stack([cosine, -sine, draw(shift)], dim=1),
            torch.stack([sine, cosine, draw(shift)], dim=1),
        ],
        dim=1,
    )
    grid = functional.affine_grid(matrix, list(codes.shape), align_corners=False)
    moved = functional.grid_sample(codes, grid, align_corners=False)
    return moved.round().clamp(0, MAX_CODE)
