"""Layouts: how a plane's streamed operand lies in memory, and the walks that stream it."""
