#include "client/import.h"

#include "base/str.h"
#include "client/import_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIFETIME_MS = 5000,      /* Open MPIC's dns_resolution_lifetime_seconds, if it is not set */
    CHECKER_HTTP_MS = 30000, /* its http_client_timeout_seconds in a DCV checker */
    MAX_TIMEOUT_MS = 60000,  /* of a perspective, in mpicd.yaml(5) */
    MAX_IDLE_MS = 3600000,
};

const char *import_get(const struct importing *i, const char *key)
{
    return dotenv_get(i->import->settings, key);
}

const char *import_shown(const struct importing *i, const char *text)
{
    return str_escape(i->arena, bytes_of(text), 100);
}

/* --- numbers --------------------------------------------------------------------------------- */

static bool parse_number(const char *text, double *out)
{
    char *end = NULL;
    errno = 0;
    *out = strtod(text, &end);
    return errno == 0 && end != text && *end == '\0' && *out >= 0 && *out < 1e9;
}

long import_milliseconds(struct importing *i, const char *key, long otherwise, long max)
{
    const long min = 100;
    const char *text = import_get(i, key);
    double seconds = 0;
    if (!text || !*text)
        return otherwise;
    if (!parse_number(text, &seconds)) {
        notes_drop(&i->notes, "%s was \"%s\", which is no number of seconds: Open MPIC's default",
                   key, import_shown(i, text));
        return otherwise;
    }
    if (seconds == 0)
        return otherwise;
    long ms = (long)(seconds * 1000 + 0.5);
    if (ms > max)
        notes_drop(&i->notes, "%s was %s s, and %ld s is the most here", key, import_shown(i, text),
                   max / 1000);
    return ms < min ? min : ms > max ? max : ms;
}

bool import_whole_number(const struct importing *i, const char *key, long *out)
{
    const char *text = import_get(i, key);
    double number;
    if (!text || !parse_number(text, &number) || number != (double)(long)number)
        return false;
    *out = (long)number;
    return true;
}

/* --- server and log -------------------------------------------------------------------------- */

static void put_server(struct importing *i)
{
    size_t n = notes_decide(
        &i->notes, "server.listen: Open MPIC's containers listen on 0.0.0.0:80 without TLS. Let "
                   "a proxy with TLS and authentication stand in front of this address");
    buf_printf(i->out, "server:\n  listen: 127.0.0.1:8000  # DECIDE %zu\n", n);
    if (import_get(i, "uvicorn_server_timeout_keep_alive")) {
        long ms = import_milliseconds(i, "uvicorn_server_timeout_keep_alive", 60000, MAX_IDLE_MS);
        buf_printf(i->out, "  idle_timeout_s: %ld\n", (ms + 999) / 1000);
    }
}

static void put_log(struct importing *i)
{
    static const char *const levels[][2] = {{"TRACE", "debug"}, {"DEBUG", "debug"},
                                            {"INFO", "info"},   {"WARNING", "warn"},
                                            {"ERROR", "error"}, {"CRITICAL", "error"}};
    const char *text = import_get(i, "log_level");
    for (size_t k = 0; text && k < sizeof levels / sizeof *levels; k++)
        if (str_eq_nocase(text, levels[k][0])) {
            buf_printf(i->out, "\nlog: {level: %s}\n", levels[k][1]);
            return;
        }
    if (text)
        notes_drop(&i->notes, "log_level was \"%s\", which is none of Open MPIC's levels",
                   import_shown(i, text));
}

/* --- perspective ----------------------------------------------------------------------------- */

static void put_caa_domains(struct importing *i)
{
    const char *text = import_get(i, "default_caa_domains");
    char *copy = arena_strdup(i->arena, text ? text : "");
    char *rest = NULL;
    size_t count = 0;
    for (char *item = strtok_r(copy, "|", &rest); item; item = strtok_r(NULL, "|", &rest)) {
        buf_printf(i->out, "%s", count++ ? ", " : "  caa_domains: [");
        yaml_put_text(i->out, item);
    }
    if (count) {
        buf_printf(i->out, "]\n");
        return;
    }
    size_t n =
        notes_decide(&i->notes,
                     "perspective.caa_domains: default_caa_domains %s; name the issuer domain "
                     "names of the CPS, or each request must",
                     text ? "is empty" : "is missing");
    buf_printf(i->out, "  # caa_domains: [ca.example]  # DECIDE %zu\n", n);
}

static void put_code(struct importing *i)
{
    const char *code = import_get(i, "code");
    buf_printf(i->out, "  code: ");
    if (code && *code) {
        yaml_put_text(i->out, code);
        buf_printf(i->out, "\n");
        return;
    }
    size_t n = notes_decide(
        &i->notes, "perspective.code: Open MPIC's checkers do not know their code; write the one "
                   "that the coordinator has for this perspective");
    buf_printf(i->out, " # DECIDE %zu\n", n);
}

