#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "net/dns_zones.h"

#include "base/buf.h"
#include "base/str.h"
#include "dns/name.h"
#include "net/dns_config.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANCHOR_FILE_MAX_BYTES = 1024 * 1024, ANCHORS_MAX = 1000 };

static bool add_anchor(struct dns_zones_list *anchors, const char *owner)
{
    if (!owner || anchors->count == ANCHORS_MAX)
        return false;
    anchors->items[anchors->count++] = owner;
    return true;
}

static bool read_file(const char *path, struct buf *text, struct err *err)
{
    text->max = ANCHOR_FILE_MAX_BYTES;
    FILE *file = fopen(path, "re");
    if (!file)
        return err_set(err, ERR_CONFIG, "trust_anchor_file: %s: %s", path, strerror(errno));
    char piece[4096];
    size_t n;
    while ((n = fread(piece, 1, sizeof piece, file)) > 0 && buf_append(text, piece, n))
        ;
    bool failed = ferror(file) || text->overflow;
    fclose(file);
    return !failed || err_set(err, ERR_CONFIG, "trust_anchor_file: %s: cannot be read", path);
}

static bool add_anchors_of_file(struct dns_zones_list *anchors, struct arena *arena,
                                const char *path, struct err *err)
{
    struct buf text = {0};
    bool is_good = read_file(path, &text, err);
    if (is_good) {
        size_t before = anchors->count;
        for (const char *line = buf_str(&text); *line;) {
            size_t n = strcspn(line, "\r\n");
            char *copy = arena_strndup(arena, line, n);
            copy[strcspn(copy, ";")] = '\0';
            add_anchor(anchors, dns_config_anchor_owner(arena, copy));
            line += n + strspn(line + n, "\r\n");
        }
        is_good = anchors->count > before ||
                  err_set(err, ERR_CONFIG,
                          "trust_anchor_file: %s: holds no DS or DNSKEY record on one line", path);
    }
    buf_clear(&text);
    return is_good;
}

static bool init_anchors(struct dns_zones *zones, struct arena *arena,
                         const struct dns_settings *settings, struct err *err)
{
    zones->anchors.items = arena_array(arena, ANCHORS_MAX, sizeof *zones->anchors.items);
    for (size_t i = 0; i < settings->trust_anchor_count; i++) {
        const char *line = settings->trust_anchors[i];
        if (!add_anchor(&zones->anchors, dns_config_anchor_owner(arena, line)))
            return err_set(err, ERR_CONFIG, "trust_anchors: entry %zu is no DS or DNSKEY record",
                           i + 1);
    }
    if (settings->trust_anchor_file &&
        !add_anchors_of_file(&zones->anchors, arena, settings->trust_anchor_file, err))
        return false;
    /* BR 4.2.2.1.3: DNSSEC validation back to the root. Without an anchor nothing is validated. */
    return zones->anchors.count > 0 ||
           err_set(err, ERR_CONFIG,
                   "no DNSSEC trust anchor; set trust_anchor_file or trust_anchors");
}

static const char *copy_name(struct arena *arena, const char *text, struct err *err)
{
    struct dns_name name;
    return dns_name_parse(text, &name, err) ? dns_name_str(arena, &name) : NULL;
}

static const char *const *copy_texts(struct arena *arena, const char *const *texts, size_t count)
{
    return arena_strv(arena, (struct strv){.items = texts, .count = count}).items;
}

static bool init_stubs(struct dns_zones *zones, struct arena *arena,
                       const struct dns_settings *settings, struct err *err)
{
    zones->stubs = arena_array(arena, settings->stub_count, sizeof *zones->stubs);
    for (; zones->stub_count < settings->stub_count; zones->stub_count++) {
        const struct dns_stub *from = &settings->stub_zones[zones->stub_count];
        struct dns_stub *stub = &zones->stubs[zones->stub_count];
        stub->name = copy_name(arena, from->name, err);
        if (!stub->name)
            return err_prefix(err, "stub_zones");
        stub->addresses = copy_texts(arena, from->addresses, from->address_count);
        stub->address_count = from->address_count;
    }
    return true;
}

