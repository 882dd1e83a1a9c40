#include "dns/packet.h"

#include "base/str.h"
#include "dns/name.h"
#include "support/dns_message.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    struct arena *arena;
    struct buf message;
    struct buf rdata;
    struct dns_packet packet;
    struct dns_chain chain;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = arena_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_free(f->arena);
    buf_clear(&f->message);
    buf_clear(&f->rdata);
    free(f);
    return 0;
}

#define BYTES(text) ((struct bytes){(const uint8_t *)(text), sizeof(text) - 1})

static void begin(struct fixture *f, const char *name, uint16_t type)
{
    message_begin(&f->message, 0, MESSAGE_QR | MESSAGE_RA, name, type);
}

static bool parse(struct fixture *f)
{
    f->err = (struct err){0};
    bool is_good = dns_packet_parse(f->arena, buf_bytes(&f->message), &f->packet, &f->err);
    assert_int_equal(f->err.code, is_good ? ERR_NONE : ERR_PARSE);
    return is_good;
}

static void assert_malformed(struct fixture *f, const char *because)
{
    assert_false(parse(f));
    if (!strstr(f->err.text, because))
        fail_msg("expected \"%s\" in \"%s\"", because, f->err.text);
}

static void assert_rdata(const struct dns_record *record, struct bytes expected)
{
    assert_int_equal(record->rdata.n, expected.n);
    assert_memory_equal(record->rdata.p, expected.p, expected.n);
}

static void test_packet_with_records_gives_them_in_order(void **state)
{
    struct fixture *f = *state;
    begin(f, "WWW.example", DNS_A);
    message_add_a(&f->message, "www.EXAMPLE", 2);
    message_add_a(&f->message, "www.example", 1);
    message_add_soa(&f->message, "example");
    message_add_opt(&f->message, 0, BYTES(""));
    assert_true(parse(f));
    assert_string_equal(f->packet.name, "www.example");
    assert_int_equal(f->packet.type, DNS_A);
    assert_int_equal(f->packet.rcode, DNS_RCODE_NOERROR);
    assert_false(f->packet.is_truncated);
    assert_int_equal(f->packet.answer.count, 2);
    assert_string_equal(f->packet.answer.items[0].owner, "www.example");
    assert_int_equal(f->packet.answer.items[0].ttl_s, 300);
    assert_rdata(&f->packet.answer.items[0], BYTES("\xc0\0\2\2"));
    assert_rdata(&f->packet.answer.items[1], BYTES("\xc0\0\2\1"));
    assert_int_equal(f->packet.authority.count, 1);
    assert_int_equal(f->packet.authority.items[0].type, DNS_SOA);
    assert_int_equal(f->packet.extended_error_count, 0);
}

static void test_packet_header_gives_truncation_and_extended_rcode(void **state)
{
    struct fixture *f = *state;
    message_begin(&f->message, 7, MESSAGE_QR | MESSAGE_TC | 1, "a.example", DNS_A);
    message_add_opt(&f->message, 2, BYTES(""));
    assert_true(parse(f));
    assert_true(f->packet.is_truncated);
    assert_int_equal(f->packet.rcode, 0x21); /* RFC 6891 section 6.1.3 */
}

static void test_packet_ttl_above_31_bits_counts_as_zero(void **state)
{
    struct fixture *f = *state;
    begin(f, "a", DNS_A);
    message_add_a(&f->message, "a", 1);
    f->message.p[f->message.n - 10] = 0x80; /* the first byte of the TTL */
    assert_true(parse(f));
    assert_int_equal(f->packet.answer.items[0].ttl_s, 0);
}

