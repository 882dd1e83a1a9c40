#include "config/parts.h"

#include "base/str.h"
#include "core/rules/caa_value.h"

#include <string.h>

void config_check_code(const struct config_reading *r, const char *path, const char *code)
{
    bool ok = ascii_is_alnum(code[0]) && strlen(code) <= 64;
    for (const char *p = code; *p; p++)
        ok &= ascii_is_alnum(*p) || strchr("._-", *p) != NULL;
    if (!ok)
        config_mistake(r, path,
                       "is \"%s\"; a code has up to 64 letters, digits, '.', '_' or '-' and begins "
                       "with a letter or digit, such as eu-west-2",
                       config_shown(r, code));
}

/* RFC 8659 section 4.2: an issuer domain name that fits no record can permit nobody; an empty one
 * would match the record that forbids everybody. */
static void check_caa_domains(const struct config_reading *r)
{
    const struct strv *domains = &r->keys->perspective.caa_domains;
    const char *path = "perspective.caa_domains";
    for (size_t i = 0; i < domains->count; i++)
        if (!caa_issuer_is_valid(domains->items[i]))
            config_mistake(r, arena_printf(r->arena, "%s[%zu]", path, i),
                           "is \"%s\", which is no issuer domain name (RFC 8659 section 4.2); "
                           "write one such as ca.example",
                           config_shown(r, domains->items[i]));
    if (!config_has(r, "perspective.caa_domains[0]"))
        config_warning(r, path,
                       "names no issuer domain: a request that names none either is refused by "
                       "every issue record; list the names that the CA has in its CPS (BR 2.2)");
}

/* A part's limit that can never be reached is probably not what was meant, unless it is a default. */
static void check_timeout(const struct config_reading *r, const char *path, int64_t timeout_ms)
{
    int64_t check_timeout_ms = r->keys->perspective.check_timeout_ms;
    if (timeout_ms > check_timeout_ms && config_has(r, path))
        config_warning(r, path,
                       "is %lld, but a check ends after check_timeout_ms, %lld; lower it, or raise "
                       "that",
                       (long long)timeout_ms, (long long)check_timeout_ms);
}

/* Beside three times dns.timeout_ms: what is sent and decided in between. */
enum { EXCEPTION_MARGIN_MS = 1000 };

/* BR 4.2.2.1: three tries, each with its whole time, and what is asked of those who answer in between and
 * after them. What does not fit is never accepted, which is safe; but the operator should know. */
static void check_exception_fits(const struct config_reading *r)
{
    const struct keys_perspective *keys = &r->keys->perspective;
    int64_t needed_ms = 3 * keys->dns.timeout_ms + EXCEPTION_MARGIN_MS;
    bool is_check_set = config_has(r, "perspective.check_timeout_ms");
    bool is_told = keys->dns.timeout_ms > keys->check_timeout_ms &&
                   config_has(r, "perspective.dns.timeout_ms"); /* by check_timeout() */
    if (keys->check_timeout_ms >= needed_ms || is_told)
        return;
    config_warning(
        r, is_check_set ? "perspective.check_timeout_ms" : "perspective.dns.timeout_ms",
        "is %lld: the three tries of a lookup and the proof that allow_lookup_failure needs (BR "
        "4.2.2.1) do not fit, so silence is never accepted; let check_timeout_ms be %lld at least, or lower "
        "dns.timeout_ms to %lld",
        (long long)(is_check_set ? keys->check_timeout_ms : keys->dns.timeout_ms),
        (long long)needed_ms, (long long)((keys->check_timeout_ms - EXCEPTION_MARGIN_MS) / 3));
}

static void check_port(const struct config_reading *r, const char *path, int64_t port,
                       int64_t authorized)
{
    if (port != authorized)
        config_warning(r, path,
                       "is %lld; outside a lab the Authorized Port is %lld (BR 1.6.1), remove the "
                       "line",
                       (long long)port, (long long)authorized);
}

