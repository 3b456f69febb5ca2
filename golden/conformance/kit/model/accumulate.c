/* Accumulators, and the sums that lanes put into them [6, 7]. */
#include "qpim.h"

void start(struct accumulator *accumulator, int bits, int policy, int64_t bias)
{
    accumulator->bits = bits;
    accumulator->policy = policy;
    accumulator->value = accumulator->bias = bias;
    accumulator->added = 0;
}

static int64_t most(int bits)
{
    return INT64_MAX >> (64 - bits);
}

/* Where x + amount lies: -1 below a format of so many bits, 0 inside, 1 above. */
static int side(int64_t x, int64_t amount, int bits)
{
    int64_t high = most(bits), low = -high - 1;

    if (amount > 0 && x > high - amount)
        return 1;
    return amount < 0 && x < low - amount ? -1 : 0;
}

int add(struct accumulator *accumulator, int64_t amount)
{
    int beyond = side(accumulator->value, amount, accumulator->bits);

    accumulator->added += amount;
    if (accumulator->policy == SATURATE && beyond) {
        accumulator->value = beyond > 0 ? most(accumulator->bits) : -most(accumulator->bits) - 1;
        return 1;
    }
    accumulator->value =
        wrap((uint64_t)accumulator->value + (uint64_t)amount, accumulator->bits);
    return 0;
}

int overflowed(const struct accumulator *accumulator)
{
    return accumulator->policy != SATURATE &&
           side(accumulator->bias, accumulator->added, accumulator->bits) != 0;
}

/* A stream of blocks that meets resident ones. */
void answer_sums(void)
{
    struct accumulator lanes[64];
    int bits = (int)number(), policy = (int)number(), per_lane = (int)number();
    int words = (int)number(), live = (int)number(), count, lane, word;
    int64_t zero = number(), blocks = number(), block;
    int64_t *weight_zeros = numbers(words), *biases = numbers(words);
    int64_t *streamed = numbers(blocks * words), *resident = numbers(blocks * words);

    count = per_lane ? live : 1;
    for (lane = 0; lane < count; lane++)
        start(&lanes[lane], bits, policy, biases[lane]);
    for (block = 0; block < blocks; block++) {
        int past = per_lane || block == blocks - 1 ? live : words;
        int64_t sum = 0;

        for (word = 0; word < past; word++) {
            int64_t at = block * words + word;
            int64_t product = (streamed[at] - zero) * (resident[at] - weight_zeros[word]);

            sum += product;
            if (per_lane) {
                int clipped = add(&lanes[word], product);

                answer(lanes[word].value);
                answer(clipped);
            }
        }
        if (!per_lane) {
            int clipped = add(&lanes[0], sum);

            answer(lanes[0].value);
            answer(clipped);
        }
    }
    for (lane = 0; lane < count; lane++)
        answer(overflowed(&lanes[lane]));
}