/* Names in the data of these types point to the question's name, which is at offset 12. */
static const struct {
    const char *why;
    uint16_t type;
    struct bytes compressed;
    struct bytes plain; /* p NULL: refused */
} rdatas[] = {
    {"CNAME", DNS_CNAME, BYTES("\1X\xc0\x0c"), BYTES("\1X\1A\0")},
    {"PTR", DNS_PTR, BYTES("\xc0\x0c"), BYTES("\1A\0")},
    {"NS", DNS_NS, BYTES("\xc0\x0c"), BYTES("\1A\0")},
    {"DNAME", DNS_DNAME, BYTES("\1x\0"), BYTES("\1x\0")},
    {"MX", 15, BYTES("\0\5\xc0\x0c"), BYTES("\0\5\1A\0")},
    {"SRV", 33, BYTES("\0\1\0\2\0\3\xc0\x0c"), BYTES("\0\1\0\2\0\3\1A\0")},
    {"SOA", DNS_SOA,
     BYTES("\xc0\x0c\1h\xc0\x0c"
           "12345678901234567890"),
     BYTES("\1A\0\1h\1A\0"
           "12345678901234567890")},
    {"NSEC keeps its types", DNS_NSEC, BYTES("\xc0\x0c\0\1\x40"), BYTES("\1A\0\0\1\x40")},
    {"RRSIG keeps its signature", DNS_RRSIG, BYTES("123456789012345678\xc0\x0csignature"),
     BYTES("123456789012345678\1A\0signature")},
    {"NSEC3 has no name", DNS_NSEC3, BYTES("\1\0\0\0\0\xc0\x0c"), BYTES("\1\0\0\0\0\xc0\x0c")},
    {"CAA is opaque", DNS_CAA, BYTES("\0\5issue\xc0\x0c"), BYTES("\0\5issue\xc0\x0c")},
    {"an empty unknown type", 65400, BYTES(""), BYTES("")},
    {"AAAA", DNS_AAAA, BYTES("1234567890123456"), BYTES("1234567890123456")},
    {"a short A", DNS_A, BYTES("\1\2\3"), {NULL, 0}},
    {"a long A", DNS_A, BYTES("\1\2\3\4\5"), {NULL, 0}},
    {"an empty A", DNS_A, BYTES(""), {NULL, 0}},
    {"a short AAAA", DNS_AAAA, BYTES("\1\2\3\4"), {NULL, 0}},
    {"bytes behind a target", DNS_CNAME, BYTES("\xc0\x0c\0"), {NULL, 0}},
    {"a target that ends beyond its record", DNS_CNAME, BYTES("\1x"), {NULL, 0}},
    {"no target", DNS_CNAME, BYTES(""), {NULL, 0}},
    {"a target that points forward", DNS_CNAME, BYTES("\xc0\xff"), {NULL, 0}},
    {"a SOA without its numbers", DNS_SOA, BYTES("\xc0\x0c\xc0\x0c"), {NULL, 0}},
    {"a SOA with one byte more",
     DNS_SOA,
     BYTES("\xc0\x0c\xc0\x0c"
           "123456789012345678901"),
     {NULL, 0}},
    {"an RRSIG of 17 bytes", DNS_RRSIG, BYTES("12345678901234567"), {NULL, 0}},
};

static void test_packet_rdata_is_uncompressed_or_refused(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rdatas / sizeof *rdatas; i++) {
        print_message("# %s\n", rdatas[i].why);
        begin(f, "A", rdatas[i].type);
        message_add(&f->message, MESSAGE_ANSWER, "a", rdatas[i].type, rdatas[i].compressed);
        message_add_opt(&f->message, 0, BYTES("")); /* something to run into */
        assert_int_equal(parse(f), rdatas[i].plain.p != NULL);
        if (rdatas[i].plain.p)
            assert_rdata(&f->packet.answer.items[0], rdatas[i].plain);
    }
}

static void test_packet_cut_anywhere_is_malformed(void **state)
{
    struct fixture *f = *state;
    begin(f, "www.example", DNS_CNAME);
    message_add_name(&f->message, MESSAGE_ANSWER, "www.example", DNS_CNAME, "a.example");
    message_add_soa(&f->message, "example");
    message_put_extended_error(&f->rdata, 6, "why");
    message_add_opt(&f->message, 0, buf_bytes(&f->rdata));
    assert_true(parse(f));
    size_t whole = f->message.n;
    for (size_t cut = 0; cut < whole; cut++) {
        /* Memory of the exact size, so that the address sanitizer sees a read beyond it. */
        uint8_t *bytes = malloc(cut ? cut : 1);
        memcpy(bytes, f->message.p, cut);
        struct err err = {0};
        assert_false(dns_packet_parse(f->arena, (struct bytes){bytes, cut}, &f->packet, &err));
        assert_int_equal(err.code, ERR_PARSE);
        free(bytes);
    }
}

static void test_packet_with_bytes_behind_it_is_malformed(void **state)
{
    struct fixture *f = *state;
    begin(f, "a", DNS_A);
    buf_append(&f->message, "", 1);
    assert_malformed(f, "bytes behind the last record");
}

