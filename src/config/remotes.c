#include "config/parts.h"

#include "base/str.h"
#include "config/peer_url.h"
#include "core/names/url.h"

#include <string.h>

enum {
    HEADER_SECRET_BYTES = 16, /* from this length on a header can be the perspective's secret */
};

/* One entry of coordinator.perspectives on its way. */
struct remote {
    const struct config_reading *r;
    const struct keys_remote *keys;
    const char *path; /* "coordinator.perspectives[2]" */
    size_t index;
};

static const char *path_of(const struct remote *remote, const char *key)
{
    return arena_printf(remote->r->arena, "%s.%s", remote->path, key);
}

/* --- where it is ---------------------------------------------------------------------------- */

static void check_first_of_code(const struct remote *remote, const struct keys_remote *all)
{
    for (size_t i = 0; i < remote->index; i++)
        if (all[i].code && str_eq(all[i].code, remote->keys->code)) {
            config_mistake(remote->r, path_of(remote, "code"),
                           "is \"%s\", as that of an entry above; each perspective has a code of "
                           "its own",
                           config_shown(remote->r, remote->keys->code));
            return;
        }
}

static enum rir make_rir(const struct remote *remote)
{
    const struct keys_remote *keys = remote->keys;
    const char *path = path_of(remote, "rir");
    enum rir rir = keys->rir ? rir_parse(keys->rir) : RIR_NONE;
    if (!keys->rir && !config_has(remote->r, path))
        config_mistake(remote->r, remote->path,
                       "rir is missing; name the registry of its region (AFRINIC, APNIC, ARIN, "
                       "LACNIC or RIPE NCC), or list the code in coordinator.perspectives_file");
    else if (keys->rir && rir == RIR_NONE)
        config_mistake(remote->r, path, "is \"%s\"; write AFRINIC, APNIC, ARIN, LACNIC or RIPE NCC",
                       config_shown(remote->r, keys->rir));
    return rir;
}

static void check_place(const struct remote *remote)
{
    const struct keys_remote *keys = remote->keys;
    bool has_latitude = config_has(remote->r, path_of(remote, "latitude"));
    bool has_longitude = config_has(remote->r, path_of(remote, "longitude"));
    if (has_latitude != has_longitude)
        config_mistake(remote->r, remote->path, "has a %s without a %s; give both, in degrees",
                       has_latitude ? "latitude" : "longitude",
                       has_latitude ? "longitude" : "latitude");
    else if (!has_latitude && !keys->too_close_codes.count)
        config_warning(remote->r, remote->path,
                       "has neither latitude and longitude nor too_close_codes, so that it cannot "
                       "be kept 500 km from the others (BR 3.2.2.9); give its coordinates");
}

static void check_too_close_codes(const struct remote *remote, const struct keys_remote *all,
                                  size_t count, const struct strv *known)
{
    /* What the perspectives file lists for regions that are not used here is no mistake. */
    if (!config_has(remote->r, path_of(remote, "too_close_codes")))
        return;
    for (size_t i = 0; i < remote->keys->too_close_codes.count; i++) {
        const char *code = remote->keys->too_close_codes.items[i];
        bool is_known = strv_has(known, code);
        for (size_t j = 0; j < count && !is_known; j++)
            is_known = all[j].code && str_eq(all[j].code, code);
        if (!is_known)
            config_warning(
                remote->r,
                arena_printf(remote->r->arena, "%s.too_close_codes[%zu]", remote->path, i),
                "is \"%s\", and no perspective has that code; mend it, or remove it",
                config_shown(remote->r, code));
    }
}

/* --- how it is reached ---------------------------------------------------------------------- */

static bool has_secret_header(const struct keys_remote *keys)
{
    for (size_t i = 0; i < keys->headers.count; i++)
        if (strlen(keys->headers.items[i].value) >= HEADER_SECRET_BYTES)
            return true;
    return false;
}

/* BR 3.2.2.9: all communication with a remote perspective is authenticated and encrypted. */
static void check_channel(const struct remote *remote, const char *path,
                          const struct peer_url *facts)
{
    if (facts->is_loopback)
        return;
    if (!facts->is_https)
        config_breach(remote->r, path, "is not encrypted (BR 3.2.2.9); write an https:// URL%s",
                      remote->r->keys->coordinator.baseline == BASELINE_ENFORCE
                          ? ", or set coordinator.baseline: warn for a lab"
                          : "");
    else if (!has_secret_header(remote->keys))
        config_breach(remote->r, path,
                      "leads to a perspective that cannot tell the coordinator from anybody else "
                      "(BR 3.2.2.9); give it a secret of %d characters or more in headers",
                      HEADER_SECRET_BYTES);
}