bool dns_zones_init(struct dns_zones *zones, struct arena *arena,
                    const struct dns_settings *settings, struct err *err)
{
    *zones = (struct dns_zones){
        .forward_to = copy_texts(arena, settings->forward_to, settings->forward_count),
        .forward_count = settings->forward_count,
    };
    struct dns_zones_list *insecure = &zones->insecure;
    insecure->items = arena_array(arena, settings->insecure_count, sizeof *insecure->items);
    for (; insecure->count < settings->insecure_count; insecure->count++) {
        const char *name = copy_name(arena, settings->insecure_zones[insecure->count], err);
        if (!name)
            return err_prefix(err, "insecure_zones");
        insecure->items[insecure->count] = name;
    }
    return init_anchors(zones, arena, settings, err) && init_stubs(zones, arena, settings, err);
}

static bool is_within_any(const char *name, const struct dns_zones_list *zones)
{
    for (size_t i = 0; i < zones->count; i++)
        if (dns_name_is_within(name, zones->items[i]))
            return true;
    return false;
}

bool dns_zones_is_examined(const struct dns_zones *zones, const char *name)
{
    return is_within_any(name, &zones->anchors) && !is_within_any(name, &zones->insecure);
}

static const struct dns_stub *find_stub(const struct dns_zones *zones, const char *name)
{
    const struct dns_stub *nearest = NULL;
    for (size_t i = 0; i < zones->stub_count; i++) {
        const struct dns_stub *stub = &zones->stubs[i];
        if (dns_name_is_within(name, stub->name) &&
            (!nearest || dns_name_is_within(stub->name, nearest->name)))
            nearest = stub;
    }
    return nearest;
}

bool dns_zones_is_stub(const struct dns_zones *zones, const char *name)
{
    const struct dns_stub *stub = find_stub(zones, name);
    return stub && !str_eq(stub->name, ".");
}

/* Connecting a UDP socket only asks the routing table. */
static bool can_connect(const char *text)
{
    struct dns_server_address server;
    struct err err;
    if (!dns_config_parse_server(text, &server, &err))
        return false;
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(server.port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(server.port)};
    memcpy(&four.sin_addr, server.bytes, sizeof four.sin_addr);
    memcpy(&six.sin6_addr, server.bytes, sizeof six.sin6_addr);
    bool is_six = server.family == 6;
    int fd = socket(is_six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    const struct sockaddr *address =
        is_six ? (const struct sockaddr *)&six : (const struct sockaddr *)&four;
    int result = connect(fd, address, is_six ? sizeof six : sizeof four);
    close(fd);
    return result == 0;
}

/* Of each family one that must be reachable where any server on the Internet is. */
static const char *const a_root[] = {"198.41.0.4", "2001:503:ba3e::2:30"};

static bool can_connect_family(const char *const *servers, size_t count, int family)
{
    for (size_t i = 0; i < count; i++)
        if ((strchr(servers[i], ':') != NULL) == (family == 6) && can_connect(servers[i]))
            return true;
    return false;
}

static bool can_connect_any(const char *const *servers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (can_connect(servers[i]))
            return true;
    return false;
}

bool dns_zones_is_forwarded(const struct dns_zones *zones, const char *name)
{
    return zones->forward_count > 0 && !find_stub(zones, name);
}

bool dns_zones_is_cut_off(const struct dns_zones *zones, const char *name)
{
    const struct dns_stub *stub = find_stub(zones, name);
    if (stub)
        return !can_connect_any(stub->addresses, stub->address_count);
    if (zones->forward_count)
        return !can_connect_any(zones->forward_to, zones->forward_count);
    return !can_connect_any(a_root, sizeof a_root / sizeof *a_root);
}

bool dns_zones_is_cut_off_from(const struct dns_zones *zones, const char *zone)
{
    const struct dns_stub *stub = find_stub(zones, zone);
    if (stub ? str_eq(stub->name, zone) : zones->forward_count > 0)
        return dns_zones_is_cut_off(zones, zone);
    return !can_connect_any(a_root, sizeof a_root / sizeof *a_root);
}

static bool can_use(const struct dns_zones *zones, int family)
{
    bool can = can_connect(a_root[family == 6]);
    for (size_t i = 0; i < zones->stub_count; i++)
        can = can ||
              can_connect_family(zones->stubs[i].addresses, zones->stubs[i].address_count, family);
    return can || can_connect_family(zones->forward_to, zones->forward_count, family);
}

int dns_zones_only_family(const struct dns_zones *zones)
{
    bool four = can_use(zones, 4), six = can_use(zones, 6);
    return four == six ? 0 : four ? 4 : 6;
}
