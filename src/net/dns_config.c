#include "net/dns_config.h"

#include "base/str.h"
#include "dns/name.h"

#include <arpa/inet.h>
#include <string.h>

enum {
    DNS_PORT = 53,
    DNS_PORT_DIGITS = 5,
    /* A host that was silent is asked again after a minute, not after Unbound's quarter of an hour:
     * an outage of that length in our own memory is not what the network says now. */
    INFRA_HOST_TTL_S = 60,
    BOGUS_TTL_MAX_S = 60, /* Unbound's default */
};

/* State of one dns_config_format(). */
struct writer {
    struct buf *text;
    struct arena *arena;
    const struct dns_settings *settings;
    struct err *err;
};

/* The line starts with a word, and a blank follows it: false at the end of the line. */
static bool take_word(const char **line, struct bytes *word)
{
    const char *start = *line + strspn(*line, " \t");
    size_t n = strcspn(start, " \t");
    *word = (struct bytes){(const uint8_t *)start, n};
    *line = start + n;
    return n > 0;
}

static bool is_number(struct bytes word)
{
    for (size_t i = 0; i < word.n; i++)
        if (!ascii_is_digit((char)word.p[i]))
            return false;
    return word.n > 0;
}

const char *dns_config_anchor_owner(struct arena *arena, const char *line)
{
    struct bytes owner, word;
    struct dns_name name;
    struct err err;
    if (*line == ' ' || *line == '\t' || !take_word(&line, &owner) || !take_word(&line, &word))
        return NULL;
    if (is_number(word) && !take_word(&line, &word))
        return NULL;
    if (bytes_eq_nocase(word, bytes_of("IN")) && !take_word(&line, &word))
        return NULL;
    if (!bytes_eq_nocase(word, bytes_of("DS")) && !bytes_eq_nocase(word, bytes_of("DNSKEY")))
        return NULL;
    if (!take_word(&line, &word))
        return NULL;
    const char *text = arena_strndup(arena, (const char *)owner.p, owner.n);
    return dns_name_parse(text, &name, &err) ? dns_name_str(arena, &name) : NULL;
}

/* What may stand between quotes in a trust anchor: what DS and DNSKEY are made of. */
static bool is_anchor_text(const char *s)
{
    for (; *s; s++)
        if (!ascii_is_alnum(*s) && !strchr(" \t.-_+/=\\", *s))
            return false;
    return true;
}

/* The quoted strings of unbound.conf know no escapes for these. */
static bool is_path_text(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f || *s == '"' || *s == '\\')
            return false;
    return true;
}

static bool parse_port(const char *text, uint16_t *port)
{
    unsigned value = 0;
    size_t n = strlen(text);
    if (n == 0 || n > DNS_PORT_DIGITS)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!ascii_is_digit(text[i]))
            return false;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    *port = (uint16_t)value;
    return value >= 1 && value <= UINT16_MAX;
}

bool dns_config_parse_server(const char *text, struct dns_server_address *server, struct err *err)
{
    *server = (struct dns_server_address){.port = DNS_PORT};
    char address[INET6_ADDRSTRLEN];
    size_t n = strcspn(text, "@");
    bool is_good = n < sizeof address && (!text[n] || parse_port(text + n + 1, &server->port));
    if (is_good) {
        memcpy(address, text, n);
        address[n] = '\0';
        server->family = strchr(address, ':') ? 6 : 4;
        is_good = inet_pton(server->family == 6 ? AF_INET6 : AF_INET, address, server->bytes) == 1;
    }
    if (is_good)
        return true;
    struct arena *arena = arena_new();
    err_set(err, ERR_CONFIG, "\"%s\" is no server address; write ADDRESS or ADDRESS@PORT",
            str_escape(arena, bytes_of(text), 60));
    arena_free(arena);
    return false;
}

static bool refuse(struct writer *w, const char *key, const char *value, const char *what)
{
    struct arena *arena = w->arena;
    return err_set(w->err, ERR_CONFIG, "%s: \"%s\" %s", key, str_escape(arena, bytes_of(value), 80),
                   what);
}

