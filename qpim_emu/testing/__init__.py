"""Assertions and strategies for test suites built on the emulator."""