static const struct {
    const char *why;
    size_t at;
    uint16_t value;
    const char *because;
} lies[] = {
    {"a query", 2, 0, "no response to a query"},
    {"an update", 2, MESSAGE_QR | 5 << 11, "no response to a query"},
    {"no question", 4, 0, "not exactly one question"},
    {"two questions", 4, 2, "not exactly one question"},
    {"one answer too many", 6, 2, "fewer records"},
    {"65535 answers", 6, 65535, "fewer records"},
    {"65535 authority records", 8, 65535, "fewer records"},
    {"65535 additional records", 10, 65535, "fewer records"},
    {"an answer too few", 6, 0, "bytes behind the last record"},
    {"class CH asked", 17, 3, "a question of another class"},
    {"class CH answered", 24, 3, "a record of another class"},
    {"a record that is longer than the packet", 30, 5, "ends beyond the packet"},
    {"a record that is shorter than its data", 30, 3, "does not fit its type"},
};

static void test_packet_that_lies_is_malformed(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        print_message("# %s\n", lies[i].why);
        begin(f, "a", DNS_A);
        message_add_a(&f->message, "a", 1);
        message_set_u16(&f->message, lies[i].at, lies[i].value);
        assert_malformed(f, lies[i].because);
    }
}

static void test_packet_opt_gives_extended_errors(void **state)
{
    struct fixture *f = *state;
    begin(f, "a", DNS_A);
    message_put_u16(&f->rdata, 10); /* a cookie: passed over */
    message_put_u16(&f->rdata, 2);
    message_put_u16(&f->rdata, 0);
    message_put_extended_error(&f->rdata, 9, "no key");
    message_put_extended_error(&f->rdata, 22, "");
    buf_append(&f->rdata, BYTES("\0\17\0\4\0\7x\0").p, 8); /* EXTRA-TEXT that ends with NUL */
    buf_append(&f->rdata, BYTES("\0\17\0\4\0\7\xff\n").p, 8);
    message_add_opt(&f->message, 0, buf_bytes(&f->rdata));
    assert_true(parse(f));
    assert_int_equal(f->packet.extended_error_count, 4);
    assert_int_equal(f->packet.extended_errors[0].code, 9);
    assert_string_equal(f->packet.extended_errors[0].text, "no key");
    assert_int_equal(f->packet.extended_errors[1].code, 22);
    assert_string_equal(f->packet.extended_errors[1].text, "");
    assert_string_equal(f->packet.extended_errors[2].text, "x");
    assert_string_equal(f->packet.extended_errors[3].text, "\\255\\010");
}

static void test_packet_extended_errors_are_bounded(void **state)
{
    struct fixture *f = *state;
    begin(f, "a", DNS_A);
    char text[1000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 20; i++)
        message_put_extended_error(&f->rdata, 1, text);
    message_add_opt(&f->message, 0, buf_bytes(&f->rdata));
    assert_true(parse(f));
    assert_int_equal(f->packet.extended_error_count, DNS_EXTENDED_ERRORS_MAX);
    assert_true(strlen(f->packet.extended_errors[0].text) <= DNS_EXTENDED_TEXT_MAX + 3);
}

static void test_packet_with_broken_opt_is_malformed(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *why;
        struct bytes options;
    } broken[] = {
        {"an option that is cut", BYTES("\0\17\0\5\0\1")},
        {"half a header", BYTES("\0\17\0")},
        {"an extended error without code", BYTES("\0\17\0\1\0")},
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        print_message("# %s\n", broken[i].why);
        begin(f, "a", DNS_A);
        message_add_opt(&f->message, 0, broken[i].options);
        assert_false(parse(f));
    }
    begin(f, "a", DNS_A);
    message_add_opt(&f->message, 0, BYTES(""));
    message_add_opt(&f->message, 0, BYTES(""));
    assert_malformed(f, "two OPT records");
    begin(f, "a", DNS_A);
    message_add(&f->message, MESSAGE_ADDITIONAL, "a", 41, BYTES(""));
    assert_malformed(f, "not at the root");
    begin(f, "a", DNS_A);
    message_add(&f->message, MESSAGE_ANSWER, ".", 41, BYTES(""));
    assert_malformed(f, "outside the additional section");
}

static bool follow(struct fixture *f, const char *name, uint16_t type)
{
    assert_true(parse(f));
    return dns_packet_follow(f->arena, &f->packet, name, type, &f->chain, &f->err);
}

static void add_cname(struct fixture *f, const char *owner, const char *target)
{
    message_add_name(&f->message, MESSAGE_ANSWER, owner, DNS_CNAME, target);
}

static void add_dname(struct fixture *f, const char *owner, const char *target)
{
    message_add_name(&f->message, MESSAGE_ANSWER, owner, DNS_DNAME, target);
}