static bool write_path(struct writer *w, const char *setting, const char *option, const char *path)
{
    if (!is_path_text(path) || !*path)
        return refuse(w, setting, path, "has a character that a file name cannot have here");
    buf_printf(w->text, "  %s: \"%s\"\n", option, path);
    return true;
}

/* The canonical text has letters, digits, `-`, `_`, `.` and \DDD only. */
static const char *canonical(struct writer *w, const char *setting, const char *name)
{
    struct dns_name parsed;
    if (dns_name_parse(name, &parsed, w->err))
        return dns_name_str(w->arena, &parsed);
    refuse(w, setting, name, "is no domain name");
    return NULL;
}

static bool write_anchors(struct writer *w)
{
    const struct dns_settings *settings = w->settings;
    if (!settings->trust_anchor_file && !settings->trust_anchor_count)
        /* BR 4.2.2.1.3: validation to the root. Without an anchor nothing is validated. */
        return err_set(w->err, ERR_CONFIG,
                       "no DNSSEC trust anchor; set trust_anchor_file or trust_anchors");
    if (settings->trust_anchor_file &&
        !write_path(w, "trust_anchor_file", "trust-anchor-file", settings->trust_anchor_file))
        return false;
    for (size_t i = 0; i < settings->trust_anchor_count; i++) {
        const char *line = settings->trust_anchors[i];
        if (!is_anchor_text(line) || !dns_config_anchor_owner(w->arena, line))
            return refuse(w, "trust_anchors", line, "is no DS or DNSKEY record");
        buf_printf(w->text, "  trust-anchor: \"%s\"\n", line);
    }
    return true;
}

static bool write_insecure_zones(struct writer *w)
{
    for (size_t i = 0; i < w->settings->insecure_count; i++) {
        const char *zone = canonical(w, "insecure_zones", w->settings->insecure_zones[i]);
        if (!zone)
            return false;
        buf_printf(w->text, "  domain-insecure: \"%s\"\n", zone);
    }
    return true;
}

static bool write_never_ask(struct writer *w)
{
    for (size_t i = 0; i < w->settings->never_ask_count; i++) {
        const struct cidr *cidr = &w->settings->never_ask[i];
        int family = cidr->address.family;
        char text[CIDR_TEXT_MAX];
        if ((family != 4 && family != 6) || cidr->prefix_bits > (family == 4 ? 32u : 128u))
            return err_set(w->err, ERR_CONFIG, "never_ask: entry %zu is no address block", i);
        buf_printf(w->text, "  do-not-query-address: %s\n", cidr_format(cidr, text));
    }
    return true;
}

static bool write_servers(struct writer *w, const char *setting, const char *option,
                          const char *const *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct dns_server_address server;
        if (!dns_config_parse_server(addresses[i], &server, w->err))
            return err_prefix(w->err, "%s", setting);
        char address[INET6_ADDRSTRLEN];
        inet_ntop(server.family == 4 ? AF_INET : AF_INET6, server.bytes, address, sizeof address);
        buf_printf(w->text, "  %s: %s@%u\n", option, address, server.port);
    }
    return true;
}

static bool is_loopback(const char *text)
{
    struct dns_server_address server;
    struct err err;
    static const uint8_t ipv6_loopback[16] = {[15] = 1};
    return dns_config_parse_server(text, &server, &err) &&
           (server.family == 4 ? server.bytes[0] == 127
                               : memcmp(server.bytes, ipv6_loopback, sizeof ipv6_loopback) == 0);
}

/*
 * Mixed case is a secret between us and a name server, against forgers in between. To a server that
 * the operator names himself for a stub zone, and to a forwarder on this machine, it adds little, and
 * small servers there compare names with their case: pebble-challtestsrv has no TXT record then.
 */
static bool write_exact_case(struct writer *w)
{
    const struct dns_settings *settings = w->settings;
    for (size_t i = 0; i < settings->stub_count; i++) {
        const char *zone = canonical(w, "stub_zones", settings->stub_zones[i].name);
        if (!zone)
            return false;
        buf_printf(w->text, "  caps-exempt: \"%s\"\n", zone);
    }
    for (size_t i = 0; i < settings->case_exempt_count; i++) {
        const char *zone = canonical(w, "case_exempt_zones", settings->case_exempt_zones[i]);
        if (!zone)
            return false;
        buf_printf(w->text, "  caps-exempt: \"%s\"\n", zone);
    }
    bool is_local = settings->forward_count > 0;
    for (size_t i = 0; i < settings->forward_count; i++)
        is_local = is_local && is_loopback(settings->forward_to[i]);
    if (is_local)
        buf_printf(w->text, "  caps-exempt: \".\"\n");
    return true;
}

