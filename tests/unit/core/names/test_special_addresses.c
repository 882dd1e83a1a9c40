#include "core/names/special_addresses.h"

#include "base/buf.h"
#include "base/str.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct address_policy no_policy = {0};

static struct address address_of(const char *text)
{
    struct address address;
    if (!address_parse(text, strlen(text), &address))
        fail_msg("%s", text);
    return address;
}

static struct cidr cidr_of(const char *text)
{
    struct cidr cidr;
    struct err err;
    if (!cidr_parse(text, &cidr, &err))
        fail_msg("%s", err.text);
    return cidr;
}

/* The table against the snapshots of the registries (tests/unit/core/data) */

struct snapshot {
    struct buf text;
    char blocks[100][CIDR_TEXT_MAX];
    const char *records[100]; /* the record of each block, up to its end */
    size_t record_lengths[100];
    size_t count;
};

static void read_file(const char *path, struct buf *out)
{
    char chunk[4096];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        buf_append(out, chunk, n);
    fclose(file);
}

/* The blocks of the first field: maybe quoted, several with ", " between, with footnotes. */
static void add_blocks(struct snapshot *snapshot, const char *record, size_t length)
{
    size_t field = record[0] == '"' ? 1 + strcspn(record + 1, "\"") : strcspn(record, ",");
    for (size_t at = 0; at < field;) {
        size_t n = strspn(record + at, "0123456789abcdef.:/");
        if (n > 3 && memchr(record + at, '/', n)) {
            assert_true(snapshot->count < COUNT(snapshot->blocks) && n < CIDR_TEXT_MAX);
            memcpy(snapshot->blocks[snapshot->count], record + at, n);
            snapshot->records[snapshot->count] = record;
            snapshot->record_lengths[snapshot->count++] = length;
        }
        at += n ? n : 1;
    }
}

/* Records end at a line feed outside quotes. */
static void read_snapshot(const char *path, struct snapshot *snapshot)
{
    read_file(path, &snapshot->text);
    const char *record = buf_str(&snapshot->text);
    while (*record) {
        bool quoted = false;
        size_t n = 0;
        for (; record[n] && (record[n] != '\n' || quoted); n++)
            quoted = record[n] == '"' ? !quoted : quoted && record[0] != '#';
        if (record[0] != '#' && !str_starts_with(record, "Address Block,"))
            add_blocks(snapshot, record, n);
        record += n + (record[n] == '\n');
    }
}

static void read_snapshots(struct snapshot *v4, struct snapshot *v6)
{
    read_snapshot("core/names/data/iana-ipv4-special-registry-1.csv", v4);
    read_snapshot("core/names/data/iana-ipv6-special-registry-1.csv", v6);
    assert_int_equal(v4->count, 26); /* 25 records, one of them with two blocks */
    assert_int_equal(v6->count, 25);
}

static const struct special_block *find_row(const char *cidr)
{
    size_t count;
    const struct special_block *rows = special_blocks(&count);
    for (size_t i = 0; i < count; i++)
        if (str_eq(rows[i].cidr, cidr))
            return &rows[i];
    return NULL;
}

/* Each block of the registry is a row, whose source is an RFC of the record. */
static void check_rows(const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct special_block *row = find_row(snapshot->blocks[i]);
        if (!row)
            fail_msg("%s is in the registry and not in the table", snapshot->blocks[i]);
        char rfc[32];
        assert_true(str_starts_with(row->source, "RFC "));
        snprintf(rfc, sizeof rfc, "[RFC%s]", row->source + 4);
        struct bytes record = {(const uint8_t *)snapshot->records[i], snapshot->record_lengths[i]};
        if (!bytes_contain(record, bytes_of(rfc)))
            fail_msg("%s: the registry does not name %s", row->cidr, row->source);
    }
}

static bool is_registered(const struct snapshot *snapshot, const char *cidr)
{
    for (size_t i = 0; i < snapshot->count; i++)
        if (str_eq(snapshot->blocks[i], cidr))
            return true;
    return false;
}

