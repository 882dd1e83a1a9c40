#include "core/regex.h"

#include "core/limits.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

/* What one start of a match may cost: PCRE2 counts anew at each byte of the subject. */
#define MATCH_STEPS    100000
#define MATCH_DEPTH    1000
#define MATCH_HEAP_KIB 1024

/* What a whole search may cost. The per-start limit alone would let one pattern hold up the loop
 * for ten seconds ("\s+$" in a long run of blanks takes two). These are some 0.1 s. */
#define SEARCH_STEPS   4000000
#define BYTES_PER_STEP 16 /* scanning is cheaper than backtracking */

/* \C could cut a character in two. MATCH_INVALID_UTF, because a website may send any bytes. */
#define COMPILE_OPTIONS (PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C)

static pcre2_code *compile(const char *pattern, uint32_t more_options, struct err *err)
{
    struct bytes text = bytes_of(pattern);
    if (text.n > LIMIT_REGEX_BYTES) {
        err_set(err, ERR_LIMIT, "at most %d bytes", LIMIT_REGEX_BYTES);
        return NULL;
    }
    int error;
    PCRE2_SIZE offset;
    pcre2_code *code =
        pcre2_compile(text.p, text.n, COMPILE_OPTIONS | more_options, &error, &offset, NULL);
    if (!code) {
        PCRE2_UCHAR reason[128] = "";
        pcre2_get_error_message(error, reason, sizeof reason);
        err_set(err, ERR_PARSE, "%s, at offset %zu", (const char *)reason, (size_t)offset);
    }
    return code;
}

struct search_cost {
    size_t position; /* in the subject, at the last item */
    size_t steps;
};

/* Runs before each item of the pattern that is tried, and only counts. */
static int on_item(pcre2_callout_block *block, void *arg)
{
    struct search_cost *cost = arg;
    size_t now = block->current_position, then = cost->position;
    cost->position = now;
    cost->steps += 1 + (now > then ? now - then : then - now) / BYTES_PER_STEP;
    return cost->steps > SEARCH_STEPS ? PCRE2_ERROR_MATCHLIMIT : 0;
}

static enum regex_outcome match(const pcre2_code *code, struct bytes subject)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
    if (!context || !data)
        abort(); /* out of memory */
    pcre2_set_match_limit(context, MATCH_STEPS);
    pcre2_set_depth_limit(context, MATCH_DEPTH);
    pcre2_set_heap_limit(context, MATCH_HEAP_KIB);
    struct search_cost cost = {0};
    pcre2_set_callout(context, on_item, &cost);
    PCRE2_SPTR text = subject.n ? subject.p : (PCRE2_SPTR) "";
    int found = pcre2_match(code, text, subject.n, 0, 0, data, context);
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    if (found >= 0)
        return REGEX_MATCH;
    return found == PCRE2_ERROR_NOMATCH ? REGEX_NO_MATCH : REGEX_LIMIT;
}

static int on_callout(pcre2_callout_enumerate_block *block, void *arg)
{
    (void)block, (void)arg;
    return 1;
}

static bool has_callout(const pcre2_code *code)
{
    return pcre2_callout_enumerate(code, on_callout, NULL) != 0;
}

bool regex_check(const char *pattern, struct err *err)
{
    pcre2_code *code = compile(pattern, 0, err);
    if (!code)
        return false;
    bool calls = has_callout(code);
    pcre2_code_free(code);
    if (calls)
        return err_set(err, ERR_RANGE, "it must not have callouts, (?C)");
    switch (regex_search(pattern, (struct bytes){NULL, 0})) {
    case REGEX_NO_MATCH:
        return true;
    case REGEX_MATCH:
        return err_set(err, ERR_RANGE, "it must not match the empty text");
    case REGEX_LIMIT:
        break;
    }
    return err_set(err, ERR_LIMIT, "too costly to match even the empty text");
}

enum regex_outcome regex_search(const char *pattern, struct bytes subject)
{
    struct err err;
    pcre2_code *code = compile(pattern, PCRE2_AUTO_CALLOUT, &err);
    if (!code)
        return REGEX_LIMIT;
    enum regex_outcome outcome = match(code, subject);
    pcre2_code_free(code);
    return outcome;
}