static bool write_zones(struct writer *w)
{
    const struct dns_settings *settings = w->settings;
    for (size_t i = 0; i < settings->stub_count; i++) {
        const struct dns_stub *stub = &settings->stub_zones[i];
        const char *zone = canonical(w, "stub_zones", stub->name);
        if (!zone)
            return false;
        if (!stub->address_count)
            return refuse(w, "stub_zones", stub->name, "has no addresses");
        buf_printf(w->text, "stub-zone:\n  name: \"%s\"\n", zone);
        if (!write_servers(w, "stub_zones", "stub-addr", stub->addresses, stub->address_count))
            return false;
    }
    if (settings->forward_count) {
        buf_printf(w->text, "forward-zone:\n  name: \".\"\n");
        if (!write_servers(w, "forward_to", "forward-addr", settings->forward_to,
                           settings->forward_count))
            return false;
    }
    /* Without servers: see DNS_CONFIG_NOBODY. */
    buf_printf(w->text, "forward-zone:\n  name: \"%s\"\n", DNS_CONFIG_NOBODY);
    return true;
}

/* What is the same for everybody. */
static void write_constants(struct buf *text, bool is_retry)
{
    /*
     * validator iterator: no cache of other kinds, no DNS64, nothing that rewrites answers.
     * trust-anchor-signaling, root-key-sentinel: questions and answers that are not the zone's own.
     */
    buf_printf(text,
               "server:\n"
               "  verbosity: 0\n"
               "  module-config: \"validator iterator\"\n"
               "  val-permissive-mode: no\n"
               /* RFC 4035 section 5.3.1: from inception to expiration, both exact. By default a
                      * tenth of a signature's lifetime, up to 24 hours, is added at both ends. */
               "  val-sig-skew-min: 0\n"
               "  val-sig-skew-max: 0\n"
               "  val-clean-additional: yes\n"
               "  val-log-level: 2\n"  /* the text of why data is bogus depends on it */
               "  log-servfail: yes\n" /* and this is the text of why there is none */
               "  trust-anchor-signaling: no\n"
               "  root-key-sentinel: no\n");
    /*
     * Against forged answers: random ports and 0x20 (servers that do not keep the case are asked
     * again without), minimal questions. harden-referral-path (experimental, breaks
     * zones) and harden-algo-downgrade (the standard lets validators accept any one algorithm, RFC
     * 6840 section 5.11) stay off. private-address is not used: an address that we refuse must be
     * seen, to be reported.
     */
    buf_printf(text, "  qname-minimisation: %s\n", is_retry ? "no" : "yes"); /* write_patience() */
    buf_printf(text, "  use-caps-for-id: yes\n"
                     "  harden-glue: yes\n"
                     "  harden-dnssec-stripped: yes\n"
                     "  harden-below-nxdomain: yes\n"
                     "  harden-referral-path: no\n"
                     "  harden-algo-downgrade: no\n"
                     "  edns-buffer-size: 1232\n"
                     "  do-not-query-localhost: no\n"); /* never_ask says it, or the lab does not */
    /*
     * Answers are the zone's own and fresh: no expired data, nothing fetched ahead, no denial made
     * from another answer's NSEC (a name that was just created must be seen), all sections
     * complete, in the order in which the server sent them.
     */
    buf_printf(text, "  serve-expired: no\n"
                     "  prefetch: no\n"
                     "  prefetch-key: no\n"
                     "  aggressive-nsec: no\n"
                     "  minimal-responses: no\n"
                     "  rrset-roundrobin: no\n"
                     "  deny-any: no\n");
    /*
     * Unbound answers some names from built-in data. None of that is evidence, so the DNS is
     * asked; but for onion., which RFC 7686 section 2 forbids to ask for.
     */
    buf_printf(text, "  unblock-lan-zones: yes\n");
    static const char *const built_in[] = {
        "localhost.", "127.in-addr.arpa.",
        "home.arpa.", "test.",
        "invalid.",   "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
    };
    for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++)
        buf_printf(text, "  local-zone: \"%s\" nodefault\n", built_in[i]);
}

