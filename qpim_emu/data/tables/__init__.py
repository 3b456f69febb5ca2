"""Shapes of published networks and published precisions of their layers, as files.

Both files say at their top what they hold; every precision profile carries its provenance.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["NETWORKS", "PROFILES"]

FOLDER = Path(__file__).parent

NETWORKS = FOLDER / "networks.toml"
"""MAC layers of eleven networks."""

PROFILES = FOLDER / "profiles.toml"
"""Bits per layer by profile and network, with provenance."""
