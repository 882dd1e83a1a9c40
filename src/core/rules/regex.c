#include "core/rules/regex.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

/* What one start of a match may cost: PCRE2 counts anew at each byte of the subject. */
#define MATCH_STEPS    100000
#define MATCH_DEPTH    1000
#define MATCH_HEAP_KIB 1024

/*
 * What a whole search may cost, in nanoseconds or so. The limits above would let one pattern hold up the
 * loop for ten seconds: they are counted anew at each start of a match, and an item that repeats costs
 * one step however far it runs ("\s+$" in a long run of blanks).
 */
#define SEARCH_COST      8000000
#define COST_OF_ITEM     40 /* to begin with it */
#define COST_OF_BYTE     3  /* to run over one with it */
#define COST_OF_PROPERTY 12 /* that is tested by its properties in Unicode, or against a list */

/* Ignoring case, a range is expanded character by character when the pattern is compiled: all that there
 * are take 4 ms. */
#define CASELESS_RANGES_MAX 0x110000u

/* Characters. A lookbehind goes back one by one, and finds too late that there are not enough before it. */
#define LOOKBEHIND_MAX 64

/* \C could cut a character in two. MATCH_INVALID_UTF, because a website may send any bytes. */
#define COMPILE_OPTIONS (PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C)

/* ---- what a pattern costs to compile ---- */

/* Of letters, "-" and "^" after "(?": are there options that ignore case? It does not matter where they
 * are undone. */
static bool may_ignore_case(const char *pattern)
{
    for (const char *at = strstr(pattern, "(?"); at; at = strstr(at + 1, "(?")) {
        size_t n = 2;
        while (ascii_is_alnum(at[n]) || at[n] == '-' || at[n] == '^')
            n++;
        if (memchr(at, 'i', n))
            return true;
    }
    return false;
}

static uint32_t number_of(const char *digits, int base)
{
    unsigned long value = strtoul(digits, NULL, base);
    return value < CASELESS_RANGES_MAX ? (uint32_t)value : CASELESS_RANGES_MAX;
}

/* The character that `at` begins with, or more; how it may be written: itself, or by its number in a
 * dozen ways. */
static uint32_t range_end(const char *at)
{
    const unsigned char *byte = (const unsigned char *)at;
    while (*at == ' ' || *at == '\t' || strncmp(at, "\\Q", 2) == 0 || strncmp(at, "\\E", 2) == 0)
        at += *at == '\\' ? 2 : 1; /* which say nothing inside a range */
    byte = (const unsigned char *)at;
    if (*byte >= 0xF0)
        return CASELESS_RANGES_MAX;
    if (*byte >= 0xE0)
        return 0x10000;
    if (*byte >= 0x80)
        return 0x800;
    if (*byte != '\\')
        return 0x80;
    const char *brace = strchr("xoN", at[1]) && at[1] && at[2] == '{' ? at + 3 : NULL;
    if (!brace)
        return 0x200; /* \xhh, \ddd */
    if (at[1] == 'o')
        return number_of(brace, 8);
    return number_of(at[1] == 'N' && strncmp(brace, "U+", 2) == 0 ? brace + 2 : brace, 16);
}

/* What follows each hyphen, as if all were ranges, and all began with the first character. */
static bool has_huge_caseless_ranges(const char *pattern)
{
    uint64_t all = 0;
    if (!may_ignore_case(pattern))
        return false;
    for (const char *hyphen = strchr(pattern, '-'); hyphen; hyphen = strchr(hyphen + 1, '-'))
        all += range_end(hyphen + 1);
    return all > CASELESS_RANGES_MAX;
}

/*
 * Items whose cost does not show where the next one begins; hardly another language has them. A script
 * run looks at all of its characters again whenever it is tried to end, a grapheme cluster at all flags
 * ("regional indicators") before it; what a condition leaves out, and the borders of words that are
 * written like classes, are gone through without a callout, thousands of times for each byte.
 */
static const struct {
    const char *text, *name;
} boundless_items[] = {
    {"(*sr:", "script runs, (*sr:"},
    {"(*script_run:", "script runs, (*sr:"},
    {"(*asr:", "script runs, (*asr:"},
    {"(*atomic_script_run:", "script runs, (*asr:"},
    {"(?(", "conditions, (?("},
    {"[[:<:]]", "[[:<:]] (\\b is as good)"},
    {"[[:>:]]", "[[:>:]] (\\b is as good)"},
};

/* NULL, or the name of the first such item. What is escaped is none. */
static const char *boundless_item(const char *pattern)
{
    for (const char *at = pattern; *at; at++) {
        if (at[0] == '\\' && at[1] == 'X')
            return "\\X";
        if (at[0] == '\\' && at[1]) {
            at++;
            continue;
        }
        for (size_t i = 0; i < sizeof boundless_items / sizeof *boundless_items; i++)
            if (str_starts_with(at, boundless_items[i].text))
                return boundless_items[i].name;
    }
    return NULL;
}

