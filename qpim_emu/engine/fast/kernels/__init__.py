"""Kernels of the fast tier: the compiled or BLAS inner loops, each beside the rule that makes it exact.

=============== ============================================== =========================================
module          computes                                       exact because
=============== ============================================== =========================================
`unfold`        operands of vectors, out of packed words       fields and zero points need < 24 bits
`products`      matrix products in float32 or float64          K is cut so that sum|w| max|a| fits
`saturating`    dot products, clipped after every block        a block's sum fits float64, the rest is int64
`lanes`         per-lane sums, plain or clipped at every tap   as above, tap by tap
`registers`     accumulators from sums that cannot overflow     int64, totals proven inside the format
=============== ============================================== =========================================
"""
