/* model LEVEL < questions > answers */
#include <stdio.h>
#include <string.h>

#include "qpim.h"

static const struct {
    const char *level;
    void (*answer_one)(void);
} LEVELS[] = {
    {"L1", answer_requantize}, {"L2", answer_read},    {"L3", answer_sums},
    {"L4", answer_layer},      {"L5", answer_network},
};

int main(int count, char **arguments)
{
    size_t i;

    for (i = 0; count == 2 && i < sizeof LEVELS / sizeof *LEVELS; i++) {
        if (strcmp(arguments[1], LEVELS[i].level) != 0)
            continue;
        while (!at_end()) {
            LEVELS[i].answer_one();
            end_of_answer();
        }
        return 0;
    }
    fprintf(stderr, "usage: model L1|L2|L3|L4|L5 < questions > answers\n");
    return 2;
}
