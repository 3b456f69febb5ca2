/* Layers, and networks of layers [9], with the order of additions of [7]. */
#include <stddef.h>

#include "qpim.h"

struct operands {
    int stored;
    struct window window;
};

struct layer {
    int64_t images, channels, height, width, filters, kernel_h, kernel_w, stride_y, stride_x;
    int64_t dilation_y, dilation_x, top, bottom, left, right, groups;
    int64_t out_h, out_w;
    int linear, word_bits, words, unfolded, bits, policy;
    struct operands weight, activation;
    int64_t a_zero;
    struct unit unit;
    int64_t *filter_constants, *weights, *codes;
};

enum { BIAS, W_ZERO, MULTIPLIER, SHIFT_BY, ADDEND, SCALE, OFFSET, ZERO_POINT, THRESHOLDS };

static struct operands read_operands(void)
{
    struct operands found;

    found.stored = (int)number();
    skip(1); /* how many bits the code has: it is extended to the word anyway */
    found.window.lo = (int)number();
    found.window.bits = (int)number();
    found.window.code = (int)number();
    return found;
}

static void read_shape(struct layer *l)
{
    l->linear = (int)number();
    l->images = number();
    l->channels = number();
    l->height = number();
    l->width = number();
    l->filters = number();
    l->kernel_h = number();
    l->kernel_w = number();
    l->stride_y = number();
    l->stride_x = number();
    l->dilation_y = number();
    l->dilation_x = number();
    l->top = number();
    l->bottom = number();
    l->left = number();
    l->right = number();
    l->groups = number();
    l->out_h = (l->height + l->top + l->bottom - l->dilation_y * (l->kernel_h - 1) - 1) /
               l->stride_y + 1;
    l->out_w = (l->width + l->left + l->right - l->dilation_x * (l->kernel_w - 1) - 1) /
               l->stride_x + 1;
}

/* Everything but the input codes. */
static void read_layer(struct layer *l)
{
    read_shape(l);
    l->word_bits = (int)number();
    l->words = (int)number();
    skip(3); /* reads of several blocks change no result */
    l->unfolded = (int)number();
    l->weight = read_operands();
    l->activation = read_operands();
    l->a_zero = number();
    l->bits = (int)number();
    l->policy = (int)number();
    l->unit.mode = (int)number();
    l->unit.rounding = (int)number();
    l->unit.low = number();
    l->unit.high = number();
    l->unit.threshold_count = number();
    l->filter_constants = numbers(l->filters * (THRESHOLDS + l->unit.threshold_count));
    l->weights = numbers(l->filters * (l->channels / l->groups) * l->kernel_h * l->kernel_w);
}

static int64_t read_operand(struct operands from, int64_t code, int word_bits)
{
    return operand(word_of(code, from.stored, word_bits), from.window);
}

static int64_t *of_filter(const struct layer *l, int64_t m)
{
    return l->filter_constants + m * (THRESHOLDS + l->unit.threshold_count);
}

/* One product of an output [9] */
static int64_t product(const struct layer *l, int64_t n, int64_t m, int64_t y0, int64_t x0,
                       int64_t k)
{
    int64_t per_group = l->channels / l->groups, c = k % per_group;
    int64_t kx = k / per_group % l->kernel_w, ky = k / per_group / l->kernel_w;
    int64_t y = y0 + ky * l->dilation_y, x = x0 + kx * l->dilation_x;
    int64_t channel = m / (l->filters / l->groups) * per_group + c;
    int64_t zero = of_filter(l, m)[W_ZERO];
    int64_t a, w;

    if (y < 0 || y >= l->height || x < 0 || x >= l->width)
        return 0;
    a = l->codes[((n * l->channels + channel) * l->height + y) * l->width + x];
    w = l->weights[((m * per_group + c) * l->kernel_h + ky) * l->kernel_w + kx];
    return (read_operand(l->activation, a, l->word_bits) - l->a_zero) *
           (read_operand(l->weight, w, l->word_bits) - zero);
}

/* The products of an output, in word groups [7]; returns how many additions were clipped. */
static int64_t accumulate(const struct layer *l, struct accumulator *sum, int64_t n, int64_t m,
                          int64_t y, int64_t x)
{
    int64_t per_group = l->channels / l->groups, taps = l->kernel_h * l->kernel_w;
    int64_t products = per_group * taps, k = 0, clipped = 0;
    int64_t vector = l->linear || l->unfolded ? products : per_group;

    while (k < products) {
        int64_t inside = k % vector, past = k - inside + vector, amount = 0;

        if (past > k + l->words)
            past = k + l->words;
        for (; k < past; k++)
            amount += product(l, n, m, y * l->stride_y - l->top, x * l->stride_x - l->left, k);
        clipped += add(sum, amount);
    }
    return clipped;
}

static struct constants constants_of(const struct layer *l, int64_t m)
{
    int64_t *of = of_filter(l, m);
    struct constants c;

    c.multiplier = of[MULTIPLIER];
    c.shift = of[SHIFT_BY];
    c.addend = of[ADDEND];
    c.scale = of[SCALE];
    c.offset = of[OFFSET];
    c.zero_point = of[ZERO_POINT];
    c.thresholds = of + THRESHOLDS;
    return c;
}

/* Accumulators and codes of all outputs into `values` and `outputs`; then the answer. */
static void run(const struct layer *l, int64_t *values, int64_t *outputs)
{
    int64_t pixels = l->out_h * l->out_w, count = l->images * l->filters * pixels;
    int64_t overflows = 0, clamps = 0, i;

    for (i = 0; i < count; i++) {
        int64_t m = i / pixels % l->filters;
        struct constants c = constants_of(l, m);
        struct accumulator sum;
        int clamped;

        start(&sum, l->bits, l->policy, of_filter(l, m)[BIAS]);
        overflows += accumulate(l, &sum, i / pixels / l->filters, m, i % pixels / l->out_w,
                                i % l->out_w);
        overflows += overflowed(&sum);
        values[i] = sum.value;
        outputs[i] = requantize(l->unit, c, sum.value, &clamped);
        clamps += clamped;
    }
    answer(overflows);
    answer(clamps);
    for (i = 0; i < count; i++)
        answer(values[i]);
    for (i = 0; i < count; i++)
        answer(outputs[i]);
}

static int64_t outputs_of(const struct layer *l)
{
    return l->images * l->filters * l->out_h * l->out_w;
}

void answer_layer(void)
{
    struct layer l;

    read_layer(&l);
    l.codes = numbers(l.images * l.channels * l.height * l.width);
    run(&l, room(outputs_of(&l)), room(outputs_of(&l)));
}

/* The outputs of a layer are the codes of the next. */
void answer_network(void)
{
    int64_t layers = number(), i, *codes = NULL;

    for (i = 0; i < layers; i++) {
        struct layer l;
        int64_t *outputs;

        read_layer(&l);
        l.codes = i ? codes : numbers(l.images * l.channels * l.height * l.width);
        outputs = room(outputs_of(&l));
        run(&l, room(outputs_of(&l)), outputs);
        codes = outputs;
    }
}
