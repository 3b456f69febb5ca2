"""The committed golden packages: what each of them is made from.

``python -m tools.golden`` makes them again below ``golden/packages``; its diff is to be reviewed
like code. See ``README.md`` beside this file.
"""
