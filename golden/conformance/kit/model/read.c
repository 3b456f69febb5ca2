/* Gating, how many blocks a read brings, the bus image, operands [4, 5]. */
#include "qpim.h"

struct gate {
    int first, lines;
    uint64_t mask;
};

/* Lines that a window enables: its own, widened to whole groups [4] */
static struct gate gate_of(struct window window, int granularity)
{
    struct gate gate;
    int past = (window.lo + window.bits + granularity - 1) / granularity * granularity;

    gate.first = window.lo / granularity * granularity;
    gate.lines = past - gate.first;
    gate.mask = ((uint64_t)1 << past) - ((uint64_t)1 << gate.first);
    return gate;
}

/* A word of the bus: enabled lines of block j from line j * (width / blocks) [5.2] */
static uint64_t bus_word(const int64_t *cells, int words, int blocks, int width, struct gate gate)
{
    uint64_t bus = 0;
    int block;

    if (blocks == 1)
        return (uint64_t)cells[0] & gate.mask;
    for (block = 0; block < blocks; block++)
        bus |= ((uint64_t)cells[block * words] & gate.mask) >> gate.first
               << block * (width / blocks);
    return bus;
}

void answer_read(void)
{
    int width = (int)number(), words = (int)number(), most = (int)number();
    int granularity = (int)number(), next = (int)number(), columns = (int)number();
    int column, left, blocks, block, word;
    struct window window;
    struct gate gate;
    int64_t *cells, *bus;

    window.lo = (int)number();
    window.bits = (int)number();
    window.code = (int)number();
    column = (int)number();
    left = (int)number();
    cells = numbers(most * words);
    bus = room(words);
    gate = gate_of(window, granularity);
    blocks = most;
    while (blocks > 1 && (blocks * gate.lines > width || blocks > left ||
                          column + blocks > columns || (!next && column % blocks != 0)))
        blocks /= 2;
    answer((int64_t)gate.mask);
    answer(blocks);
    for (word = 0; word < words; word++) {
        bus[word] = (int64_t)bus_word(cells + word, words, blocks, width, gate);
        answer(bus[word]);
    }
    if (blocks > 1)
        window.lo -= gate.first; /* packed [5.3] */
    for (block = 0; block < blocks; block++)
        for (word = 0; word < words; word++)
            answer(operand((uint64_t)bus[word] >> block * (width / blocks), window));
}