static pcre2_code *compile(const char *pattern, uint32_t more_options, struct err *err)
{
    struct bytes text = bytes_of(pattern);
    if (text.n > LIMIT_REGEX_BYTES) {
        err_set(err, ERR_LIMIT, "at most %d bytes", LIMIT_REGEX_BYTES);
        return NULL;
    }
    if (has_huge_caseless_ranges(pattern)) {
        err_set(err, ERR_LIMIT, "ranges of characters that ignore case are too wide");
        return NULL;
    }
    const char *boundless = boundless_item(pattern);
    if (boundless) {
        err_set(err, ERR_LIMIT, "%s cost too much to match", boundless);
        return NULL;
    }
    int error;
    PCRE2_SIZE offset;
    pcre2_code *code =
        pcre2_compile(text.p, text.n, COMPILE_OPTIONS | more_options, &error, &offset, NULL);
    if (!code) {
        err_set(err, ERR_PARSE, "no regular expression of PCRE2, as far as byte %zu shows",
                (size_t)offset);
        return NULL;
    }
    uint32_t lookbehind = 0;
    pcre2_pattern_info(code, PCRE2_INFO_MAXLOOKBEHIND, &lookbehind);
    if (lookbehind > LOOKBEHIND_MAX) {
        pcre2_code_free(code);
        err_set(err, ERR_LIMIT, "a lookbehind may have %d characters", LOOKBEHIND_MAX);
        return NULL;
    }
    return code;
}

/* ---- what a search costs ---- */

/* What an item of the pattern costs. */
struct item_cost {
    uint32_t per_byte; /* to run over one; 0: not known yet */
    uint32_t repeats;  /* that it needs at least */
    bool is_backreference;
};

struct search {
    const char *pattern;
    size_t left;     /* of SEARCH_COST */
    size_t position; /* in the subject, when the last item was begun with */
    size_t per_byte; /* of that item */
    size_t per_item; /* to begin with any */
    struct item_cost items[LIMIT_REGEX_BYTES + 1]; /* by their place in the pattern */
};

/* How often an item must match before it is left again: what its "{n" says. */
static size_t least_repeats(struct bytes item)
{
    size_t at = item.n;
    while (at > 0 && item.p[at - 1] != '{')
        at--;
    if (at == 0 || item.n - at < 2 || !memchr(item.p + at, '}', item.n - at))
        return 1;
    size_t count = 0;
    for (; at < item.n && ascii_is_digit((char)item.p[at]) && count < 65536; at++)
        count = count * 10 + (item.p[at] - (size_t)'0');
    return count > 0 ? count : 1;
}

/* A class of ASCII characters is one look into a table; one with others is a list that is gone through,
 * with an entry for every two or three bytes of the pattern. */
static size_t cost_per_byte(struct bytes item)
{
    bool is_plain = item.n > 0 && item.p[0] != '\\';
    for (size_t i = 0; is_plain && i < item.n; i++)
        is_plain = item.p[i] < 0x80 && (item.p[0] != '[' || item.p[i] != '\\');
    if (is_plain)
        return COST_OF_BYTE;
    return COST_OF_PROPERTY + (item.n > 0 && item.p[0] == '[' ? item.n * 2 : 0);
}

/* \1, \g{-1}, \k<name>, (?P=name). */
static bool is_backreference(struct bytes item)
{
    if (item.n >= 2 && item.p[0] == '\\')
        return ascii_is_digit((char)item.p[1]) || item.p[1] == 'g' || item.p[1] == 'k';
    return item.n >= 4 && memcmp(item.p, "(?P=", 4) == 0;
}

/* Of the longest group so far: that much may be compared before a backreference fails, and leaves no
 * trace. */
static size_t longest_group(const pcre2_callout_block *block)
{
    size_t longest = 0;
    for (uint32_t i = 1; i < block->capture_top; i++) {
        size_t start = block->offset_vector[2 * i], end = block->offset_vector[2 * i + 1];
        if (start != PCRE2_UNSET && end != PCRE2_UNSET && end > start && end - start > longest)
            longest = end - start;
    }
    return longest;
}

/* At the end of an alternative PCRE2 goes through those after it, and with each item that may be given up it
 * copies the places of all groups. */
static size_t cost_per_item(const char *pattern)
{
    size_t cost = COST_OF_ITEM;
    for (const char *at = pattern; *at; at++)
        cost += *at == '(' || *at == '|';
    return cost;
}