/* What we refuse beyond the registries. */
static const char *const additions[] = {
    "224.0.0.0/4", "168.63.129.16/32", "::/96",    "fec0::/10", "ff00::/8",
    "::/3",        "4000::/2",         "8000::/1",
};

static bool is_addition(const char *cidr)
{
    for (size_t i = 0; i < COUNT(additions); i++)
        if (str_eq(additions[i], cidr))
            return true;
    return false;
}

static void test_table_equals_the_registries_and_our_additions(void **state)
{
    (void)state;
    struct snapshot v4 = {0}, v6 = {0};
    read_snapshots(&v4, &v6);
    check_rows(&v4);
    check_rows(&v6);
    size_t count;
    const struct special_block *rows = special_blocks(&count);
    assert_int_equal(count, v4.count + v6.count + COUNT(additions));
    for (size_t i = 0; i < count; i++)
        if (is_registered(&v4, rows[i].cidr) + is_registered(&v6, rows[i].cidr) +
                is_addition(rows[i].cidr) !=
            1)
            fail_msg("%s is in neither registry and no addition", rows[i].cidr);
    buf_clear(&v4.text);
    buf_clear(&v6.text);
}

static void test_table_rows_are_canonical_and_distinct(void **state)
{
    (void)state;
    size_t count;
    const struct special_block *rows = special_blocks(&count);
    for (size_t i = 0; i < count; i++) {
        struct cidr cidr = cidr_of(rows[i].cidr);
        char text[CIDR_TEXT_MAX];
        /* The registry writes this one without the IPv4 tail of RFC 5952 section 5. */
        if (!str_eq(rows[i].cidr, "::ffff:0:0/96"))
            assert_string_equal(cidr_format(&cidr, text), rows[i].cidr);
        assert_true(rows[i].name[0] && rows[i].source[0]);
        assert_ptr_equal(find_row(rows[i].cidr), &rows[i]);
    }
}

/* Refusals */

struct refuse_case {
    const char *address;
    const char *cidr; /* NULL: may be contacted */
    const char *why;
};

