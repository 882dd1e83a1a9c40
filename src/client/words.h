/* The arguments of the commands that take few of them: options with one value each, flags, and at
 * most one other word. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct word_option {
    const char *name;   /* without "--" */
    const char **value; /* "--name VALUE" or "--name=VALUE"; NULL for a flag */
    bool *flag;         /* "--name" */
};

struct words_grammar {
    const struct word_option *options;
    size_t option_count;
    const char **other; /* where the one other word goes; NULL: none is taken */
    bool *wants_help;   /* "--help" or "-h": nothing after it is looked at */
};

/* False: `err` says what is wrong with the words (exit status 64). Values are borrowed from them.
 * Behind "--" stands no option. */
bool words_parse(const struct words_grammar *grammar, int count, char *const *words,
                 struct err *err) MUST_CHECK;
