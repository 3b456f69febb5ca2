"""Model files of other tools, read into networks; nothing else knows their formats."""
