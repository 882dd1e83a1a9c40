#include "config/parts.h"

#include "base/str.h"
#include "config/file.h"
#include "core/names/target.h"

#include <string.h>

enum { ANCHOR_FILE_MAX_BYTES = 65536 };

/* Addresses whose name servers may be asked although the table of special purposes forbids them. */
struct exemptions {
    struct cidr *items;
    size_t count;
};

/* --- addresses ------------------------------------------------------------------------------ */

static bool parse_port(const char *text)
{
    unsigned long port = 0;
    for (const char *p = text; *p; p++) {
        if (!ascii_is_digit(*p) || p - text > 4)
            return false;
        port = port * 10 + (unsigned)(*p - '0');
    }
    return port > 0 && port <= 65535;
}

/* "192.0.2.1", "192.0.2.1@5300", "2001:db8::1@53". */
static bool parse_server(const char *text, struct address *out)
{
    const char *at = strchr(text, '@');
    size_t length = at ? (size_t)(at - text) : strlen(text);
    return address_parse(text, length, out) && (!at || parse_port(at + 1));
}

/* Servers that the operator names may be asked wherever they are. */
static void check_servers(const struct config_reading *r, const char *path, struct strv servers,
                          struct exemptions *exempt)
{
    for (size_t i = 0; i < servers.count; i++) {
        struct address address;
        if (parse_server(servers.items[i], &address))
            exempt->items[exempt->count++] =
                (struct cidr){.address = address, .prefix_bits = address.family == 4 ? 32 : 128};
        else
            config_mistake(r, arena_printf(r->arena, "%s[%zu]", path, i),
                           "is \"%s\", which is no address of a server; write address or "
                           "address@port, such as 192.0.2.1@53",
                           config_shown(r, servers.items[i]));
    }
}

/* --- zones ---------------------------------------------------------------------------------- */

/* The canonical name, "." for the root; NULL after a mistake. */
static const char *zone_name(const struct config_reading *r, const char *path, const char *text)
{
    char name[LIMIT_NAME_OCTETS + 1];
    struct err err;
    if (str_eq(text, "."))
        return ".";
    if (name_prepare(text, strlen(text), name, &err))
        return arena_strdup(r->arena, name);
    config_mistake(r, path,
                   "is \"%s\", which is no name of a zone: %s; write one such as lab.example",
                   config_shown(r, text), err.text);
    return NULL;
}

static bool has_zone(const struct dns_stub *stubs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(stubs[i].name, name))
            return true;
    return false;
}

static void make_stub_zones(const struct config_reading *r, struct dns_settings *dns,
                            struct exemptions *exempt)
{
    const struct keys_list *list = &r->keys->perspective.dns.stub_zones;
    const struct keys_stub_zone *zones = list->items;
    struct dns_stub *stubs = arena_array(r->arena, list->count, sizeof *stubs);
    for (size_t i = 0; i < list->count; i++) {
        const char *path = arena_printf(r->arena, "perspective.dns.stub_zones[%zu]", i);
        const char *name_path = arena_printf(r->arena, "%s.name", path);
        const char *name = zones[i].name ? zone_name(r, name_path, zones[i].name) : NULL;
        if (name && has_zone(stubs, dns->stub_count, name))
            config_mistake(r, name_path, "is \"%s\" a second time; put all addresses in one entry",
                           name);
        if (zones[i].addresses.present && zones[i].addresses.count == 0)
            config_mistake(r, path, "has no addresses; list the zone's name servers");
        check_servers(r, arena_printf(r->arena, "%s.addresses", path), zones[i].addresses, exempt);
        stubs[dns->stub_count++] = (struct dns_stub){.name = name ? name : "",
                                                     .addresses = zones[i].addresses.items,
                                                     .address_count = zones[i].addresses.count};
    }
    dns->stub_zones = stubs;
}

static void make_insecure_zones(const struct config_reading *r, struct dns_settings *dns)
{
    struct strv zones = r->keys->perspective.dns.insecure_zones;
    const char **names = arena_array(r->arena, zones.count, sizeof *names);
    for (size_t i = 0; i < zones.count; i++) {
        const char *path = arena_printf(r->arena, "perspective.dns.insecure_zones[%zu]", i);
        names[i] = zone_name(r, path, zones.items[i]);
        /* RFC 4035 section 4.3: without any secure zone nothing is validated at all. */
        if (names[i] && str_eq(names[i], "."))
            config_mistake(r, path,
                           "is the root, which would switch DNSSEC validation off (BR 4.2.2.1.3); "
                           "name the zones below it that cannot be validated");
    }
    dns->insecure_zones = names;
    dns->insecure_count = zones.count;
}