static const struct item_cost *cost_of(struct search *search, const pcre2_callout_block *block)
{
    struct item_cost *cost = &search->items[block->pattern_position];
    if (cost->per_byte == 0) {
        struct bytes item = {(const uint8_t *)search->pattern + block->pattern_position,
                             block->next_item_length};
        cost->repeats = (uint32_t)least_repeats(item);
        cost->per_byte = (uint32_t)cost_per_byte(item);
        cost->is_backreference = is_backreference(item);
    }
    return cost;
}

/* Runs before each item of the pattern that is tried, and only counts. What the item before ran over is
 * seen by where this one begins; but one that fails before it matched often enough leaves no trace, so
 * that much is paid in advance. */
static int on_item(pcre2_callout_block *block, void *arg)
{
    struct search *search = arg;
    const struct item_cost *item = cost_of(search, block);
    size_t now = block->current_position, then = search->position;
    size_t moved = now > then ? now - then : then - now;
    size_t room = block->subject_length > now ? block->subject_length - now : 0;
    size_t cost = search->per_item + moved * search->per_byte +
                  (item->repeats < room ? item->repeats : room) * item->per_byte;
    if (item->is_backreference)
        cost += longest_group(block) * COST_OF_PROPERTY;
    search->position = now;
    search->per_byte = item->per_byte;
    if (cost > search->left)
        return PCRE2_ERROR_MATCHLIMIT;
    search->left -= cost;
    return 0;
}

static enum regex_outcome match(const pcre2_code *code, const char *pattern, struct bytes subject,
                                size_t *end)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
    if (!context || !data)
        abort(); /* out of memory */
    pcre2_set_match_limit(context, MATCH_STEPS);
    pcre2_set_depth_limit(context, MATCH_DEPTH);
    pcre2_set_heap_limit(context, MATCH_HEAP_KIB);
    struct search search = {
        .pattern = pattern, .left = SEARCH_COST, .per_item = cost_per_item(pattern)};
    pcre2_set_callout(context, on_item, &search);
    PCRE2_SPTR text = subject.n ? subject.p : (PCRE2_SPTR) "";
    int found = pcre2_match(code, text, subject.n, 0, 0, data, context);
    *end = found >= 0 ? pcre2_get_ovector_pointer(data)[1] : 0;
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

/* What matches nothing at all would find itself in anything. */
static bool check_against_nothing(const pcre2_code *code, const char *pattern, struct err *err)
{
    size_t end;
    switch (match(code, pattern, (struct bytes){NULL, 0}, &end)) {
    case REGEX_NO_MATCH:
        return true;
    case REGEX_MATCH:
        return err_set(err, ERR_RANGE, "it must not match the empty text");
    case REGEX_LIMIT:
        break;
    }
    return err_set(err, ERR_LIMIT, "too costly to match even the empty text");
}

bool regex_check(const char *pattern, struct err *err)
{
    pcre2_code *code = compile(pattern, 0, err);
    if (!code)
        return false;
    bool is_usable = has_callout(code) ? err_set(err, ERR_RANGE, "it must not have callouts, (?C)")
                                       : check_against_nothing(code, pattern, err);
    pcre2_code_free(code);
    return is_usable;
}

enum regex_outcome regex_search(const char *pattern, struct bytes subject, size_t *end)
{
    struct err err;
    *end = 0;
    pcre2_code *code = compile(pattern, PCRE2_AUTO_CALLOUT, &err);
    if (!code)
        return REGEX_LIMIT;
    enum regex_outcome outcome = check_against_nothing(code, pattern, &err)
                                     ? match(code, pattern, subject, end)
                                     : REGEX_LIMIT;
    pcre2_code_free(code);
    return outcome;
}

/* ---- aside ---- */

struct regex_task *regex_task_new_check(const char *pattern)
{
    struct regex_task *task = xcalloc(1, sizeof *task);
    task->pattern = xstrdup(pattern);
    return task;
}

struct regex_task *regex_task_new_search(const char *pattern, struct bytes subject)
{
    struct regex_task *task = regex_task_new_check(pattern);
    task->searches = true;
    task->outcome = REGEX_LIMIT;
    task->subject_bytes = subject.n;
    task->subject = xmalloc(subject.n + 1);
    if (subject.n > 0)
        memcpy(task->subject, subject.p, subject.n);
    return task;
}

void regex_task_run(void *arg)
{
    struct regex_task *task = arg;
    const struct bytes subject = {task->subject, task->subject_bytes};
    if (task->searches)
        task->outcome = regex_search(task->pattern, subject, &task->end);
    else
        task->is_usable = regex_check(task->pattern, &task->fault);
}

void regex_task_free(void *arg)
{
    struct regex_task *task = arg;
    free(task->pattern);
    free(task->subject);
    free(task);
}