static const struct refuse_case refuse_cases[] = {
    {"8.8.8.8", NULL, "an ordinary address"},
    {"9.255.255.255", NULL, "before 10/8"},
    {"11.0.0.0", NULL, "after 10/8"},
    {"172.15.255.255", NULL, "before 172.16/12"},
    {"172.32.0.0", NULL, "after it"},
    {"100.63.255.255", NULL, "before shared space"},
    {"100.128.0.0", NULL, "after it"},
    {"192.0.1.0", NULL, "between two blocks"},
    {"198.17.255.255", NULL, "before benchmarks"},
    {"198.20.0.0", NULL, "after benchmarks"},
    {"223.255.255.255", NULL, "the last unicast address"},
    {"168.63.129.15", NULL, "next to the host service"},
    {"0.0.0.0", "0.0.0.0/32", "most specific"},
    {"0.0.0.1", "0.0.0.0/8", "most specific"},
    {"10.0.0.0", "10.0.0.0/8", "private"},
    {"10.255.255.255", "10.0.0.0/8", "private"},
    {"100.64.0.0", "100.64.0.0/10", "shared"},
    {"127.0.0.1", "127.0.0.0/8", "loopback"},
    {"127.255.255.254", "127.0.0.0/8", "loopback"},
    {"169.254.169.254", "169.254.0.0/16", "metadata of clouds"},
    {"172.16.0.1", "172.16.0.0/12", "private"},
    {"192.0.0.1", "192.0.0.0/29", "most specific"},
    {"192.0.0.8", "192.0.0.8/32", "most specific"},
    {"192.0.0.9", "192.0.0.9/32", "globally reachable, refused all the same (BR 1.6.1)"},
    {"192.0.0.10", "192.0.0.10/32", "globally reachable"},
    {"192.0.0.11", "192.0.0.0/24", "the rest of it"},
    {"192.0.0.170", "192.0.0.170/32", "two blocks of one record"},
    {"192.0.0.171", "192.0.0.171/32", "two blocks of one record"},
    {"192.0.2.1", "192.0.2.0/24", "documentation"},
    {"192.31.196.1", "192.31.196.0/24", "AS112"},
    {"192.52.193.1", "192.52.193.0/24", "AMT"},
    {"192.88.99.1", "192.88.99.0/24", "6to4 relay, terminated"},
    {"192.88.99.2", "192.88.99.2/32", "6a44"},
    {"192.168.1.1", "192.168.0.0/16", "private"},
    {"192.175.48.1", "192.175.48.0/24", "AS112"},
    {"198.19.255.255", "198.18.0.0/15", "benchmarks"},
    {"198.51.100.1", "198.51.100.0/24", "documentation"},
    {"203.0.113.1", "203.0.113.0/24", "documentation"},
    {"224.0.0.1", "224.0.0.0/4", "multicast"},
    {"239.255.255.255", "224.0.0.0/4", "multicast"},
    {"240.0.0.1", "240.0.0.0/4", "reserved"},
    {"255.255.255.255", "255.255.255.255/32", "broadcast"},
    {"168.63.129.16", "168.63.129.16/32", "host service"},

    {"2600::1", NULL, "an ordinary address"},
    {"2000::", NULL, "the first global unicast address"},
    {"3ffe:ffff::1", NULL, "just before documentation"},
    {"3fff:1000::", NULL, "just after documentation"},
    {"2001:200::1", NULL, "after 2001::/23"},
    {"2001:db7:ffff::1", NULL, "before documentation"},
    {"2620:4f:8001::", NULL, "after AS112"},
    {"2600::1:5efe:a00:1", NULL, "nearly ISATAP: another identifier"},
    {"2600::100:5efe:a00:1", NULL, "nearly ISATAP: group bit"},
    {"2600::5eff:a00:1", NULL, "nearly ISATAP"},
    {"2600:0:0:1:5efe::", NULL, "5efe elsewhere"},
    {"::", "::/128", "unspecified"},
    {"::1", "::1/128", "loopback"},
    {"::2", "::/96", "IPv4-compatible"},
    {"::127.0.0.1", "::/96", "IPv4-compatible"},
    {"::ffff:8.8.8.8", "::ffff:0:0/96", "a mapped address is no alias of the IPv4 address"},
    {"::ffff:0:8.8.8.8", "::/3", "SIIT: not global unicast"},
    {"64:ff9b::808:808", "64:ff9b::/96", "translation, globally reachable"},
    {"64:ff9b:1::1", "64:ff9b:1::/48", "local translation"},
    {"64:ff9b:2::1", "::/3", "next to it"},
    {"100::1", "100::/64", "discard"},
    {"100:0:0:1::1", "100:0:0:1::/64", "dummy"},
    {"100:0:0:2::1", "::/3", "next to it"},
    {"2001::1", "2001::/32", "Teredo"},
    {"2001:1::1", "2001:1::1/128", "most specific"},
    {"2001:1::2", "2001:1::2/128", "most specific"},
    {"2001:1::3", "2001:1::3/128", "most specific"},
    {"2001:1::4", "2001::/23", "the rest of it"},
    {"2001:2::1", "2001:2::/48", "benchmarks"},
    {"2001:3::1", "2001:3::/32", "AMT"},
    {"2001:4:112::1", "2001:4:112::/48", "AS112"},
    {"2001:10::1", "2001:10::/28", "ORCHID, terminated"},
    {"2001:20::1", "2001:20::/28", "ORCHIDv2"},
    {"2001:3f:ffff::1", "2001:30::/28", "DET"},
    {"2001:1ff:ffff::1", "2001::/23", "the last of it"},
    {"2001:db8::1", "2001:db8::/32", "documentation"},
    {"2002:808:808::1", "2002::/16", "6to4"},
    {"2620:4f:8000::1", "2620:4f:8000::/48", "AS112"},
    {"3fff::1", "3fff::/20", "documentation"},
    {"3fff:fff:ffff::1", "3fff::/20", "documentation"},
    {"4000::1", "4000::/2", "not global unicast"},
    {"5f00::1", "5f00::/16", "segment routing"},
    {"8000::1", "8000::/1", "not global unicast"},
    {"fbff::1", "8000::/1", "before unique local"},
    {"fc00::1", "fc00::/7", "unique local"},
    {"fdff:ffff::1", "fc00::/7", "unique local"},
    {"fe00::1", "8000::/1", "after unique local"},
    {"fe80::1", "fe80::/10", "link local"},
    {"fec0::1", "fec0::/10", "site local"},
    {"ff02::1", "ff00::/8", "multicast"},
    {"2600::5efe:a00:1", "::200:5efe:a.b.c.d/64 or ::5efe:a.b.c.d/64", "ISATAP"},
    {"2600::200:5efe:808:808", "::200:5efe:a.b.c.d/64 or ::5efe:a.b.c.d/64", "ISATAP, universal"},
    {"2001:db8::5efe:808:808", "2001:db8::/32", "a block of the table names the reason"},
};

