#include "core/regex.h"

#include "core/limits.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

/* What one match may cost: a caller's expression can be made to take exponential time. */
#define MATCH_STEPS    100000
#define MATCH_DEPTH    1000
#define MATCH_HEAP_KIB 1024

/*
 * \C could cut a character in two. Callouts need no option: without a function to call they do
 * nothing. MATCH_INVALID_UTF, because a website may send any bytes.
 */
#define COMPILE_OPTIONS (PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C)

static pcre2_code *compile(const char *pattern, struct err *err)
{
    struct bytes text = bytes_of(pattern);
    if (text.n > LIMIT_REGEX_BYTES) {
        err_set(err, ERR_LIMIT, "at most %d bytes", LIMIT_REGEX_BYTES);
        return NULL;
    }
    int error;
    PCRE2_SIZE offset;
    pcre2_code *code = pcre2_compile(text.p, text.n, COMPILE_OPTIONS, &error, &offset, NULL);
    if (!code) {
        PCRE2_UCHAR reason[128] = "";
        pcre2_get_error_message(error, reason, sizeof reason);
        err_set(err, ERR_PARSE, "%s, at offset %zu", (const char *)reason, (size_t)offset);
    }
    return code;
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
    PCRE2_SPTR text = subject.n ? subject.p : (PCRE2_SPTR) "";
    int found = pcre2_match(code, text, subject.n, 0, 0, data, context);
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    if (found >= 0)
        return REGEX_MATCH;
    return found == PCRE2_ERROR_NOMATCH ? REGEX_NO_MATCH : REGEX_LIMIT;
}

bool regex_check(const char *pattern, struct err *err)
{
    pcre2_code *code = compile(pattern, err);
    if (!code)
        return false;
    enum regex_outcome outcome = match(code, (struct bytes){NULL, 0});
    pcre2_code_free(code);
    return outcome == REGEX_NO_MATCH || err_set(err, ERR_RANGE, "it must not match the empty text");
}

enum regex_outcome regex_search(const char *pattern, struct bytes subject)
{
    struct err err;
    pcre2_code *code = compile(pattern, &err);
    if (!code)
        return REGEX_LIMIT;
    enum regex_outcome outcome = match(code, subject);
    pcre2_code_free(code);
    return outcome;
}
