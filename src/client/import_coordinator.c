#include "client/import_parts.h"

#include "base/str.h"
#include "config/peer_url.h"

#include <string.h>

enum {
    SECRET_BYTES = 16,       /* from this length on mpicd takes a header for a secret */
    TIMEOUT_MS = 5000,       /* Open MPIC's http_client_timeout_seconds in a coordinator */
    MAX_ATTEMPT_MS = 120000, /* in mpicd.yaml(5) */
    MAX_ATTEMPTS = 100,      /* of a request, likewise */
};

static void put_secret(struct importing *i)
{
    const char *secret = import_get(i, "hash_secret");
    if (!secret || !*secret || str_eq(secret, "HASH_SECRET_STRING")) {
        size_t n = notes_decide(
            &i->notes,
            "coordinator.hash_secret_file: hash_secret %s; make one: openssl rand -hex "
            "32 > hash-secret; chmod 600 hash-secret",
            secret && *secret ? "is Open MPIC's placeholder" : "is missing");
        buf_printf(i->out, "  hash_secret_file: hash-secret  # DECIDE %zu\n", n);
        return;
    }
    buf_printf(i->out, "  hash_secret: ");
    yaml_put_text(i->out, secret);
    buf_printf(i->out, "\n");
}

static void put_counts(struct importing *i)
{
    long count = 0, attempts = 0;
    if (import_whole_number(i, "default_perspective_count", &count)) {
        buf_printf(i->out, "  default_perspective_count: %ld\n", count);
    } else {
        size_t n = notes_decide(
            &i->notes,
            "coordinator.default_perspective_count: %s; from 2026-12-15 on BR 3.2.2.9 "
            "demands 5",
            import_get(i, "default_perspective_count") ? "was no number" : "is missing");
        buf_printf(i->out, "  default_perspective_count: 5  # DECIDE %zu\n", n);
    }
    if (!import_whole_number(i, "absolute_max_attempts", &attempts) || attempts < 1) {
        size_t n =
            notes_decide(&i->notes,
                         "coordinator.absolute_max_attempts: Open MPIC has no limit without it; "
                         "here are 1 to %d, and 3 if nothing is said",
                         MAX_ATTEMPTS);
        buf_printf(i->out, "  absolute_max_attempts: 3  # DECIDE %zu\n", n);
        return;
    }
    if (attempts > MAX_ATTEMPTS)
        notes_drop(&i->notes, "absolute_max_attempts was %ld, and %d is the most here", attempts,
                   MAX_ATTEMPTS);
    buf_printf(i->out, "  absolute_max_attempts: %ld\n",
               attempts > MAX_ATTEMPTS ? MAX_ATTEMPTS : attempts);
}

static bool is_asked(const struct importing *i, const char *code)
{
    for (size_t k = 0; k < i->endpoint_count; k++)
        if (str_eq(i->endpoints[k].code, code))
            return true;
    return false;
}

static void put_too_close_codes(struct importing *i, const struct region *region)
{
    size_t count = 0;
    buf_printf(i->out, "      too_close_codes: [");
    for (size_t k = 0; k < region->too_close_codes.count; k++) {
        const char *code = region->too_close_codes.items[k];
        if (!is_asked(i, code))
            continue; /* a region that is not used here */
        buf_printf(i->out, "%s", count++ ? ", " : "");
        yaml_put_text(i->out, code);
    }
    buf_printf(i->out, "]\n");
}

static void put_place(struct importing *i, const char *code)
{
    const struct region *region = regions_find(i->import->regions, code);
    if (region && region->name) {
        buf_printf(i->out, "      name: ");
        yaml_put_text(i->out, region->name);
        buf_printf(i->out, "\n");
    }
    if (region && region->rir) {
        buf_printf(i->out, "      rir: ");
        yaml_put_text(i->out, region->rir);
        buf_printf(i->out, "\n");
    } else {
        size_t n =
            notes_decide(&i->notes,
                         "rir of %s: AFRINIC, APNIC, ARIN, LACNIC or RIPE NCC; --perspectives with "
                         "an available_perspectives.yaml that has it fills this in",
                         import_shown(i, code));
        buf_printf(i->out, "      # rir: ARIN  # DECIDE %zu\n", n);
    }
    /* An empty list is Open MPIC's default and declares nothing, as it would here: that no other
     * perspective is too close. */
    if (region && region->too_close_codes.count > 0)
        put_too_close_codes(i, region);
    size_t n =
        notes_decide(&i->notes,
                     "place of %s: write its coordinates, so that it is kept 500 km from the "
                     "others (BR 3.2.2.9)",
                     import_shown(i, code));
    buf_printf(i->out, "      # latitude: 0.0   # DECIDE %zu, in degrees\n      # longitude: 0.0\n",
               n);
}

/* The length of what comes before `path` at the end of the URL; 0 if it does not end so. */
static size_t base_length(const char *url, const char *path)
{
    return str_ends_with(url, path) && !strchr(url, '?') ? strlen(url) - strlen(path) : 0;
}