/* `base` is a url, to which the path of the check is appended. */
static void check_url(const struct remote *remote, const char *key, const char *url, bool is_base)
{
    const char *path = path_of(remote, key);
    struct peer_url facts;
    struct err err;
    if (!url)
        return;
    if (!peer_url_check(url, &facts, &err))
        config_mistake(remote->r, path, "is \"%s\", which %s", config_shown(remote->r, url),
                       err.text);
    else if (is_base && facts.has_query)
        config_mistake(remote->r, path,
                       "has a query, behind which /caa and /dcv cannot be appended; write caa_url "
                       "and dcv_url");
    else
        check_channel(remote, path, &facts);
}

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!ascii_is_alnum(*p) && !strchr("!#$%&'*+-.^_`|~", *p))
            return false;
    return *text != '\0';
}

static bool is_field_value(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p > 0x7E)
            return false;
    return true;
}

/* What the HTTP client writes itself. */
static bool is_reserved_header(const char *name)
{
    static const char *const reserved[] = {
        "host", "content-type", "content-length", "transfer-encoding", "connection", "expect",
        "te",   "trailer",      "upgrade"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (str_eq_nocase(name, reserved[i]))
            return true;
    return false;
}

static void check_headers(const struct remote *remote)
{
    const struct keys_map *headers = &remote->keys->headers;
    for (size_t i = 0; i < headers->count; i++) {
        const char *name = config_shown(remote->r, headers->items[i].key);
        const char *path = path_of(remote, arena_printf(remote->r->arena, "headers.%s", name));
        if (!is_token(headers->items[i].key))
            config_mistake(remote->r, path,
                           "is no name of a header (RFC 9110 section 5.6.2); use letters, digits "
                           "and '-'");
        else if (is_reserved_header(headers->items[i].key))
            config_mistake(remote->r, path, "is written by mpicd itself; remove it");
        else if (!is_field_value(headers->items[i].value))
            config_mistake(remote->r, path, "has a value that is not ASCII; encode it");
    }
}

static void check_reach(const struct remote *remote)
{
    const struct keys_remote *keys = remote->keys;
    bool has_url = config_has(remote->r, path_of(remote, "url"));
    bool has_both = config_has(remote->r, path_of(remote, "caa_url")) &&
                    config_has(remote->r, path_of(remote, "dcv_url"));
    bool has_any = has_url || config_has(remote->r, path_of(remote, "caa_url")) ||
                   config_has(remote->r, path_of(remote, "dcv_url"));
    if (keys->local && has_any)
        config_mistake(remote->r, path_of(remote, "local"),
                       "stands beside a URL; remove one of them");
    else if (keys->local && !remote->r->config->serves_checks)
        config_mistake(remote->r, path_of(remote, "local"),
                       "needs the section perspective, whose settings it runs with; add it");
    else if (keys->local && config_has(remote->r, path_of(remote, "binding")))
        config_mistake(remote->r, path_of(remote, "binding"),
                       "stands beside local: true, which needs none; remove it");
    else if (!keys->local && !has_url && !has_both)
        config_mistake(remote->r, remote->path,
                       "has no url; give it one, or caa_url and dcv_url, or local: true");
    check_url(remote, "url", keys->url, true);
    check_url(remote, "caa_url", keys->caa_url, false);
    check_url(remote, "dcv_url", keys->dcv_url, false);
    check_headers(remote);
}

static const char *join_url(struct arena *arena, const char *base, const char *path)
{
    size_t n = base ? strlen(base) : 0;
    while (n && base[n - 1] == '/')
        n--;
    return arena_printf(arena, "%.*s%s", (int)n, base ? base : "", path);
}

static struct transport_http_settings make_http(const struct remote *remote)
{
    const struct keys_remote *keys = remote->keys;
    struct arena *arena = remote->r->arena;
    struct fetch_header *headers = arena_array(arena, keys->headers.count, sizeof *headers);
    for (size_t i = 0; i < keys->headers.count; i++)
        headers[i] = (struct fetch_header){.name = keys->headers.items[i].key,
                                           .value = keys->headers.items[i].value};
    return (struct transport_http_settings){
        .code = keys->code,
        .caa_url = keys->caa_url ? keys->caa_url : join_url(arena, keys->url, "/caa"),
        .dcv_url = keys->dcv_url ? keys->dcv_url : join_url(arena, keys->url, "/dcv"),
        .observe_url = keys->url ? join_url(arena, keys->url, "/observe") : NULL,
        .headers = headers,
        .header_count = keys->headers.count,
        .is_unbound = keys->binding == CONFIG_BINDING_NONE,
    };
}

/* The local perspective of this code; a new one, which differs in its code, if there is none. */
static size_t make_local(const struct remote *remote)
{
    struct config *config = remote->r->config;
    const char *code = remote->keys->code;
    if (!config->serves_checks || !code)
        return CONFIG_NO_LOCAL;
    for (size_t i = 0; i < config->local_count; i++)
        if (str_eq(config->locals[i].perspective_code, code))
            return i;
    remote->r->locals[config->local_count] = remote->r->locals[0];
    remote->r->locals[config->local_count].perspective_code = code;
    return config->local_count++;
}

static void check_locals(const struct config_reading *r, const struct keys_remote *all,
                         size_t count)
{
    size_t locals = 0, last = 0;
    for (size_t i = 0; i < count; i++)
        if (all[i].local)
            locals++, last = i;
    const char *path = arena_printf(r->arena, "coordinator.perspectives[%zu].local", last);
    if (locals > 1 && !r->source->is_dev)
        config_breach(r, path,
                      "makes %zu perspectives of this one place, but they must be 500 km apart to "
                      "count (BR 3.2.2.9); let at most one be local",
                      locals);
    if (locals &&
        r->keys->perspective.check_timeout_ms > r->keys->coordinator.perspective_timeout_ms)
        config_warning(
            r, "coordinator.perspective_timeout_ms",
            "is %lld, under perspective.check_timeout_ms, %lld; raise it, or checks that "
            "are still running are given up",
            (long long)r->keys->coordinator.perspective_timeout_ms,
            (long long)r->keys->perspective.check_timeout_ms);
    if (locals == 1 && all[last].code && r->keys->perspective.code &&
        !str_eq(all[last].code, r->keys->perspective.code))
        config_warning(r, path,
                       "is in this process, whose perspective.code is %s; use one code for one "
                       "place",
                       config_shown(r, r->keys->perspective.code));
}

void config_make_remotes(const struct config_reading *r)
{
    struct strv known;
    const struct keys_remote *all = config_complete_remotes(r, &known);
    size_t count = r->keys->coordinator.perspectives.count;
    struct perspective_info *infos = arena_array(r->arena, count, sizeof *infos);
    struct config_way *ways = arena_array(r->arena, count, sizeof *ways);
    for (size_t i = 0; i < count; i++) {
        struct remote remote = {.r = r, .keys = &all[i], .index = i};
        remote.path = arena_printf(r->arena, "coordinator.perspectives[%zu]", i);
        if (all[i].code) {
            config_check_code(r, path_of(&remote, "code"), all[i].code);
            check_first_of_code(&remote, all);
        }
        infos[i] = (struct perspective_info){.code = all[i].code,
                                             .name = all[i].name,
                                             .rir = make_rir(&remote),
                                             .has_coordinates = all[i].latitude.present &&
                                                                all[i].longitude.present,
                                             .latitude = all[i].latitude.value,
                                             .longitude = all[i].longitude.value,
                                             .too_close_codes = all[i].too_close_codes,
                                             .is_unbound = all[i].binding == CONFIG_BINDING_NONE};
        check_place(&remote);
        check_too_close_codes(&remote, all, count, &known);
        check_reach(&remote);
        ways[i] = (struct config_way){.local = all[i].local ? make_local(&remote) : CONFIG_NO_LOCAL,
                                      .http = all[i].local ? (struct transport_http_settings){0}
                                                           : make_http(&remote)};
    }
    check_locals(r, all, count);
    r->config->coordinator.perspectives = infos;
    r->config->coordinator.perspective_count = count;
    r->config->ways = ways;
}

/* `text` may be NULL. */
static void add_host(struct strv *hosts, const char *text, struct arena *arena)
{
    struct url url;
    struct err err;
    if (text && url_parse(bytes_of(text), arena, &url, &err) && !url.host_is_address &&
        !strv_has(hosts, url.host))
        ((const char **)hosts->items)[hosts->count++] = url.host;
}

struct strv config_peer_hosts(const struct config *config, struct arena *arena)
{
    size_t count = config->serves_mpic ? config->coordinator.perspective_count : 0;
    struct strv hosts = {.items = arena_array(arena, 3 * count, sizeof(const char *)),
                         .present = true};
    for (size_t i = 0; i < count; i++) {
        if (config->ways[i].local != CONFIG_NO_LOCAL)
            continue;
        add_host(&hosts, config->ways[i].http.caa_url, arena);
        add_host(&hosts, config->ways[i].http.dcv_url, arena);
        add_host(&hosts, config->ways[i].http.observe_url, arena);
    }
    return hosts;
}
