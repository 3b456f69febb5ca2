"""Kernels of the fast tier: the inner loops, each beside the rule that makes it exact.

=============== ========================================= ====================================
module          computes                                  exact because
=============== ========================================= ====================================
`arrange`       placement: codes into padded rows
`unfold`        operands of vectors, from packed words    int32 holds fields and zero points
`kernel`        (what a kernel is; packed tables)
`choice`        (which kernel multiplies a layer)         the rule, stated there
`availability`  (which kernels this machine has)          compares with NumPy at first use
`multiply`      whole products; saturating ones           calls the kernel of the packed table
`vector`        products by vector instructions           modulo 2**32 or 2**64 at any depth
`instructions`  (those instructions, as data)
`loops`         products by plain loops                   modulo 2**32 or 2**64 at any depth
`products`      products by BLAS, float32 or float64      K is cut so that sum|w| max|a| fits
`gemm`          (calling BLAS, by address)
`depthwise`     per-lane sums                             modulo 2**32 or 2**64, any taps
`bounds`        sums by sign, for proofs and cuts         a step has at most 2**18 operands
`registers`     totals, wrapped where they may overflow   sums exact; int64, the turn by signs
`requantize`    codes, mode by mode                       compared with `arith` in the tests
`packing`       blocks of words
`tiles`         (the loops over vectors around them)
`stepping`      saturating products, clipped in vectors   `stepping_rule`: no lane overflows
`limbs`         the same for words, in two 32-bit lanes   the rest fits int32, modulo 2**32 known
`saturating`    both kinds, clipped one by one            int64, decided before it is left
`in_place`      the same of vectors where they lie        modulo 2**32 at any depth
`blocks`        (the inner loop of `vector`)
`window_blocks` (that of `in_place`)
`fetching`      (asking for what it needs next)
`draining`      sums to words, counts by vault            as `registers` and `requantize`
`passes`        (a thread's part of a job, all of it)
`float_passes`  (the same where BLAS multiplies)
`sharing`       (shares of a job, taken by threads)
`records`       (arguments, written down)
`filling`       (placing, called by address)
`waiting`       (threads that look for work)
`atomic`        (what several threads write)
`emission`      (writing vector code)
=============== ========================================= ====================================
"""
