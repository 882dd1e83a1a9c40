#include "core/rules/redirect.h"

#include "base/limits.h"
#include "base/str.h"
#include "core/names/uri.h"

#include <assert.h>
#include <string.h>

#define WELL_KNOWN ".well-known"

/* BR 3.2.2.4.18 (1), .19 (1): the codes of RFC 7231 and RFC 7538 that keep the request a GET. */
static bool may_be_followed(int status_code)
{
    return status_code == 301 || status_code == 302 || status_code == 307 || status_code == 308;
}

static struct redirect_decision refuse(const struct redirect_query *query, const char *reason,
                                       struct arena *arena)
{
    const char *target =
        query->location_count == 0
            ? "none"
            : str_escape(arena, bytes_of(query->locations[0]), LIMIT_MESSAGE_OUTSIDE_BYTES);
    return (struct redirect_decision){
        .problem = PROBLEM_REDIRECT_INVALID,
        .text = arena_printf(arena, "Invalid redirect. Redirect code: %d, target: %s (%s)",
                             query->status_code, target, reason),
    };
}

/* Blanks around a field's value are no part of it (RFC 9110 section 5.5). */
static struct bytes trimmed(const char *value)
{
    struct bytes b = bytes_of(value);
    while (b.n > 0 && (b.p[0] == ' ' || b.p[0] == '\t'))
        b = (struct bytes){b.p + 1, b.n - 1};
    while (b.n > 0 && (b.p[b.n - 1] == ' ' || b.p[b.n - 1] == '\t'))
        b.n--;
    return b;
}

/* BR 3.2.2.4.18 (3), .19 (3): Authorized Ports; of those, the two that web servers have. */
static bool is_allowed_port(const struct redirect_query *query, uint16_t port)
{
    return port == 80 || port == 443 || port == query->http_port || port == query->https_port;
}

/* What "Redirect / https://example.com" makes of "/.well-known/…": the path is glued to the host, or
 * to its port. */
static bool ends_well_known(struct bytes authority)
{
    size_t n = strlen(WELL_KNOWN);
    return authority.n >= n &&
           bytes_eq_nocase((struct bytes){authority.p + authority.n - n, n}, bytes_of(WELL_KNOWN));
}

/* The target of the one Location field; NULL if it may be followed, else why not. */
static const char *resolve(const struct redirect_query *query, struct arena *arena, struct url *to)
{
    struct bytes location = trimmed(query->locations[0]);
    struct err err;
    if (location.n > LIMIT_URL_BYTES)
        return arena_printf(arena, "a URL may have %d bytes", LIMIT_URL_BYTES);
    if (!uri_is_well_formed(location))
        return "it has characters that a URL must not have (RFC 3986)";
    const char *base = url_format(query->from, arena);
    struct bytes target = bytes_of(uri_resolve(bytes_of(base), location, arena));
    bool is_glued = ends_well_known(uri_split(target).authority);
    if (!is_glued && !url_parse(target, arena, to, &err))
        return arena_strdup(arena, err.text);
    if (is_glued || ends_well_known(bytes_of(to->host)))
        return "the host ends in \"" WELL_KNOWN
               "\": is a \"/\" missing after the host name in the redirect of the web server?";
    if (!is_allowed_port(query, to->port))
        return "the port must be 80 or 443 (BR 1.6.1, Authorized Ports)";
    /* As it came too: resolving drops the fragment and dot segments. */
    if (url_holds_value(query->locations[0], query->challenge_value) ||
        url_holds_value(url_format(to, arena), query->challenge_value))
        return "it contains the expected challenge value (BR 3.2.2.4.18)";
    return NULL;
}

static struct redirect_decision give_up(const char *text)
{
    return (struct redirect_decision){.problem = PROBLEM_TOO_MANY_REDIRECTS, .text = text};
}

static struct redirect_decision follow(const struct redirect_query *query, const struct url *to,
                                       struct arena *arena)
{
    const char *text = url_format(to, arena);
    for (size_t i = 0; i < query->visited_count; i++)
        if (str_eq(query->visited[i], text))
            return give_up(
                arena_printf(arena, "The redirects run in a circle: %s was asked before",
                             str_escape(arena, bytes_of(text), LIMIT_MESSAGE_OUTSIDE_BYTES)));
    if (query->visited_count > REDIRECTS_MAX)
        return give_up(arena_printf(arena, "More than %d redirects", REDIRECTS_MAX));
    return (struct redirect_decision){.problem = PROBLEM_NONE, .to = *to};
}

struct redirect_decision redirect_decide(const struct redirect_query *query, struct arena *arena)
{
    struct url to;
    assert(query->visited_count > 0);
    if (!may_be_followed(query->status_code))
        return refuse(query, "only 301, 302, 307 and 308 may be followed: BR 3.2.2.4.18", arena);
    if (query->location_count == 0)
        return (struct redirect_decision){
            .problem = PROBLEM_HTTP_STATUS,
            .text = arena_printf(
                arena,
                "An HTTP error occurred: Response status %d, Response reason: %s (a "
                "redirect without a Location field)",
                query->status_code,
                query->reason.n > 0 ? str_report(arena, query->reason, LIMIT_MESSAGE_OUTSIDE_BYTES)
                                    : "none given"),
        };
    if (query->location_count > 1)
        return refuse(query, "the response has more than one Location field", arena);
    const char *reason = resolve(query, arena, &to);
    return reason ? refuse(query, reason, arena) : follow(query, &to, arena);
}