/* --- trust anchors -------------------------------------------------------------------------- */

static struct bytes next_word(struct bytes *rest)
{
    while (rest->n && strchr(" \t\r\"", (char)*rest->p))
        rest->p++, rest->n--;
    struct bytes word = {rest->p, 0};
    while (rest->n && !strchr(" \t\r\"", (char)*rest->p))
        rest->p++, rest->n--, word.n++;
    return word;
}

/* A line in zone file format: owner, then TTL and class in any order, then DS or DNSKEY with data.
 */
static bool is_anchor_line(struct bytes line)
{
    struct bytes owner = next_word(&line);
    if (owner.n == 0 || owner.p[0] == ';' || owner.p[0] == '#')
        return false;
    for (int i = 0; i < 3; i++) {
        struct bytes word = next_word(&line);
        if (bytes_eq_nocase(word, bytes_of("DS")) || bytes_eq_nocase(word, bytes_of("DNSKEY")))
            return next_word(&line).n > 0;
    }
    return false;
}

static bool has_anchor(struct bytes text)
{
    while (text.n) {
        const uint8_t *end = memchr(text.p, '\n', text.n);
        size_t n = end ? (size_t)(end - text.p) : text.n;
        if (is_anchor_line((struct bytes){text.p, n}))
            return true;
        n += end != NULL;
        text.p += n;
        text.n -= n;
    }
    return false;
}

static void check_anchor_file(const struct config_reading *r, const char *name)
{
    const char *path = "perspective.dns.trust_anchor_file";
    const char *full = file_path(r->arena, r->source->folder, name);
    struct file file;
    struct err err;
    if (!file_read(full, ANCHOR_FILE_MAX_BYTES, r->arena, &file, &err))
        config_mistake(r, path,
                       "cannot be read: %s: %s; install the package dns-root-data, or name a file "
                       "with DS or DNSKEY records of the root",
                       config_shown(r, full), err.text);
    else if (!has_anchor(file.content))
        config_mistake(r, path,
                       "has no trust anchor in %s; it needs lines such as \". IN DS 20326 8 2 "
                       "E06D44B8...\"",
                       config_shown(r, full));
}

/* Without a trust anchor nothing could be validated (BR 4.2.2.1.3, RFC 4035 section 5). */
static void make_anchors(const struct config_reading *r, struct dns_settings *dns)
{
    const struct keys_dns *keys = &r->keys->perspective.dns;
    bool has_file = keys->trust_anchor_file[0] != '\0';
    if (has_file) {
        check_anchor_file(r, keys->trust_anchor_file);
        dns->trust_anchor_file = file_path(r->arena, r->source->folder, keys->trust_anchor_file);
    }
    for (size_t i = 0; i < keys->trust_anchors.count; i++)
        if (!is_anchor_line(bytes_of(keys->trust_anchors.items[i])))
            config_mistake(r, arena_printf(r->arena, "perspective.dns.trust_anchors[%zu]", i),
                           "is \"%s\", which is no DS or DNSKEY record; write one as in a zone "
                           "file, such as \". IN DS 20326 8 2 E06D44B8...\"",
                           config_shown(r, keys->trust_anchors.items[i]));
    if (!has_file && keys->trust_anchors.count == 0 &&
        !yaml_find(r->root, "perspective.dns.trust_anchors[0]"))
        config_mistake(r, "perspective.dns.trust_anchor_file",
                       "is empty and there are no trust_anchors, so that DNSSEC could not be "
                       "validated (BR 4.2.2.1.3); remove the line, or give trust_anchors");
    dns->trust_anchors = keys->trust_anchors.items;
    dns->trust_anchor_count = keys->trust_anchors.count;
}

/* --- name servers that are never asked ------------------------------------------------------- */

static bool is_exempt(const struct exemptions *exempt, const struct address *address)
{
    for (size_t i = 0; i < exempt->count; i++)
        if (cidr_contains(&exempt->items[i], address))
            return true;
    return false;
}

/*
 * A delegation must not lead the resolver into somebody's inside network: special-purpose addresses
 * (RFC 6890) and this machine's own are no name servers, but for those that the operator names.
 */
const struct cidr *config_never_ask(const struct config *config, const struct address *own,
                                    size_t own_count, struct arena *arena, size_t *count)
{
    const struct exemptions exempt = {.items = (struct cidr *)config->dns_exempt,
                                      .count = config->dns_exempt_count};
    size_t special_count;
    const struct cidr *special =
        special_blocks_without(arena, exempt.items, exempt.count, &special_count);
    struct cidr *blocks = arena_array(arena, special_count + own_count, sizeof *blocks);
    *count = 0;
    for (size_t i = 0; i < special_count; i++)
        blocks[(*count)++] = special[i];
    for (size_t i = 0; i < own_count; i++) {
        struct cidr block = {.address = own[i]};
        block.prefix_bits = block.address.family == 4 ? 32 : 128;
        if (!is_exempt(&exempt, &block.address))
            blocks[(*count)++] = block;
    }
    return blocks;
}

