"""Runs as a person reads them: rows, tables, pictures of bits."""