static void put_url(struct importing *i, const char *key, const char *url)
{
    struct peer_url facts;
    struct err err;
    buf_printf(i->out, "      %s: ", key);
    yaml_put_text(i->out, url);
    if (!peer_url_check(url, &facts, &err)) {
        size_t n = notes_decide(&i->notes, "%s %s", import_shown(i, url), err.text);
        buf_printf(i->out, "  # DECIDE %zu", n);
    } else if (!facts.is_https && !facts.is_loopback) {
        size_t n =
            notes_decide(&i->notes,
                         "%s is not encrypted (BR 3.2.2.9): let a proxy with TLS stand in front, "
                         "and write https://",
                         import_shown(i, url));
        buf_printf(i->out, "  # DECIDE %zu", n);
    }
    buf_printf(i->out, "\n");
}

static void put_urls(struct importing *i, const struct wire_endpoints *endpoints)
{
    const char *caa = endpoints->caa.url, *dcv = endpoints->dcv.url;
    if (!caa || !dcv) {
        size_t n =
            notes_decide(&i->notes,
                         "url of %s: it is a Lambda function, and mpicd asks over HTTP; run mpicd "
                         "there, and write its URL",
                         import_shown(i, endpoints->code));
        buf_printf(i->out, "      # url: https://%s.example  # DECIDE %zu\n",
                   import_shown(i, endpoints->code), n);
        return;
    }
    size_t length = base_length(caa, "/caa");
    if (length && length == base_length(dcv, "/dcv") && strncmp(caa, dcv, length) == 0) {
        put_url(i, "url", arena_strndup(i->arena, caa, length));
        return;
    }
    put_url(i, "caa_url", caa);
    put_url(i, "dcv_url", dcv);
}

static bool headers_differ(const struct wire_endpoint *a, const struct wire_endpoint *b)
{
    if (a->header_count != b->header_count)
        return true;
    for (size_t k = 0; k < a->header_count; k++)
        if (!str_eq(a->headers[k].name, b->headers[k].name) ||
            !str_eq(a->headers[k].value, b->headers[k].value))
            return true;
    return false;
}

static void put_headers(struct importing *i, const struct wire_endpoints *endpoints)
{
    const struct wire_endpoint *caa = &endpoints->caa;
    bool has_secret = false;
    for (size_t k = 0; k < caa->header_count; k++) {
        has_secret |= strlen(caa->headers[k].value) >= SECRET_BYTES;
        if (k == 0)
            buf_printf(i->out, "      headers:\n");
        buf_printf(i->out, "        ");
        yaml_put_text(i->out, caa->headers[k].name);
        buf_printf(i->out, ": ");
        yaml_put_text(i->out, caa->headers[k].value);
        buf_printf(i->out, "\n");
    }
    if (headers_differ(caa, &endpoints->dcv)) {
        size_t n =
            notes_decide(&i->notes,
                         "headers of %s: Open MPIC had others for /dcv than for /caa; here one set "
                         "is sent to both, that of /caa",
                         import_shown(i, endpoints->code));
        buf_printf(i->out, "      # DECIDE %zu\n", n);
    }
    if (!has_secret) {
        size_t n =
            notes_decide(&i->notes,
                         "headers of %s: give it a secret of %d characters or more, that the proxy "
                         "in front of it demands (BR 3.2.2.9)",
                         import_shown(i, endpoints->code), SECRET_BYTES);
        buf_printf(i->out, "      # headers: {x-api-key: CHANGE-ME}  # DECIDE %zu\n", n);
    }
}

/* Open MPIC's perspectives do not say which question they answer. One decision for all of them. */
static void put_binding(struct importing *i, const struct wire_endpoints *endpoints,
                        size_t *decision)
{
    if (!endpoints->caa.url || !endpoints->dcv.url)
        return; /* where mpicd is to run */
    bool is_first = *decision == 0;
    if (is_first)
        *decision = notes_decide(&i->notes,
                                 "binding: Open MPIC's perspectives cannot say which question they "
                                 "answer, so each gets a connection of its own; remove the line "
                                 "where mpicd runs");
    buf_printf(i->out, "      binding: none  # %sDECIDE %zu\n", is_first ? "" : "see ", *decision);
}

void import_coordinator(struct importing *i)
{
    buf_printf(i->out, "\ncoordinator:\n");
    put_secret(i);
    put_counts(i);
    buf_printf(i->out, "  perspective_timeout_ms: %ld\n",
               import_milliseconds(i, "http_client_timeout_seconds", TIMEOUT_MS, MAX_ATTEMPT_MS));
    if (import_get(i, "http_client_keepalive_timeout_seconds"))
        notes_drop(&i->notes, "http_client_keepalive_timeout_seconds: it has no counterpart");
    buf_printf(i->out, "  baseline: enforce\n  perspectives:\n");
    size_t binding_decision = 0;
    for (size_t k = 0; k < i->endpoint_count; k++) {
        buf_printf(i->out, "    - code: ");
        yaml_put_text(i->out, i->endpoints[k].code);
        buf_printf(i->out, "\n");
        put_place(i, i->endpoints[k].code);
        put_urls(i, &i->endpoints[k]);
        put_headers(i, &i->endpoints[k]);
        put_binding(i, &i->endpoints[k], &binding_decision);
    }
    if (i->endpoint_count == 0) {
        size_t n = notes_decide(&i->notes, "coordinator.perspectives: there are none");
        buf_printf(i->out, "    []  # DECIDE %zu\n", n);
    }
}
