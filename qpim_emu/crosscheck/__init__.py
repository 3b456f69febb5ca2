"""Engines nobody here wrote, and how a machine's results compare with theirs, tensor by tensor."""
