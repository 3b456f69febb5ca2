/* check VECTORS ANSWERS
 *
 * Compares the answers of an implementation with those of a set of vectors (README.md), table by
 * table. Exit status: 0 if every answer is right, 1 if one is wrong, 2 if there is nothing to
 * compare. Plain C99.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 64, PATH = 4096, SHOWN = 200 };

struct score {
    long passed, failed, missing;
};

/* A file of records, and the record that was read last. */
struct table {
    FILE *file;
    char *line;
    size_t room;
};

static void stop(const char *what, const char *path)
{
    fprintf(stderr, "%s: %s\n", path, what);
    exit(2);
}

static struct table open_table(const char *folder, const char *level, const char *name,
                               const char *kind)
{
    struct table table = {NULL, NULL, 0};
    char path[PATH];

    if (strlen(folder) + strlen(level) + strlen(name) + strlen(kind) + 4 > sizeof path)
        stop("name is too long", folder);
    sprintf(path, "%s/%s/%s.%s", folder, level, name, kind);
    table.file = fopen(path, "r");
    return table;
}

static void close_table(struct table *table)
{
    if (table->file != NULL)
        fclose(table->file);
    free(table->line);
}

/* The next line into table->line; 0 at the end of the file. */
static int read_line(struct table *table)
{
    size_t length = 0;
    int c = EOF;

    while (table->file != NULL && (c = getc(table->file)) != EOF && c != '\n') {
        if (length + 1 >= table->room) {
            table->room = table->room * 2 + 256;
            table->line = realloc(table->line, table->room);
            if (table->line == NULL)
                stop("memory is too small", "line");
        }
        table->line[length++] = (char)c;
    }
    if (length > 0)
        table->line[length] = '\0';
    else if (table->line != NULL)
        table->line[0] = '\0';
    return c != EOF || length > 0;
}

/* The next record: no heading and no empty line. */
static int read_record(struct table *table)
{
    while (read_line(table)) {
        if (table->line != NULL && strncmp(table->line, "//", 2) != 0 &&
            strspn(table->line, " \t\r") != strlen(table->line))
            return 1;
    }
    return 0;
}

/* One number of a record, from *at on; "nothing" at its end. */
static void next_number(char **at, char *number)
{
    size_t length;

    *at += strspn(*at, " \t\r");
    length = strcspn(*at, " \t\r");
    if (length == 0) {
        strcpy(number, "nothing");
        return;
    }
    number[0] = '\0';
    strncat(number, *at, length < NAME ? length : NAME - 1);
    *at += length;
}

/* Whether two records differ; then which number, and both of it. */
static int differ(char *expected, char *got, char *must, char *is, long *position)
{
    for (*position = 1;; ++*position) {
        next_number(&expected, must);
        next_number(&got, is);
        if (strcmp(must, is) != 0)
            return 1;
        if (strcmp(must, "nothing") == 0)
            return 0;
    }
}

static struct score check_table(const char **folders, const char *level, const char *name)
{
    struct score score = {0, 0, 0};
    struct table questions = open_table(folders[0], level, name, "in");
    struct table expected = open_table(folders[0], level, name, "out");
    struct table answers = open_table(folders[1], level, name, "out");
    char must[NAME], is[NAME], first[4 * NAME] = "", question[SHOWN + 1] = "";
    long record, position;

    if (questions.file == NULL || expected.file == NULL)
        stop("a table of the index is not there", name);
    for (record = 1; read_record(&expected) && read_record(&questions); record++) {
        char nothing[] = "";
        int is_there = read_record(&answers);

        if (answers.file == NULL) {
            score.missing++;
        } else if (!differ(expected.line, is_there ? answers.line : nothing, must, is, &position)) {
            score.passed++;
        } else if (score.failed++ == 0) {
            sprintf(first, "record %ld: number %ld must be %s, got %s", record, position, must, is);
            strncat(question, questions.line, SHOWN);
        }
    }
    if (answers.file != NULL && read_record(&answers) && score.failed++ == 0)
        sprintf(first, "record %ld: must not be there", record);
    if (score.failed > 0)
        printf("%s/%s: %ld passed, %ld failed\n  %s\n", level, name, score.passed, score.failed,
               first);
    else if (score.missing > 0)
        printf("%s/%s: not answered\n", level, name);
    else
        printf("%s/%s: %ld passed\n", level, name, score.passed);
    if (question[0] != '\0')
        printf("  question: %s\n", question);
    close_table(&questions);
    close_table(&expected);
    close_table(&answers);
    return score;
}

static void print_level(const char *level, struct score score)
{
    if (level[0] != '\0')
        printf("%s: %ld passed, %ld failed, %ld not answered\n", level, score.passed, score.failed,
               score.missing);
}

int main(int count, char **arguments)
{
    struct score level_score = {0, 0, 0}, total = {0, 0, 0};
    char path[PATH], level[NAME] = "", of[NAME], name[NAME];
    const char *folders[2];
    FILE *index;

    if (count != 3) {
        fprintf(stderr, "usage: check VECTORS ANSWERS\n");
        return 2;
    }
    folders[0] = arguments[1];
    folders[1] = arguments[2];
    if (strlen(folders[0]) + 16 > sizeof path)
        stop("name is too long", folders[0]);
    sprintf(path, "%s/tables.txt", folders[0]);
    index = fopen(path, "r");
    if (index == NULL)
        stop("cannot be read", path);
    while (fscanf(index, "%63s %63s %*s", of, name) == 2) {
        struct score score;

        if (strcmp(of, level) != 0) {
            print_level(level, level_score);
            strcpy(level, of);
            memset(&level_score, 0, sizeof level_score);
        }
        score = check_table(folders, level, name);
        level_score.passed += score.passed;
        level_score.failed += score.failed;
        level_score.missing += score.missing;
        total.passed += score.passed;
        total.failed += score.failed;
    }
    print_level(level, level_score);
    fclose(index);
    return total.failed > 0 ? 1 : total.passed > 0 ? 0 : 2;
}
