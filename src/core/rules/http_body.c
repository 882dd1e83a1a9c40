#include "core/rules/http_body.h"

#include "base/limits.h"
#include "base/str.h"

#define WEBSITE_BODY_BYTES     (16 * 1024)
#define ACME_BODY_EXTRA_BYTES  128 /* for the line ends and blanks after a key authorization */
#define PAGE_BYTES             100 /* of the body are reported at least, as Open MPIC does */
#define STATUS_PARTIAL_CONTENT 206

static bool is_empty(const char *text)
{
    return !text || !*text;
}

static bool is_key_authorization(const struct dcv_params *params)
{
    return method_get(params->method)->page == PAGE_IS_KEY_AUTHORIZATION;
}

static struct bytes expected_value(const struct dcv_params *params)
{
    return bytes_of(is_key_authorization(params) ? params->key_authorization
                                                 : params->challenge_value);
}

size_t http_body_limit(const struct dcv_params *params)
{
    return is_key_authorization(params) ? expected_value(params).n + ACME_BODY_EXTRA_BYTES
                                        : WEBSITE_BODY_BYTES;
}

size_t http_body_page_bytes(const struct dcv_params *params)
{
    size_t expected = expected_value(params).n;
    return expected > PAGE_BYTES ? expected : PAGE_BYTES;
}

static struct http_judgement problem(enum problem problem, const char *text)
{
    return (struct http_judgement){.problem = problem, .text = text};
}

static struct http_judgement proven(size_t seen_bytes)
{
    return (struct http_judgement){.problem = PROBLEM_NONE, .seen_bytes = seen_bytes};
}

