/* Exact integers: shifts, roundings, wrapping, operands [3, 8.1]. */
#include "qpim.h"

/* floor(x / 2^n), n >= 0 */
int64_t floor_shift(int64_t x, int n)
{
    if (n > 63)
        n = 63;
    return x >= 0 ? x >> n : -((-(x + 1)) >> n) - 1;
}

/* Bit n of x, sign-extended as far as needed. */
static int bit(int64_t x, int n)
{
    return (int)(floor_shift(x, n) & 1);
}

/* Whether any of the low n bits of x is set, sign-extended as far as needed. */
static int any_below(int64_t x, int n)
{
    if (n >= 64)
        return x != 0;
    return ((uint64_t)x & (((uint64_t)1 << n) - 1)) != 0;
}

/* x / 2^n, n >= 1 [8.1] */
int64_t rounded_shift(int64_t x, int n, int rounding)
{
    int64_t floor = floor_shift(x, n);
    int half = bit(x, n - 1), sticky = any_below(x, n - 1), negative = x < 0;

    switch (rounding) {
    case TOWARD_ZERO:
        return floor + (negative && (half || sticky));
    case HALF_UP:
        return floor + half;
    case HALF_EVEN:
        return floor + (half && (bit(floor, 0) || sticky));
    case HALF_AWAY:
        return floor + (half && (sticky || !negative));
    default:
        return floor;
    }
}

/* x * 2^n, n >= 0, saturated at signed 64 bits [8.2] */
int64_t left_shift(int64_t x, int n)
{
    if (x == 0)
        return 0;
    if (n > 63 || x > floor_shift(INT64_MAX, n) || x < floor_shift(INT64_MIN, n))
        return x > 0 ? INT64_MAX : INT64_MIN;
    return wrap((uint64_t)x << n, 64);
}

/* The low bits as a two's complement number. */
int64_t wrap(uint64_t x, int bits)
{
    uint64_t sign = (uint64_t)1 << (bits - 1);
    uint64_t field = x & (sign | (sign - 1));

    if (field & sign)
        return -(int64_t)(sign - 1 - (field ^ sign)) - 1;
    return (int64_t)field;
}

int64_t clip(int64_t x, int64_t low, int64_t high)
{
    return x < low ? low : x > high ? high : x;
}

/* x + y, saturated at signed 64 bits: far outside every clamp */
int64_t add_clipped(int64_t x, int64_t y)
{
    if (y > 0 && x > INT64_MAX - y)
        return INT64_MAX;
    if (y < 0 && x < INT64_MIN - y)
        return INT64_MIN;
    return x + y;
}

/* What a window reads of a word [3.3] */
int64_t operand(uint64_t word, struct window window)
{
    uint64_t field = (word >> window.lo) & (((uint64_t)1 << window.bits) - 1);

    if (window.code == SIGNED)
        return wrap(field, window.bits);
    return window.code == BIPOLAR ? 2 * (int64_t)field - 1 : (int64_t)field;
}

/* The word in which a code is stored [3.2] */
uint64_t word_of(int64_t value, int code, int word_bits)
{
    uint64_t field = code == BIPOLAR ? (uint64_t)((value + 1) / 2) : (uint64_t)value;

    return field & (((uint64_t)1 << word_bits) - 1);
}
