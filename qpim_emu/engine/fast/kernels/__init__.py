"""Kernels of the fast tier: the inner loops, each beside the rule that makes it exact.

============ ======================================== =====================================
module       computes                                 exact because
============ ======================================== =====================================
`unfold`     operands of vectors, from packed words   fields, zero points: under 24 bits
`products`   matrix products, float32 or float64      K is cut so that sum|w| max|a| fits
`bounds`     sums by sign, for proofs and cuts         a step has at most 2**18 operands
`registers`  accumulators that cannot overflow        int64; totals proven in the format
`lanes`      per-lane sums of depthwise layers        float64, at most 2**18 taps at a time
`saturating` both kinds, clipped at each addition     a block fits float64, the rest int64
============ ======================================== =====================================
"""