/* The white space of ASCII, and no other: a no-break space is content. */
static bool is_blank(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct bytes trim_end(struct bytes text)
{
    while (text.n > 0 && is_blank(text.p[text.n - 1]))
        text.n--;
    return text;
}

static struct bytes trim(struct bytes text)
{
    while (text.n > 0 && is_blank(text.p[0])) {
        text.p++;
        text.n--;
    }
    return trim_end(text);
}

/* --- the head ------------------------------------------------------------------------------ */

/* RFC 9110 section 8.4: codings have been applied, unless there are none; "identity" is what some
 * servers say instead of nothing. */
static bool has_coding(const char *content_encoding)
{
    struct bytes codings = trim(bytes_of(content_encoding));
    return codings.n > 0 && !bytes_eq_nocase(codings, bytes_of("identity"));
}

/* In the words of the reference, with the phrase of the server; outside data. */
static const char *status_text(const struct http_final *final, const char *more,
                               struct arena *arena)
{
    const char *reason = "none given";
    if (final->reason.n > 0)
        reason = str_report(arena, final->reason, LIMIT_MESSAGE_OUTSIDE_BYTES);
    return arena_printf(arena, "An HTTP error occurred: Response status %d, Response reason: %s%s",
                        final->status_code, reason, more);
}

static struct http_judgement judge_head(const struct http_final *final, struct arena *arena)
{
    /* BR 3.2.2.4.18 item 2, BR 3.2.2.4.19: only a 2xx status is a successful response. */
    if (final->status_code < 200 || final->status_code > 299)
        return problem(PROBLEM_HTTP_STATUS, status_text(final, "", arena));
    /* No range was asked for (RFC 9110 section 15.3.7): this is not the file. */
    if (final->status_code == STATUS_PARTIAL_CONTENT)
        return problem(PROBLEM_HTTP_STATUS,
                       status_text(final, " (a part, although all was asked for)", arena));
    if (has_coding(final->content_encoding)) {
        struct bytes coding = bytes_of(final->content_encoding);
        const char *more =
            arena_printf(arena, " (Content-Encoding \"%s\", although none was accepted)",
                         str_report(arena, coding, LIMIT_MESSAGE_OUTSIDE_BYTES));
        return problem(PROBLEM_HTTP_STATUS, status_text(final, more, arena));
    }
    return proven(0);
}

/* --- the body ------------------------------------------------------------------------------ */

static bool is_too_large(const struct dcv_params *params, const struct http_final *final)
{
    return final->is_longer || final->body.n > http_body_limit(params);
}

static struct http_judgement too_large(const struct dcv_params *params, struct arena *arena)
{
    return problem(PROBLEM_BODY_TOO_LARGE,
                   arena_printf(arena, "The response body is longer than %zu bytes.",
                                http_body_limit(params)));
}

/* RFC 8555 section 8.3: white space at the end of the body does not count; what comes before the key
 * authorization does, be it a blank or a byte order mark. */
static struct http_judgement judge_key_authorization(const struct dcv_params *params,
                                                     const struct http_final *final,
                                                     struct arena *arena)
{
    if (is_too_large(params, final))
        return too_large(params, arena);
    struct bytes expected = expected_value(params);
    if (expected.n > 0 && bytes_eq(trim_end(final->body), expected))
        return proven(final->body.n);
    return problem(PROBLEM_NO_MATCH, "The response body is not the key authorization.");
}

/* Where the first challenge value ends that `body` holds; SIZE_MAX if it holds none. An empty value is
 * held by everything, and ends where it begins. */
static size_t challenge_end(const struct dcv_params *params, struct bytes body)
{
    struct bytes expected = expected_value(params);
    size_t at =
        params->require_exact_case ? bytes_find(body, expected) : bytes_find_nocase(body, expected);
    return at == SIZE_MAX ? at : at + expected.n;
}

static struct http_judgement regex_mismatch(void)
{
    return (struct http_judgement){.problem = PROBLEM_NO_MATCH,
                                   .text = "The response body does not match match_regex.",
                                   .is_regex = true};
}

/* `value_end`: of the challenge value in it. */
static struct http_judgement search_later(struct bytes body, size_t value_end)
{
    struct bytes trimmed = trim(body);
    if (trimmed.n == 0)
        return regex_mismatch();
    struct http_judgement open = http_body_give_up();
    open.seen_bytes = value_end;
    open.to_search = trimmed;
    open.to_search_at = (size_t)(trimmed.p - body.p);
    return open;
}

struct http_judgement http_body_give_up(void)
{
    return (struct http_judgement){.problem = PROBLEM_REGEX_LIMIT,
                                   .text = "match_regex could not be matched in time.",
                                   .is_late = true};
}

struct http_judgement http_body_conclude(const struct http_judgement *judgement,
                                         enum regex_outcome outcome, size_t end)
{
    switch (outcome) {
    case REGEX_MATCH:
        end += judgement->to_search_at;
        return proven(end > judgement->seen_bytes ? end : judgement->seen_bytes);
    case REGEX_NO_MATCH:
        return regex_mismatch();
    case REGEX_LIMIT:
        break;
    }
    return problem(PROBLEM_REGEX_LIMIT,
                   "Matching match_regex to the response body takes too many steps.");
}

static struct http_judgement judge_website(const struct dcv_params *params,
                                           const struct http_final *final, struct arena *arena)
{
    bool has_regex = !is_empty(params->match_regex);
    /* An expression that looks at a part could match what the whole does not ("^…$"). */
    if (has_regex && is_too_large(params, final))
        return too_large(params, arena);
    if (!has_regex && is_empty(params->challenge_value))
        return problem(PROBLEM_NO_MATCH, "Nothing was asked for.");
    struct bytes body = final->body;
    if (body.n > http_body_limit(params))
        body.n = http_body_limit(params);
    size_t value_end = challenge_end(params, body);
    if (value_end == SIZE_MAX)
        return problem(PROBLEM_NO_MATCH, "The response body does not hold the challenge value.");
    return has_regex ? search_later(body, value_end) : proven(value_end);
}

struct http_judgement http_body_judge(const struct dcv_params *params,
                                      const struct http_final *final, struct arena *arena)
{
    struct http_judgement head = judge_head(final, arena);
    if (head.problem != PROBLEM_NONE)
        return head;
    return is_key_authorization(params) ? judge_key_authorization(params, final, arena)
                                        : judge_website(params, final, arena);
}
