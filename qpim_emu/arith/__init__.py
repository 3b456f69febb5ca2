"""Exact integer semantics: formats, windows, packing, rounding, requantization."""