static void test_chain_without_alias_has_only_records_of_the_name(void **state)
{
    struct fixture *f = *state;
    begin(f, "a.example", DNS_A);
    message_add_a(&f->message, "b.example", 1); /* of somebody else */
    message_add_a(&f->message, "a.example", 2);
    message_add_txt(&f->message, "a.example", "another type");
    message_add_a(&f->message, "a.example", 3);
    assert_true(follow(f, "a.example", DNS_A));
    assert_false(f->chain.is_endless);
    assert_int_equal(f->chain.alias_count, 0);
    assert_int_equal(f->chain.records.count, 2);
    assert_rdata(&f->chain.records.items[0], BYTES("\xc0\0\2\2"));
    assert_rdata(&f->chain.records.items[1], BYTES("\xc0\0\2\3"));
}

static void test_chain_of_cnames_ends_at_the_records_of_its_last_target(void **state)
{
    struct fixture *f = *state;
    begin(f, "a.example", DNS_A);
    add_cname(f, "b.example", "C.example"); /* in any order, any case */
    add_cname(f, "A.example", "b.example");
    message_add_a(&f->message, "b.example", 9); /* beside an alias: no matter */
    message_add_a(&f->message, "c.example", 1);
    assert_true(follow(f, "a.example", DNS_TXT));
    assert_int_equal(f->chain.records.count, 0);
    assert_int_equal(f->chain.alias_count, 2);
    assert_string_equal(f->chain.aliases[0], "b.example");
    assert_string_equal(f->chain.aliases[1], "c.example");
}

static void test_chain_records_at_the_asked_name_come_before_its_alias(void **state)
{
    struct fixture *f = *state;
    begin(f, "a.example", DNS_CNAME);
    add_cname(f, "a.example", "b.example");
    add_cname(f, "b.example", "c.example");
    assert_true(follow(f, "a.example", DNS_CNAME));
    assert_int_equal(f->chain.alias_count, 0);
    assert_int_equal(f->chain.records.count, 1);
    assert_rdata(&f->chain.records.items[0], BYTES("\1b\7example\0"));
}

static void test_chain_through_dname_with_its_cname_is_one_alias(void **state)
{
    struct fixture *f = *state;
    begin(f, "x.old.example", DNS_A);
    add_dname(f, "old.example", "new.example");
    add_cname(f, "x.old.example", "x.new.example");
    message_add_a(&f->message, "x.new.example", 1);
    assert_true(follow(f, "x.old.example", DNS_A));
    assert_int_equal(f->chain.alias_count, 1);
    assert_string_equal(f->chain.aliases[0], "x.new.example");
    assert_int_equal(f->chain.records.count, 1);
}

static const struct {
    const char *why;
    const char *name;
    const char *owner;
    const char *target;
    const char *alias; /* NULL: not followed */
} dnames[] = {
    {"labels are kept", "x.y.old.example", "old.example", "new", "x.y.new"},
    {"a target at the root", "x.y.old.example", "old.example", ".", "x.y"},
    {"an owner at the root", "x.y", ".", "new.example", "x.y.new.example"},
    {"not the owner itself (RFC 6672 section 2.3)", "old.example", "old.example", "new", NULL},
    {"not a neighbour", "x.bold.example", "old.example", "new", NULL},
};

static void test_chain_through_dname_alone_substitutes(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof dnames / sizeof *dnames; i++) {
        print_message("# %s\n", dnames[i].why);
        begin(f, dnames[i].name, DNS_A);
        add_dname(f, dnames[i].owner, dnames[i].target);
        bool followed = follow(f, dnames[i].name, DNS_A);
        if (str_eq(dnames[i].owner, ".")) {
            /* "x.y.new.example" lies below the root again: it goes on and ends too long. */
            assert_true(followed && f->chain.is_endless);
            assert_string_equal(f->chain.aliases[0], dnames[i].alias);
            continue;
        }
        assert_true(followed && !f->chain.is_endless);
        assert_int_equal(f->chain.alias_count, dnames[i].alias != NULL);
        if (dnames[i].alias)
            assert_string_equal(f->chain.aliases[0], dnames[i].alias);
    }
}

static void test_chain_through_dname_to_a_name_over_255_octets_is_endless(void **state)
{
    struct fixture *f = *state;
    char name[240];
    memset(name, 'a', sizeof name);
    for (size_t i = 60; i < 180; i += 60)
        name[i] = '.';
    memcpy(name + 180, ".old", 5);
    char target[130];
    memset(target, 'b', sizeof target);
    target[60] = '.';
    target[120] = '\0';
    begin(f, name, DNS_A);
    add_dname(f, "old", target);
    assert_true(follow(f, name, DNS_A));
    assert_true(f->chain.is_endless);
    assert_int_equal(f->chain.alias_count, 0);
}

