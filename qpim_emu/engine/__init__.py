"""Tiers: one machine, executed in several ways."""
