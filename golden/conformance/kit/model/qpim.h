/* A model of the Quant-PIM machine in C99, written from SEMANTICS.md alone.
 *
 * It answers the questions of levels L1 to L5 (README.md). Numbers in brackets are sections of
 * the semantics. Right shifts of negative numbers and left shifts into the sign are left to no
 * compiler: floor_shift and wrap say what they do.
 */
#ifndef QPIM_H
#define QPIM_H

#include <stdint.h>

enum { FLOOR, TOWARD_ZERO, HALF_UP, HALF_EVEN, HALF_AWAY };
enum { UNSIGNED, SIGNED, BIPOLAR };
enum { WRAP, SATURATE, TRAP };

/* Lines of a word that an operand is read from [3.3]. */
struct window {
    int lo, bits, code;
};

/* Constants of a requantize unit for one filter [8]. */
struct constants {
    int64_t multiplier, shift, addend, scale, offset, zero_point;
    int64_t *thresholds;
};

/* What all filters of a requantize unit share [8]. */
struct unit {
    int mode, rounding;
    int64_t low, high, threshold_count;
};

/* An accumulator [7]. */
struct accumulator {
    int bits, policy;
    int64_t value, bias, added;
};

/* numbers.c */
int64_t floor_shift(int64_t x, int n);
int64_t rounded_shift(int64_t x, int n, int rounding);
int64_t left_shift(int64_t x, int n);
int64_t wrap(uint64_t x, int bits);
int64_t clip(int64_t x, int64_t low, int64_t high);
int64_t add_clipped(int64_t x, int64_t y);
int64_t operand(uint64_t word, struct window window);
uint64_t word_of(int64_t value, int code, int word_bits);

/* requantize.c: the code, and whether the clamp changed it */
int64_t requantize(struct unit unit, struct constants constants, int64_t accumulator, int *clamped);

/* accumulate.c: whether the addition was clipped; whether the exact total is outside */
void start(struct accumulator *accumulator, int bits, int policy, int64_t bias);
int add(struct accumulator *accumulator, int64_t amount);
int overflowed(const struct accumulator *accumulator);

/* text.c: numbers of a question, numbers of an answer */
int at_end(void);
int64_t number(void);
int64_t *numbers(int64_t count);
int64_t *room(int64_t count);
void skip(int count);
void answer(int64_t value);
void end_of_answer(void);

/* One question each: its numbers are read, its answer is written. */
void answer_requantize(void);
void answer_read(void);
void answer_sums(void);
void answer_layer(void);
void answer_network(void);

#endif