static void test_chain_that_loops_is_endless(void **state)
{
    struct fixture *f = *state;
    begin(f, "a", DNS_A);
    add_cname(f, "a", "b");
    add_cname(f, "b", "a");
    assert_true(follow(f, "a", DNS_A));
    assert_true(f->chain.is_endless);
    assert_int_equal(f->chain.alias_count, 1);
    assert_int_equal(f->chain.records.count, 0);
    begin(f, "a", DNS_A);
    add_cname(f, "a", "a");
    assert_true(follow(f, "a", DNS_A));
    assert_true(f->chain.is_endless);
    begin(f, "a", DNS_A);
    add_cname(f, "a", "b");
    add_cname(f, "b", "c");
    add_cname(f, "c", "b");
    assert_true(follow(f, "a", DNS_A));
    assert_true(f->chain.is_endless);
}

static void test_chain_length_is_bounded(void **state)
{
    struct fixture *f = *state;
    for (int length = DNS_CHAIN_MAX; length <= DNS_CHAIN_MAX + 1; length++) {
        begin(f, "n0", DNS_A);
        char owner[8], target[8];
        for (int i = 0; i < length; i++) {
            snprintf(owner, sizeof owner, "n%d", i);
            snprintf(target, sizeof target, "n%d", i + 1);
            add_cname(f, owner, target);
        }
        message_add_a(&f->message, target, 1);
        assert_true(follow(f, "n0", DNS_A));
        assert_int_equal(f->chain.is_endless, length > DNS_CHAIN_MAX);
        assert_int_equal(f->chain.records.count, length <= DNS_CHAIN_MAX);
        assert_int_equal(f->chain.alias_count, DNS_CHAIN_MAX);
    }
}

static void test_chain_with_two_different_cnames_is_malformed(void **state)
{
    struct fixture *f = *state;
    begin(f, "a", DNS_A);
    add_cname(f, "a", "b");
    add_cname(f, "a", "B"); /* the same twice is harmless */
    assert_true(follow(f, "a", DNS_A));
    add_cname(f, "a", "c");
    assert_false(follow(f, "a", DNS_A));
    assert_int_equal(f->err.code, ERR_PARSE);
}

static void test_packet_of_64k_costs_memory_in_proportion(void **state)
{
    struct fixture *f = *state;
    /* The longest name, each of its octets four characters of text, owned by 4000 records through a
     * pointer: the text must not be made 4000 times. */
    char name[DNS_NAME_TEXT_MAX];
    memset(name, '!', sizeof name);
    name[63] = name[127] = name[191] = '.';
    name[253] = '\0';
    begin(f, name, DNS_A);
    const uint8_t record[] = {0xc0, 12, 0, DNS_A, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4};
    for (int i = 0; i < 4000; i++)
        buf_append(&f->message, record, sizeof record);
    message_set_u16(&f->message, 6, 4000);
    assert_true(parse(f));
    assert_int_equal(f->packet.answer.count, 4000);
    assert_true(arena_used(f->arena) < 16 * f->message.n);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_packet_with_records_gives_them_in_order),
        CASE(test_packet_header_gives_truncation_and_extended_rcode),
        CASE(test_packet_ttl_above_31_bits_counts_as_zero),
        CASE(test_packet_rdata_is_uncompressed_or_refused),
        CASE(test_packet_cut_anywhere_is_malformed),
        CASE(test_packet_with_bytes_behind_it_is_malformed),
        CASE(test_packet_that_lies_is_malformed),
        CASE(test_packet_opt_gives_extended_errors),
        CASE(test_packet_extended_errors_are_bounded),
        CASE(test_packet_with_broken_opt_is_malformed),
        CASE(test_chain_without_alias_has_only_records_of_the_name),
        CASE(test_chain_of_cnames_ends_at_the_records_of_its_last_target),
        CASE(test_chain_records_at_the_asked_name_come_before_its_alias),
        CASE(test_chain_through_dname_with_its_cname_is_one_alias),
        CASE(test_chain_through_dname_alone_substitutes),
        CASE(test_chain_through_dname_to_a_name_over_255_octets_is_endless),
        CASE(test_chain_that_loops_is_endless),
        CASE(test_chain_length_is_bounded),
        CASE(test_chain_with_two_different_cnames_is_malformed),
        CASE(test_packet_of_64k_costs_memory_in_proportion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