static size_t count_servers(const struct keys_dns *keys)
{
    const struct keys_stub_zone *zones = keys->stub_zones.items;
    size_t count = keys->forward_to.count;
    for (size_t i = 0; i < keys->stub_zones.count; i++)
        count += zones[i].addresses.count;
    return count;
}

/* Where mpicd cannot be relied on anyway: it is for trying out, its DNS has a root of its own, or it
 * contacts what must not be contacted. */
static bool is_laboratory(const struct config_reading *r)
{
    bool has_own_root = false;
    for (size_t i = 0; i < r->config->dns.stub_count; i++)
        has_own_root = has_own_root || str_eq(r->config->dns.stub_zones[i].name, ".");
    return r->source->is_dev || has_own_root ||
           r->keys->perspective.network.allow_addresses.count > 0;
}

void config_check_library(const struct config_reading *r)
{
    const char *path = "perspective.dns.accept_library";
    const char *accepted = r->keys->perspective.dns.accept_library;
    const struct library_floor *floor = &library_floor_unbound;
    if (accepted && !library_floor_can_accept(floor, accepted))
        config_mistake(r, path,
                       "is \"%s\"; write the version of libunbound that you accept, such as "
                       "\"1.17.1\", or remove the line: %s and later need none",
                       config_shown(r, accepted), floor->minimum);
    if (!r->source->resolver_version)
        return;
    struct library_ruling ruling =
        library_floor_rule(floor, r->source->resolver_version, accepted, path, r->arena);
    r->config->resolver_version = r->source->resolver_version;
    r->config->resolver_ruling = ruling;
    bool must_comply = r->keys->coordinator.baseline == BASELINE_ENFORCE && !is_laboratory(r);
    if (ruling.standing == LIBRARY_REFUSED && must_comply && !r->mistakes->errors)
        config_mistake(r, path, "%s", ruling.text);
}

static void make_case_exempt_zones(const struct config_reading *r, struct dns_settings *dns)
{
    const struct strv *zones = &r->keys->perspective.dns.case_exempt_zones;
    const char **names = arena_array(r->arena, zones->count, sizeof *names);
    for (size_t i = 0; i < zones->count; i++) {
        const char *path = arena_printf(r->arena, "perspective.dns.case_exempt_zones[%zu]", i);
        const char *name = zone_name(r, path, zones->items[i]);
        if (name && str_eq(name, "."))
            config_mistake(r, path,
                           "is the root: then no question would be protected; name the zones whose "
                           "servers do not keep the case");
        else if (name)
            names[dns->case_exempt_count++] = name;
    }
    dns->case_exempt_zones = names;
}

void config_make_dns(const struct config_reading *r, const struct cidr *allowed,
                     size_t allowed_count)
{
    const struct keys_dns *keys = &r->keys->perspective.dns;
    struct dns_settings *dns = &r->config->dns;
    struct exemptions exempt = {.count = allowed_count};
    exempt.items = arena_array(r->arena, allowed_count + count_servers(keys), sizeof *exempt.items);
    for (size_t i = 0; i < allowed_count; i++)
        exempt.items[i] = allowed[i];
    *dns = (struct dns_settings){
        .timeout_ms = (unsigned)keys->timeout_ms,
        .cache_max_ttl_s = (unsigned)keys->cache_max_ttl_s,
        .cache_max_negative_ttl_s = (unsigned)keys->cache_max_negative_ttl_s,
        .fresh_cache = keys->fresh_cache,
        .forward_to = keys->forward_to.items,
        .forward_count = keys->forward_to.count,
    };
    make_anchors(r, dns);
    check_servers(r, "perspective.dns.forward_to", keys->forward_to, &exempt);
    if (keys->forward_to.count)
        config_warning(r, "perspective.dns.forward_to",
                       "where that resolver is cannot be told from here; it must lie in the "
                       "perspective's RIR region, at least 500 km from those of the other "
                       "perspectives, and serve no other perspective (BR 3.2.2.9)");
    make_stub_zones(r, dns, &exempt);
    make_insecure_zones(r, dns);
    r->config->dns_exempt = exempt.items;
    r->config->dns_exempt_count = exempt.count;
    dns->never_ask =
        config_never_ask(r->config, r->source->own_addresses, r->source->own_address_count,
                         r->arena, &dns->never_ask_count);
    make_case_exempt_zones(r, dns);
}
