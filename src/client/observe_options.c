#include "client/observe.h"

#include "base/str.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Returns NULL, or what would have been a value. */
typedef const char *take_fn(struct observe_options *out, const char *value, size_t offset);

static void *member(struct observe_options *out, size_t offset)
{
    return (char *)out + offset;
}

static const char *take_text(struct observe_options *out, const char *value, size_t offset)
{
    *(const char **)member(out, offset) = value;
    return NULL;
}

static const char *take_true(struct observe_options *out, const char *value, size_t offset)
{
    (void)value;
    *(bool *)member(out, offset) = true;
    return NULL;
}

static bool parse_number(const char *value, long *number)
{
    char *end = NULL;
    errno = 0;
    *number = ascii_is_digit(*value) ? strtol(value, &end, 10) : 0;
    return end && *end == '\0' && errno == 0;
}

static const char *take_number(struct observe_options *out, const char *value, size_t offset)
{
    long number = 0;
    if (!parse_number(value, &number))
        return "a whole number";
    *(struct opt_int *)member(out, offset) = OPT_INT(number);
    return NULL;
}

static const char *take_orchestration(struct observe_options *out, const char *value, size_t offset)
{
    out->request.has_orchestration = true;
    return take_number(out, value, offset);
}

static const char *take_timeout(struct observe_options *out, const char *value, size_t offset)
{
    long number = 0;
    if (!parse_number(value, &number) || number < 1 || number > 3600)
        return "seconds, from 1 to 3600";
    *(unsigned *)member(out, offset) = (unsigned)number;
    return NULL;
}

#define AT(path) offsetof(struct observe_options, path)

static const struct option_row {
    const char *name;
    const char *value_name; /* NULL: a flag */
    take_fn *take;
    size_t offset;
    const char *help;
} options[] = {
    {"url", "URL", take_text, AT(coordinator_url),
     "the coordinator (default: $MPIC_URL, else http://127.0.0.1:8000)"},
    {"api-key-file", "FILE", take_text, AT(api_key_file),
     "send the first line of FILE as x-api-key"},
    {"json", NULL, take_true, AT(wants_json), "print the JSON answer and nothing else"},
    {"timeout", "SECONDS", take_timeout, AT(timeout_s), "give up after that long (default 60)"},
    {"trace-identifier", "TEXT", take_text, AT(request.trace_identifier),
     "an identifier of yours, for logs and the answer"},
    {"perspective-count", "N", take_orchestration, AT(request.orchestration.perspective_count),
     "ask N perspectives (default: the coordinator's)"},
    {"cohort", "K", take_orchestration, AT(request.orchestration.cohort_for_single_attempt),
     "ask exactly the K-th cohort of this name"},
    {"dns-name-prefix", "LABELS", take_text, AT(request.dns_name_prefix),
     "of records: labels in front of the name"},
    {"caa-search", NULL, take_true, AT(request.caa_search),
     "of CAA: the nearest record set of the name and its parents"},
    {"body-max-bytes", "N", take_number, AT(request.body_max_bytes),
     "of a file: how much of it (default 16384)"},
};

enum { OPTION_ROWS = sizeof options / sizeof *options };

static const struct option_row *find_option(const char *name, size_t length)
{
    for (size_t i = 0; i < OPTION_ROWS; i++)
        if (strlen(options[i].name) == length && memcmp(options[i].name, name, length) == 0)
            return &options[i];
    return NULL;
}

/* The option at `words[*at]`, and its value; `*at` is behind them after it. */
static bool take_option(int count, char *const *words, int *at, struct observe_options *out,
                        struct err *err)
{
    const char *word = words[(*at)++];
    if (!str_starts_with(word, "--"))
        return err_set(err, ERR_PARSE, "unknown option %s", word);
    word += 2;
    size_t length = strcspn(word, "=");
    const struct option_row *row = find_option(word, length);
    const char *value = word[length] == '=' ? word + length + 1 : NULL;
    if (!row)
        return err_set(err, ERR_PARSE, "unknown option --%.*s", (int)length, word);
    if (!row->value_name && value)
        return err_set(err, ERR_PARSE, "--%s takes no value", row->name);
    if (row->value_name && !value) {
        if (*at == count)
            return err_set(err, ERR_PARSE, "--%s needs a value: %s", row->name, row->value_name);
        value = words[(*at)++];
    }
    const char *wanted = row->take(out, value, row->offset);
    return !wanted ||
           err_set(err, ERR_PARSE, "--%s cannot be \"%s\": it takes %s", row->name, value, wanted);
}

/* "TYPE NAME", or a URL. */
static bool set_question(const char *const *what, size_t count, struct observe_options *out,
                         struct err *err)
{
    struct observe_request *request = &out->request;
    if (count == 1 && strstr(what[0], "://")) {
        request->url = what[0];
        return true;
    }
    if (count == 2 && observe_type_parse(what[0], &request->type)) {
        request->target = what[1];
        return true;
    }
    if (count == 2)
        return err_set(err, ERR_PARSE, "unknown type \"%s\": A, AAAA, CAA, CNAME, DS, MX or TXT",
                       what[0]);
    return err_set(err, ERR_PARSE, "what to observe is missing: TYPE NAME, or a URL");
}

bool observe_options_parse(int count, char *const *words, struct observe_options *out,
                           struct err *err)
{
    const char *what[2];
    size_t what_count = 0;
    int at = 0;
    *out = (struct observe_options){.timeout_s = 60};
    while (at < count) {
        const char *word = words[at];
        if (str_eq(word, "--help") || str_eq(word, "-h")) {
            out->wants_help = true;
            return true;
        }
        if (word[0] == '-') {
            if (!take_option(count, words, &at, out, err))
                return false;
        } else if (what_count == 2) {
            return err_set(err, ERR_PARSE, "one name at a time: \"%s\" is too many", word);
        } else {
            what[what_count++] = words[at++];
        }
    }
    return set_question(what, what_count, out, err);
}

void observe_help(struct buf *out)
{
    buf_printf(out,
               "Usage: mpic observe TYPE NAME [options]\n"
               "       mpic observe URL [options]\n"
               "Asks a coordinator what its perspectives see: records of a name (A, AAAA, CAA, "
               "CNAME, DS, MX, TXT),\nor a file. It is no validation.\n"
               "\nExamples:\n"
               "  mpic observe TXT example.com --dns-name-prefix _validation-contactemail\n"
               "  mpic observe CAA www.example.com --caa-search\n"
               "  mpic observe https://example.com/.well-known/security.txt\n"
               "\nOptions:\n");
    for (size_t i = 0; i < OPTION_ROWS; i++) {
        const char *value = options[i].value_name;
        struct buf left = {0};
        buf_printf(&left, "--%s%s%s", options[i].name, value ? " " : "", value ? value : "");
        buf_printf(out, "  %-30s %s\n", buf_str(&left), options[i].help);
        buf_clear(&left);
    }
    buf_printf(out, "\nExit status: 0 most see the same, 1 they see different things, 2 could not "
                    "tell, 64 wrong usage.\n");
}
