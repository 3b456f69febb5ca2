"""JSON Schemas of golden packages, one per version of the format."""

from __future__ import annotations

from pathlib import Path

__all__ = ["MANIFEST_1"]

FOLDER = Path(__file__).parent

MANIFEST_1 = FOLDER / "manifest-1.schema.json"
"""Manifest of version 1."""
