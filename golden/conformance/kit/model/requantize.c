/* The requantize unit [8]. */
#include <string.h>

#include "qpim.h"

enum {
    NONE,
    SHIFT,
    SCALE_BIAS_SHIFT,
    Q31_DOUBLE,
    Q31_SINGLE,
    Q15_ACC64,
    F64_AWAY,
    F32_EVEN,
    F_EVEN_ZP_IN,
    MULTITHRESHOLD
};

/* [8.2] */
static int64_t shift(int64_t a, int64_t s, int rounding)
{
    return s > 0 ? rounded_shift(a, (int)s, rounding) : left_shift(a, (int)-s);
}

/* (high * 2^32 + low) / 2^right, rounded down, saturated at signed 64 bits; 0 <= right <= 32 */
static int64_t joined(int64_t high, int64_t low, int right)
{
    int left = 32 - right;

    if (high > floor_shift(INT64_MAX, left))
        return INT64_MAX;
    if (high < floor_shift(INT64_MIN, left))
        return INT64_MIN;
    return left_shift(high, left) + (low >> right);
}

/* [8.3]: the sum has 97 bits and is kept as high * 2^32 + low, 0 <= low < 2^32 */
static int64_t scale_bias_shift(int64_t a, struct constants c)
{
    const int64_t mask = 0xffffffff;
    int64_t partial = (a & mask) * c.multiplier;
    int64_t low = (partial & mask) + (c.addend & mask);
    int64_t high = floor_shift(a, 32) * c.multiplier + floor_shift(partial, 32) +
                   floor_shift(c.addend, 32) + (low >> 32);

    low &= mask;
    if (c.shift > 32)
        return floor_shift(high, (int)c.shift - 32);
    if (c.shift >= 0)
        return joined(high, low, (int)c.shift);
    return left_shift(joined(high, low, 0), (int)-c.shift);
}

/* [8.4] */
static int64_t q31_double(int64_t a, struct constants c)
{
    int left = c.shift < 0 ? (int)-c.shift : 0, right = c.shift > 0 ? (int)c.shift : 0;
    int64_t x = wrap((uint64_t)a << left, 32);
    int64_t h = floor_shift(x * c.multiplier + ((int64_t)1 << 30), 31);

    h = clip(h, INT32_MIN, INT32_MAX);
    return right ? rounded_shift(h, right, HALF_AWAY) : h;
}

/* [8.5] */
static int64_t q31_single(int64_t a, struct constants c)
{
    return wrap((uint64_t)rounded_shift(a * c.multiplier, (int)(31 + c.shift), HALF_UP), 32);
}

/* [8.6] */
static int64_t q15_acc64(int64_t a, struct constants c)
{
    int64_t r = clip(floor_shift(c.multiplier + (1 << 15), 16), 0, (1 << 15) - 1);

    return wrap((uint64_t)rounded_shift(a * r, (int)(15 + c.shift), HALF_UP), 32);
}

/* The nearest whole number; magnitudes of 2^62 and more stay there [8.7] */
static int64_t nearest(double x, int rounding)
{
    const int64_t most = (int64_t)1 << 62;
    int64_t whole;
    double rest;

    if (x >= 4611686018427387904.0)
        return most;
    if (x <= -4611686018427387904.0)
        return -most;
    whole = (int64_t)x;
    rest = x - (double)whole;
    if (rest < 0)
        return whole - (rest < -0.5 || (rest == -0.5 && (rounding == HALF_AWAY || whole % 2)));
    return whole + (rest > 0.5 || (rest == 0.5 && (rounding == HALF_AWAY || whole % 2)));
}

/* The binary64 number whose bits these are. */
static double scale_of(int64_t bits)
{
    double scale;

    memcpy(&scale, &bits, sizeof scale);
    return scale;
}

/* [8.7]: the product of two binary32 numbers is exact in binary64 */
static int64_t f32_even(int64_t a, double scale)
{
    volatile float single = (float)a;

    single = (float)((double)single * scale);
    return nearest((double)single, HALF_EVEN);
}

/* [8.7] */
static int64_t f_even_zp_in(int64_t a, double scale, int64_t zero_point)
{
    volatile double product = (double)a * scale;

    product = product + (double)zero_point;
    return nearest(product, HALF_EVEN);
}

/* [8.8] */
static int64_t multithreshold(int64_t a, struct constants c, int64_t count)
{
    int64_t code = c.offset, t;

    for (t = 0; t < count; t++)
        code += c.thresholds[t] <= a;
    return code;
}

static int64_t rescale(struct unit unit, struct constants c, int64_t a)
{
    switch (unit.mode) {
    case SHIFT:
        return shift(a, c.shift, unit.rounding);
    case SCALE_BIAS_SHIFT:
        return scale_bias_shift(a, c);
    case Q31_DOUBLE:
        return q31_double(a, c);
    case Q31_SINGLE:
        return q31_single(a, c);
    case Q15_ACC64:
        return q15_acc64(a, c);
    case F64_AWAY:
        return nearest((double)a * scale_of(c.scale), HALF_AWAY);
    case F32_EVEN:
        return f32_even(a, scale_of(c.scale));
    case F_EVEN_ZP_IN:
        return f_even_zp_in(a, scale_of(c.scale), c.zero_point);
    default:
        return multithreshold(a, c, unit.threshold_count);
    }
}

int64_t requantize(struct unit unit, struct constants c, int64_t a, int *clamped)
{
    int64_t code, output;

    *clamped = 0;
    if (unit.mode == NONE)
        return a;
    code = rescale(unit, c, a);
    if (unit.mode != F_EVEN_ZP_IN && unit.mode != MULTITHRESHOLD)
        code = add_clipped(code, c.zero_point);
    output = clip(code, unit.low, unit.high);
    *clamped = output != code;
    return output;
}

void answer_requantize(void)
{
    struct unit unit;
    struct constants c;
    int64_t accumulator, code;
    int clamped;

    unit.mode = (int)number();
    unit.rounding = (int)number();
    skip(1); /* the accumulator's width: its value fits */
    accumulator = number();
    c.multiplier = number();
    c.shift = number();
    c.addend = number();
    c.scale = number();
    c.offset = number();
    c.zero_point = number();
    unit.low = number();
    unit.high = number();
    unit.threshold_count = number();
    c.thresholds = numbers(unit.threshold_count);
    code = requantize(unit, c, accumulator, &clamped);
    answer(code);
    answer(clamped);
}