static void test_address_refused_names_the_most_specific_block(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refuse_cases); i++) {
        const struct refuse_case *c = &refuse_cases[i];
        struct address address = address_of(c->address);
        const struct special_block *block = address_refused(&no_policy, &address);
        if (!str_eq(block ? block->cidr : NULL, c->cidr))
            fail_msg("%s (%s): %s", c->address, c->why, block ? block->cidr : "allowed");
        assert_false(address_is_exempted(&no_policy, &address));
    }
}

static void test_address_refused_when_it_is_our_own(void **state)
{
    (void)state;
    struct address own[] = {address_of("8.8.4.4"), address_of("2600::1"), address_of("10.0.0.1")};
    struct address_policy policy = {.own = own, .own_count = COUNT(own)};
    for (size_t i = 0; i < COUNT(own); i++)
        assert_string_equal(address_refused(&policy, &own[i])->name, "an address of this machine");
    struct address other = address_of("8.8.4.5");
    assert_null(address_refused(&policy, &other));
}

struct exempt_case {
    const char *address;
    bool refused, exempted;
    const char *why;
};

static const struct exempt_case exempt_cases[] = {
    {"127.0.0.1", false, true, "listed"},
    {"127.0.0.2", true, false, "not listed"},
    {"10.1.2.3", false, true, "in a listed block"},
    {"10.2.0.0", true, false, "outside of it"},
    {"::1", true, false, "another family"},
    {"::ffff:127.0.0.1", true, false, "mapped is no alias"},
    {"8.8.8.8", false, false, "own, but exempt from nothing: in no list"},
    {"9.9.9.9", false, true, "own and listed: labs run on one machine"},
    {"2600::5efe:a00:1", false, true, "ISATAP in a listed block"},
    {"2600::1", false, false, "listed, and nothing to exempt from"},
};

static void test_allowed_blocks_exempt_and_are_reported(void **state)
{
    (void)state;
    struct cidr allowed[] = {cidr_of("127.0.0.1/32"), cidr_of("10.1.0.0/16"), cidr_of("9.9.9.9"),
                             cidr_of("2600::/16")};
    struct address own[] = {address_of("9.9.9.9")};
    struct address_policy policy = {allowed, COUNT(allowed), own, COUNT(own)};
    for (size_t i = 0; i < COUNT(exempt_cases); i++) {
        const struct exempt_case *c = &exempt_cases[i];
        struct address address = address_of(c->address);
        if ((address_refused(&policy, &address) != NULL) != c->refused ||
            address_is_exempted(&policy, &address) != c->exempted)
            fail_msg("%s (%s)", c->address, c->why);
    }
}

/* Subtraction */

static bool any_contains(const struct cidr *cidrs, size_t count, const struct address *address)
{
    for (size_t i = 0; i < count; i++)
        if (cidr_contains(&cidrs[i], address))
            return true;
    return false;
}

static bool table_contains(const struct address *address)
{
    size_t count;
    const struct special_block *rows = special_blocks(&count);
    for (size_t i = 0; i < count; i++) {
        struct cidr cidr = cidr_of(rows[i].cidr);
        if (cidr_contains(&cidr, address))
            return true;
    }
    return false;
}