static const struct cidr *make_allowed(const struct config_reading *r, size_t *count)
{
    const struct strv *texts = &r->keys->perspective.network.allow_addresses;
    const char *path = "perspective.network.allow_addresses";
    struct cidr *blocks = arena_array(r->arena, texts->count, sizeof *blocks);
    *count = 0;
    for (size_t i = 0; i < texts->count; i++) {
        struct err err;
        if (cidr_parse(texts->items[i], &blocks[*count], &err))
            ++*count;
        else
            config_mistake(r, arena_printf(r->arena, "%s[%zu]", path, i),
                           "is \"%s\": %s; write a block such as 192.0.2.0/24",
                           config_shown(r, texts->items[i]), err.text);
    }
    if (texts->count)
        config_warning(r, path,
                       "lets checks contact special-purpose addresses; this is for labs, remove it "
                       "where certificates are issued (BR 1.6.1, Reserved IP Address)");
    return blocks;
}

/* What makes every check of this perspective a different one from what a CA relies on. */
static struct strv lab_policy(const struct config_reading *r)
{
    const struct dns_settings *dns = &r->config->dns;
    const char **names = arena_array(r->arena, 3, sizeof *names);
    struct strv policy = {.items = names, .present = true};
    if (dns->forward_count)
        names[policy.count++] = "dns.forward_to";
    if (dns->trust_anchor_count)
        names[policy.count++] = "dns.trust_anchors";
    for (size_t i = 0; i < dns->stub_count; i++) {
        if (str_eq(dns->stub_zones[i].name, ".")) {
            names[policy.count++] = "dns.stub_zones";
            break;
        }
    }
    return policy;
}

static struct check_settings make_checks(const struct config_reading *r, const struct cidr *allowed,
                                         size_t allowed_count)
{
    const struct keys_perspective *keys = &r->keys->perspective;
    return (struct check_settings){
        .perspective_code = keys->code,
        .caa_domains = keys->caa_domains,
        .caa_labels_ignore_case = keys->caa_labels_ignore_case,
        .http_timeout_ms = (unsigned)keys->http.timeout_ms,
        .http_user_agent = keys->http.user_agent,
        .http_port = (uint16_t)keys->http.http_port,
        .https_port = (uint16_t)keys->http.https_port,
        .tls_alpn_port = (uint16_t)keys->tls_alpn.port,
        .http_verify_tls = keys->http.verify_tls,
        .addresses = {.allowed = allowed,
                      .allowed_count = allowed_count,
                      .own = r->source->own_addresses,
                      .own_count = r->source->own_address_count},
        .lab_policy = lab_policy(r),
        /* A perspective without a coordinator beside it does as one that is enforced. */
        .enforce_baseline = r->keys->coordinator.baseline == BASELINE_ENFORCE,
    };
}

void config_make_perspective(const struct config_reading *r)
{
    const struct keys_perspective *keys = &r->keys->perspective;
    if (keys->code)
        config_check_code(r, "perspective.code", keys->code);
    check_caa_domains(r);
    check_timeout(r, "perspective.dns.timeout_ms", keys->dns.timeout_ms);
    check_timeout(r, "perspective.http.timeout_ms", keys->http.timeout_ms);
    check_exception_fits(r);
    check_port(r, "perspective.http.http_port", keys->http.http_port, 80);
    check_port(r, "perspective.http.https_port", keys->http.https_port, 443);
    check_port(r, "perspective.tls_alpn.port", keys->tls_alpn.port, 443);
    size_t allowed_count;
    const struct cidr *allowed = make_allowed(r, &allowed_count);
    config_make_dns(r, allowed, allowed_count);

    r->locals[0] = make_checks(r, allowed, allowed_count);
    r->config->serves_checks = true;
    r->config->locals = r->locals;
    r->config->local_count = 1;
    r->config->check_timeout_ms = (unsigned)keys->check_timeout_ms;
}