/* Sizes are upper bounds for a worker of one perspective; what is not used is not allocated, but
 * for 64 KiB per TCP connection. */
static void write_caches(struct buf *text, const struct dns_config *config)
{
    const struct dns_settings *settings = config->settings;
    unsigned negative_s = settings->cache_max_negative_ttl_s;
    buf_printf(text, "  cache-min-ttl: 0\n  cache-max-ttl: %u\n  cache-max-negative-ttl: %u\n",
               settings->cache_max_ttl_s, negative_s);
    /* A failure of validation is remembered no longer than a denial. */
    buf_printf(text, "  val-bogus-ttl: %u\n",
               negative_s < BOGUS_TTL_MAX_S ? negative_s : BOGUS_TTL_MAX_S);
    buf_printf(text, "  msg-cache-slabs: 1\n  rrset-cache-slabs: 1\n"
                     "  key-cache-slabs: 1\n  infra-cache-slabs: 1\n");
    /*
     * Addresses of name servers are looked up when they are needed, not several ahead: an applicant
     * chooses how many name servers his zone has, and where. Five numbers: so deep may the search for
     * the address of a server of a server … go, as by default.
     */
    buf_printf(text, "  target-fetch-policy: \"0 0 0 0 0\"\n");
    buf_printf(text, "  infra-keep-probing: yes\n  infra-host-ttl: %d\n", INFRA_HOST_TTL_S);
    if (config->is_private)
        buf_printf(text, "  msg-cache-size: 256k\n  rrset-cache-size: 512k\n"
                         "  key-cache-size: 256k\n  neg-cache-size: 16k\n"
                         "  infra-cache-numhosts: 500\n");
    else
        buf_printf(text, "  msg-cache-size: 1m\n  rrset-cache-size: 2m\n"
                         "  key-cache-size: 512k\n  neg-cache-size: 64k\n"
                         "  infra-cache-numhosts: 2000\n");
    /* A server that stalls on TCP holds its connection for seconds: as many as there may be questions. */
    buf_printf(text, "  outgoing-num-tcp: %u\n", config->outgoing_tcp);
    buf_printf(text, "  outgoing-range: %u\n  num-queries-per-thread: %u\n", config->outgoing_range,
               config->outgoing_range);
}

/*
 * Who repeats a question wants to know whether the servers answer, not how soon: so a retry asks each
 * server it does not know yet half of the time for an answer, not 0.4 s, after which libunbound
 * would drop it; and it asks for the whole name at once. A server that is slow, but answers, is none
 * that fails (BR 4.2.2.1).
 */
static void write_patience(struct buf *text, const struct dns_config *config)
{
    if (config->is_retry)
        buf_printf(text, "  unknown-server-time-limit: %u\n", config->settings->timeout_ms / 2);
}

/* Servers of a family that this machine has no route for are not asked: else libunbound could not
 * tell them from silent ones. */
static void write_families(struct buf *text, const struct dns_config *config)
{
    buf_printf(text, "  do-ip4: %s\n  do-ip6: %s\n", config->family == 6 ? "no" : "yes",
               config->family == 4 ? "no" : "yes");
}

bool dns_config_format(const struct dns_config *config, struct buf *text, struct err *err)
{
    struct arena *arena = arena_new();
    struct writer w = {.text = text, .arena = arena, .settings = config->settings, .err = err};
    write_constants(text, config->is_retry);
    write_patience(text, config);
    write_families(text, config);
    write_caches(text, config);
    bool is_good = (!config->root_hints_file ||
                    write_path(&w, "root hints", "root-hints", config->root_hints_file)) &&
                   write_anchors(&w) && write_insecure_zones(&w) && write_never_ask(&w) &&
                   write_exact_case(&w) && write_zones(&w);
    arena_free(arena);
    return is_good;
}
