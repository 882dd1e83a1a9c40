#include "core/rules/http_reason.h"

#include "base/limits.h"
#include "base/str.h"

/* What is at hand when a sentence is made. */
struct telling {
    const struct dcv_params *params;
    const struct http_final *final;
    const struct http_place *place;
    struct arena *arena;
};

static const char *shown(const struct telling *t, struct bytes outside)
{
    return str_report(t->arena, outside, LIMIT_MESSAGE_OUTSIDE_BYTES);
}

static bool begins_with(struct bytes text, const char *beginning)
{
    struct bytes wanted = bytes_of(beginning);
    return text.n >= wanted.n && bytes_eq((struct bytes){text.p, wanted.n}, wanted);
}

/* " The page …" */
static const char *page_text(const struct telling *t)
{
    struct bytes body = t->final->body;
    if (body.n == 0)
        return "The page is empty.";
    return arena_printf(
        t->arena, "The page %s \"%s\".",
        body.n <= LIMIT_MESSAGE_OUTSIDE_BYTES && !t->final->is_longer ? "is" : "begins with",
        shown(t, body));
}

static const char *status_reason(const struct telling *t)
{
    const struct http_final *final = t->final;
    const char *phrase =
        final->reason.n > 0 ? arena_printf(t->arena, " (%s)", shown(t, final->reason)) : "";
    const char *why = "only a status of 2xx proves control";
    if (final->status_code == 206)
        why = "only a part of the page came, although all of it was asked for";
    else if (final->status_code >= 200 && final->status_code <= 299)
        why = arena_printf(t->arena,
                           "the page is encoded (Content-Encoding: %s), which was not asked for",
                           shown(t, bytes_of(final->content_encoding)));
    return arena_printf(t->arena, "%s at %s answered with status %d%s, but %s. %s", t->place->url,
                        t->place->address, final->status_code, phrase, why, page_text(t));
}

static const char *size_reason(const struct telling *t)
{
    return arena_printf(t->arena,
                        "%s at %s sent a page of more than %zu bytes, the most that is read. %s",
                        t->place->url, t->place->address, http_body_limit(t->params), page_text(t));
}

/* What is often done wrong, as far as it can be seen. */
static const char *key_authorization_hint(const struct telling *t)
{
    struct bytes body = t->final->body;
    struct bytes token = bytes_of(t->params->token);
    if (begins_with(body, "\xEF\xBB\xBF"))
        return " It begins with a byte order mark, which an editor may have added.";
    if (body.n > 0 && (body.p[0] == ' ' || (body.p[0] >= '\t' && body.p[0] <= '\r')))
        return " It begins with white space, which counts.";
    if (body.n > 0 && body.p[0] == '<')
        return " It is a page for people: another rule of the server answers for this URL.";
    if (token.n > 0 && bytes_contain(body, token) && body.n < token.n + 3)
        return " It is the token alone: a dot and the thumbprint of the account key must follow.";
    if (token.n > 0 && begins_with(body, t->params->token))
        return " The thumbprint is that of another account key.";
    return "";
}

static const char *challenge_hint(const struct telling *t)
{
    struct bytes expected = bytes_of(t->params->challenge_value);
    if (t->params->require_exact_case && bytes_contain_nocase(t->final->body, expected))
        return " It is there in other letters: case counts.";
    if (t->final->is_longer)
        return arena_printf(t->arena, " Only the first %zu bytes are looked at.",
                            http_body_limit(t->params));
    return "";
}

static const char *match_reason(const struct telling *t)
{
    bool is_acme = method_get(t->params->method)->page == PAGE_IS_KEY_AUTHORIZATION;
    const char *expected = is_acme ? t->params->key_authorization : t->params->challenge_value;
    const char *hint = is_acme ? key_authorization_hint(t) : challenge_hint(t);
    return arena_printf(t->arena, "%s at %s answered, but its page %s \"%s\". %s%s", t->place->url,
                        t->place->address,
                        is_acme ? "is not the key authorization"
                                : "does not hold the challenge value",
                        shown(t, bytes_of(expected)), page_text(t), hint);
}

/* The value is there, or none was asked for, but the expression stands in the way. */
static const char *regex_reason(const struct telling *t, const struct http_judgement *judgement)
{
    const char *what = "it does not match match_regex";
    if (judgement->problem == PROBLEM_REGEX_LIMIT)
        what = judgement->is_late ? "there was no time left to match it with match_regex"
                                  : "matching it with match_regex takes too many steps:";
    return arena_printf(t->arena, "%s at %s answered with a page of %zu bytes, but %s \"%s\". %s",
                        t->place->url, t->place->address, t->final->body.n, what,
                        shown(t, bytes_of(t->params->match_regex)), page_text(t));
}

const char *http_reason(const struct dcv_params *params, const struct http_final *final,
                        const struct http_judgement *judgement, const struct http_place *place,
                        struct arena *arena)
{
    const struct telling telling = {params, final, place, arena};
    if (judgement->problem == PROBLEM_HTTP_STATUS)
        return status_reason(&telling);
    if (judgement->problem == PROBLEM_BODY_TOO_LARGE)
        return size_reason(&telling);
    if (judgement->problem == PROBLEM_REGEX_LIMIT || judgement->is_regex)
        return regex_reason(&telling, judgement);
    return match_reason(&telling);
}
