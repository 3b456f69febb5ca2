"""The conformance suite: questions to an implementation, and the answers.

``python -m tools.conformance`` makes the committed core again and packs a release. See
``golden/conformance/README.md``.
"""
