"""What the reader makes of each operator, one module per kind of operator."""
