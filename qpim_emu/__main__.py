"""Run the command line as ``python -m qpim_emu``."""

from __future__ import annotations

from qpim_emu.cli import main

if __name__ == "__main__":
    main()