/* A small generator of our own, so that a failure repeats. */
static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* An address near a block of `cidrs`: its bits after a random place are random, one may flip. */
static struct address random_near(uint32_t *seed, const struct cidr *cidrs, size_t count)
{
    struct address address = cidrs[next_random(seed) % count].address;
    unsigned bits = address.family == 4 ? 32 : 128;
    for (unsigned i = next_random(seed) % (bits + 1); i < bits; i++)
        if (next_random(seed) & 0x100)
            address.bytes[i / 8] ^= (uint8_t)(0x80u >> i % 8);
    return address;
}

static void check_subtraction(const char *const *texts, size_t exempt_count, uint32_t seed)
{
    struct cidr near[200];
    size_t near_count = 0, rest_count, rows;
    const struct special_block *table = special_blocks(&rows);
    for (; near_count < exempt_count; near_count++)
        near[near_count] = cidr_of(texts[near_count]);
    for (size_t i = 0; i < rows; i++)
        near[near_count++] = cidr_of(table[i].cidr);

    struct arena *arena = arena_new();
    const struct cidr *rest = special_blocks_without(arena, near, exempt_count, &rest_count);
    for (size_t i = 0; i < 20000; i++) {
        struct address address = random_near(&seed, near, near_count);
        bool expected = table_contains(&address) && !any_contains(near, exempt_count, &address);
        char text[ADDRESS_TEXT_MAX];
        if (any_contains(rest, rest_count, &address) != expected)
            fail_msg("%s: expected %d", address_format(&address, text), expected);
    }
    /* Disjoint: the first address of each piece lies in no other. */
    for (size_t i = 0; i < rest_count; i++)
        for (size_t j = 0; j < rest_count; j++)
            assert_int_equal(cidr_contains(&rest[i], &rest[j].address), i == j);
    arena_free(arena);
}

static void test_special_blocks_without_covers_exactly_the_rest(void **state)
{
    (void)state;
    static const char *const loopback[] = {"127.0.0.1/32", "::1/128"};
    static const char *const mixed[] = {"10.0.0.0/8",   "192.168.0.0/17", "8.8.8.0/24",  "fe80::/9",
                                        "64:ff9b::/96", "127.0.0.0/9",    "127.0.0.1/32"};
    static const char *const all4[] = {"0.0.0.0/0"};
    static const char *const all[] = {"0.0.0.0/0", "::/0"};
    check_subtraction(NULL, 0, 1);
    check_subtraction(loopback, COUNT(loopback), 2);
    check_subtraction(mixed, COUNT(mixed), 3);
    check_subtraction(all4, COUNT(all4), 4);

    size_t count;
    struct arena *arena = arena_new();
    struct cidr everything[] = {cidr_of(all[0]), cidr_of(all[1])};
    special_blocks_without(arena, everything, 2, &count);
    assert_int_equal(count, 0);
    arena_free(arena);
}

static void test_special_blocks_without_loopback_keeps_its_neighbours(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct cidr exempt = cidr_of("127.0.0.1/32");
    size_t count, pieces = 0;
    const struct cidr *rest = special_blocks_without(arena, &exempt, 1, &count);
    struct cidr loopback = cidr_of("127.0.0.0/8");
    for (size_t i = 0; i < count; i++)
        pieces += cidr_contains(&loopback, &rest[i].address);
    assert_int_equal(pieces, 24); /* one for each bit after the prefix */
    struct address zero = address_of("127.0.0.0"), one = address_of("127.0.0.1");
    struct address two = address_of("127.0.0.2");
    assert_true(any_contains(rest, count, &zero));
    assert_false(any_contains(rest, count, &one));
    assert_true(any_contains(rest, count, &two));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_equals_the_registries_and_our_additions),
        cmocka_unit_test(test_table_rows_are_canonical_and_distinct),
        cmocka_unit_test(test_address_refused_names_the_most_specific_block),
        cmocka_unit_test(test_address_refused_when_it_is_our_own),
        cmocka_unit_test(test_allowed_blocks_exempt_and_are_reported),
        cmocka_unit_test(test_special_blocks_without_covers_exactly_the_rest),
        cmocka_unit_test(test_special_blocks_without_loopback_keeps_its_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
