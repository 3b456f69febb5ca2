"""Training of the handwritten-digits network that the package ships as an example.

Kept in the repository, left out of the install: it needs PyTorch and scikit-learn, which
`qpim_emu` never does. See ``README.md`` beside this file.
"""
