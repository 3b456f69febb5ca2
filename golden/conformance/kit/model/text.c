/* Numbers in, numbers out; tables of questions in plain text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "qpim.h"

static void *kept[64];
static int kept_count;
static int line_begun;

static void refuse(const char *what)
{
    fprintf(stderr, "a question must have %s\n", what);
    exit(2);
}

/* Whether no question is left; lines that begin with // are skipped. */
int at_end(void)
{
    int c = getchar();

    while (c == '/' || c == '\n' || c == '\r' || c == ' ') {
        if (c == '/')
            while (c != '\n' && c != EOF)
                c = getchar();
        else
            c = getchar();
    }
    if (c != EOF)
        ungetc(c, stdin);
    return c == EOF;
}

int64_t number(void)
{
    int64_t value;

    if (scanf("%" SCNd64, &value) != 1)
        refuse("all its numbers");
    return value;
}

/* Room for as many numbers, until the end of the answer. */
int64_t *room(int64_t count)
{
    int64_t *values;

    if (count < 0 || count > 1 << 24 || kept_count == 64)
        refuse("sizes that are possible");
    values = malloc(((size_t)count + 1) * sizeof *values);
    if (values == NULL)
        refuse("sizes that fit into memory");
    kept[kept_count++] = values;
    return values;
}

/* As many numbers of the question. */
int64_t *numbers(int64_t count)
{
    int64_t *values = room(count), i;

    for (i = 0; i < count; i++)
        values[i] = number();
    return values;
}

/* Numbers that this model has no use for. */
void skip(int count)
{
    while (count-- > 0)
        (void)number();
}

void answer(int64_t value)
{
    printf(line_begun ? " %" PRId64 : "%" PRId64, value);
    line_begun = 1;
}

void end_of_answer(void)
{
    putchar('\n');
    line_begun = 0;
    while (kept_count > 0)
        free(kept[--kept_count]);
}
