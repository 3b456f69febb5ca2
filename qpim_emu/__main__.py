"""Run the command line as ``python -m qpim_emu``."""

from __future__ import annotations

import sys

from qpim_emu.cli import main

if __name__ == "__main__":
    sys.exit(main())