static void put_perspective(struct importing *i)
{
    buf_printf(i->out, "\nperspective:\n");
    put_code(i);
    put_caa_domains(i);
    long dns_ms =
        import_milliseconds(i, "dns_resolution_lifetime_seconds", LIFETIME_MS, MAX_TIMEOUT_MS);
    /* In a file of a coordinator, http_client_timeout_seconds is how long it waits. */
    long http_ms = i->is_coordinator ? CHECKER_HTTP_MS
                                     : import_milliseconds(i, "http_client_timeout_seconds",
                                                           CHECKER_HTTP_MS, MAX_TIMEOUT_MS);
    long check_ms = http_ms + dns_ms > MAX_TIMEOUT_MS ? MAX_TIMEOUT_MS : http_ms + dns_ms;
    const char *verify = import_get(i, "verify_ssl");
    buf_printf(
        i->out,
        "  check_timeout_ms: %ld  # a lookup and a fetch; the coordinator must wait as long\n"
        "  dns: {timeout_ms: %ld}\n"
        "  http:\n"
        "    timeout_ms: %ld\n"
        "    verify_tls: %s\n",
        check_ms, dns_ms, http_ms, !verify || str_eq(verify, "True") ? "true" : "false");
    if (verify && !str_eq(verify, "True") && !str_eq(verify, "False"))
        notes_drop(&i->notes, "verify_ssl was \"%s\": Open MPIC takes all but \"True\" for off",
                   import_shown(i, verify));
    if (import_get(i, "dns_timeout_seconds"))
        notes_drop(&i->notes, "dns_timeout_seconds: dns.timeout_ms limits a lookup as a whole");
}

/* --- all of it ------------------------------------------------------------------------------- */

enum role { COORDINATOR, PERSPECTIVE, EITHER };

/* What Open MPIC's services read, and which of them do. */
static const struct setting {
    const char *name;
    enum role role;
} known[] = {
    {"perspectives", COORDINATOR},
    {"default_perspective_count", COORDINATOR},
    {"hash_secret", COORDINATOR},
    {"absolute_max_attempts", COORDINATOR},
    {"http_client_keepalive_timeout_seconds", COORDINATOR},
    {"default_caa_domains", PERSPECTIVE},
    {"dns_timeout_seconds", PERSPECTIVE},
    {"dns_resolution_lifetime_seconds", PERSPECTIVE},
    {"verify_ssl", PERSPECTIVE},
    {"http_client_timeout_seconds", EITHER},
    {"uvicorn_server_timeout_keep_alive", EITHER},
    {"log_level", EITHER},
    {"code", EITHER},
};
enum { KNOWN = sizeof known / sizeof *known };

const char *import_setting(size_t index)
{
    return index < KNOWN ? known[index].name : NULL;
}

static bool is_known(const char *key)
{
    for (size_t k = 0; k < KNOWN; k++)
        if (str_eq(key, known[k].name))
            return true;
    return false;
}

static bool has_role(const struct importing *i, enum role role)
{
    for (size_t k = 0; k < KNOWN; k++)
        if (known[k].role == role && import_get(i, known[k].name))
            return true;
    return false;
}

static void note_entries(struct importing *i)
{
    const struct dotenv *settings = i->import->settings;
    for (size_t k = 0; k < settings->count; k++) {
        const struct dotenv_entry *entry = &settings->entries[k];
        if (!entry->key)
            notes_drop(&i->notes, "line %zu of %s is no \"key=value\"", entry->line,
                       import_shown(i, i->import->source));
        else if (!is_known(entry->key))
            notes_drop(&i->notes, "%s: Open MPIC has no such setting, or mpicd needs none",
                       import_shown(i, entry->key));
        if (entry->unset)
            notes_drop(&i->notes, "${%s} in %s is set nowhere, and counts as empty",
                       import_shown(i, entry->unset), import_shown(i, entry->key));
    }
}

/* What is written must be text again. */
static bool check_text(const struct importing *i, struct err *err)
{
    for (size_t k = 0; k < KNOWN; k++)
        if (!bytes_is_utf8(bytes_of(import_get(i, known[k].name))))
            return err_set(err, ERR_PARSE, "%s is not UTF-8", known[k].name);
    return true;
}

static bool decode_perspectives(struct importing *i, struct err *err)
{
    const char *text = import_get(i, "perspectives");
    if (!text)
        return true;
    return wire_decode_endpoints(bytes_of(text), i->arena, &i->endpoints, &i->endpoint_count,
                                 err) ||
           err_prefix(err, "perspectives");
}

bool import_config(const struct import *import, struct arena *arena, struct buf *out,
                   size_t *decisions, struct err *err)
{
    struct buf body = {0};
    struct importing importing = {.import = import, .arena = arena, .out = &body};
    struct importing *i = &importing;
    i->is_coordinator = has_role(i, COORDINATOR);
    i->is_perspective = has_role(i, PERSPECTIVE);
    notes_init(&i->notes, arena);
    if (!i->is_coordinator && !i->is_perspective)
        return err_set(err, ERR_CONFIG, "none of Open MPIC's settings is there");
    if (!check_text(i, err) || !decode_perspectives(i, err))
        return false;
    put_server(i);
    if (i->is_perspective)
        put_perspective(i);
    if (i->is_coordinator)
        import_coordinator(i);
    put_log(i);
    note_entries(i);
    buf_printf(out, "# The configuration of mpicd, made by \"mpic config import\" from %s.\n",
               import_shown(i, import->source));
    notes_put(&i->notes, out);
    buf_append(out, body.p, body.n);
    buf_clear(&body);
    *decisions = i->notes.decision_count;
    return true;
}
