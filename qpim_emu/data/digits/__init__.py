"""The digits network, its 16-bit twin and held-out test images, as files.

See ``LICENSE-DATA.md`` beside them for where the images come from.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["EXAMPLES", "LAYERWISE", "TWIN"]

FOLDER = Path(__file__).parent

LAYERWISE = FOLDER / "digits-layerwise.npz"
"""The network with layerwise precisions."""

TWIN = FOLDER / "digits-16bit.npz"
"""The same network quantized at 16 bits, the baseline of every comparison."""

EXAMPLES = FOLDER / "digits-examples.npz"
"""Held-out test images with their labels."""
