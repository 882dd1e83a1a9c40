#include "config/mistakes.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

struct mistake {
    struct mistake *next;
    struct place place;
    size_t file_rank; /* in the order in which files were complained about */
    size_t number;    /* keeps the order of finding on one line */
    bool is_warning;
    const char *text;
};

void mistakes_init(struct mistakes *mistakes, struct arena *arena)
{
    *mistakes = (struct mistakes){.arena = arena};
}

static size_t file_rank(const struct mistakes *mistakes, const char *file)
{
    size_t files = 0;
    for (const struct mistake *m = mistakes->first; m; m = m->next) {
        if (str_eq(m->place.file, file))
            return m->file_rank;
        if (m->file_rank >= files)
            files = m->file_rank + 1;
    }
    return files;
}

static void add(struct mistakes *mistakes, struct place place, bool is_warning, const char *text)
{
    struct mistake *m = arena_alloc(mistakes->arena, sizeof *m);
    *m = (struct mistake){.place = place,
                          .file_rank = file_rank(mistakes, place.file),
                          .number = mistakes->errors + mistakes->warnings,
                          .is_warning = is_warning,
                          .text = text};
    if (mistakes->last)
        mistakes->last->next = m;
    else
        mistakes->first = m;
    mistakes->last = m;
    if (is_warning)
        mistakes->warnings++;
    else
        mistakes->errors++;
}

void mistakes_add(struct mistakes *mistakes, struct place place, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(mistakes, place, false, arena_vprintf(mistakes->arena, fmt, ap));
    va_end(ap);
}

void mistakes_warn(struct mistakes *mistakes, struct place place, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(mistakes, place, true, arena_vprintf(mistakes->arena, fmt, ap));
    va_end(ap);
}

static int compare(const void *a, const void *b)
{
    const struct mistake *x = *(const struct mistake *const *)a;
    const struct mistake *y = *(const struct mistake *const *)b;
    if (x->file_rank != y->file_rank)
        return x->file_rank < y->file_rank ? -1 : 1;
    if (x->place.line != y->place.line)
        return x->place.line < y->place.line ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static const struct mistake **sorted(const struct mistakes *mistakes, size_t *count)
{
    *count = mistakes->errors + mistakes->warnings;
    const struct mistake **all = arena_array(mistakes->arena, *count, sizeof *all);
    size_t n = 0;
    for (const struct mistake *m = mistakes->first; m; m = m->next)
        all[n++] = m;
    if (n)
        qsort(all, n, sizeof *all, compare);
    return all;
}

static const char *line_of(const struct mistakes *mistakes, const struct mistake *m)
{
    const char *path = m->place.path;
    return arena_printf(mistakes->arena, "%s:%zu: %s%s%s%s", m->place.file, m->place.line,
                        m->is_warning ? "warning: " : "", path, *path ? ": " : "", m->text);
}

void mistakes_format(const struct mistakes *mistakes, enum mistakes_part part, struct buf *out)
{
    size_t count;
    const struct mistake **all = sorted(mistakes, &count);
    for (size_t i = 0; i < count; i++)
        if (part == MISTAKES_ALL || all[i]->is_warning)
            buf_printf(out, "%s\n", line_of(mistakes, all[i]));
}

void mistakes_each_warning(const struct mistakes *mistakes, mistakes_fn *fn, void *arg)
{
    size_t count;
    const struct mistake **all = sorted(mistakes, &count);
    for (size_t i = 0; i < count; i++)
        if (all[i]->is_warning)
            fn(line_of(mistakes, all[i]), arg);
}
