"""The digits network, its 16-bit twin and held-out test images, as files.

See ``LICENSE-DATA.md`` beside them for where the images come from.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["EXAMPLES", "LAYERWISE", "TWIN", "TWIN_EXAMPLES"]

FOLDER = Path(__file__).parent

LAYERWISE = FOLDER / "digits-layerwise.npz"
"""The network with layerwise precisions."""

EXAMPLES = FOLDER / "digits-examples.npz"
"""Held-out test images as its input codes, with their labels."""

TWIN = FOLDER / "digits-16bit.npz"
"""The same network quantized at 16 bits, the baseline of every comparison."""

TWIN_EXAMPLES = FOLDER / "digits-16bit-examples.npz"
"""The same images as the twin's input codes."""
