#include "client/words.h"

#include "base/str.h"

#include <string.h>

static const struct word_option *find(const struct words_grammar *grammar, const char *name,
                                      size_t length)
{
    for (size_t i = 0; i < grammar->option_count; i++)
        if (strlen(grammar->options[i].name) == length &&
            memcmp(grammar->options[i].name, name, length) == 0)
            return &grammar->options[i];
    return NULL;
}

/* `next` is the word behind the option, or NULL; `takes_next` tells whether it was the value. */
static bool take_option(const struct words_grammar *grammar, const char *word, const char *next,
                        bool *takes_next, struct err *err)
{
    const char *name = word + 2;
    size_t length = strcspn(name, "=");
    const char *value = name[length] ? name + length + 1 : NULL;
    const struct word_option *option =
        str_starts_with(word, "--") ? find(grammar, name, length) : NULL;
    *takes_next = false;
    if (!option)
        return err_set(err, ERR_PARSE, "unknown option %s", word);
    if (!option->value) {
        if (value)
            return err_set(err, ERR_PARSE, "--%s takes no value", option->name);
        *option->flag = true;
        return true;
    }
    if (*option->value)
        return err_set(err, ERR_PARSE, "--%s is given twice", option->name);
    *takes_next = !value;
    *option->value = value ? value : next;
    return *option->value || err_set(err, ERR_PARSE, "--%s needs a value", option->name);
}

static bool take_other(const struct words_grammar *grammar, const char *word, struct err *err)
{
    if (!grammar->other)
        return err_set(err, ERR_PARSE, "\"%s\" is one word too many", word);
    if (*grammar->other)
        return err_set(err, ERR_PARSE, "one name at a time: \"%s\" is the second", word);
    *grammar->other = word;
    return true;
}

bool words_parse(const struct words_grammar *grammar, int count, char *const *words,
                 struct err *err)
{
    bool only_others = false; /* after "--" */
    for (int i = 0; i < count; i++) {
        const char *word = words[i];
        bool takes_next = false;
        if (only_others || word[0] != '-') {
            if (!take_other(grammar, word, err))
                return false;
        } else if (str_eq(word, "--")) {
            only_others = true;
        } else if (str_eq(word, "--help") || str_eq(word, "-h")) {
            *grammar->wants_help = true;
            return true;
        } else if (!take_option(grammar, word, i + 1 < count ? words[i + 1] : NULL, &takes_next,
                                err)) {
            return false;
        }
        i += takes_next;
    }
    return true;
}
