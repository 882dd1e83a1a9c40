#include "base/address.h"

#include "support/unit.h"

#include <string.h>

struct parse_case {
    const char *text;
    const char *canonical; /* NULL: no address */
    const char *why;
};

static const struct parse_case parse_cases[] = {
    {"192.0.2.1", "192.0.2.1", "four octets"},
    {"0.0.0.0", "0.0.0.0", "a single zero is no leading zero"},
    {"255.255.255.255", "255.255.255.255", "the largest"},
    {"192.0.2.256", NULL, "over an octet"},
    {"192.0.2.1000", NULL, "four digits"},
    {"192.0.2.01", NULL, "leading zero: octal to some"},
    {"00.0.0.0", NULL, "two zeros"},
    {"192.0.2", NULL, "three parts: 192.0.0.2 to inet_aton"},
    {"192.0.2.1.", NULL, "final dot"},
    {".192.0.2.1", NULL, "leading dot"},
    {"192..2.1", NULL, "empty octet"},
    {"192.0.2.1.5", NULL, "five parts"},
    {"3221225985", NULL, "one number"},
    {"0xc0.0.2.1", NULL, "hexadecimal"},
    {"192.0.2.-1", NULL, "sign"},
    {" 192.0.2.1", NULL, "nothing is trimmed"},
    {"192.0.2.1 ", NULL, "nothing is trimmed"},
    {"", NULL, "empty"},
    {"2001:db8:0:1:2:3:4:5", "2001:db8:0:1:2:3:4:5", "a single zero group stays"},
    {"2001:DB8::A", "2001:db8::a", "RFC 5952 4.3: lower case"},
    {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1", "RFC 5952 4.1, 4.2.1"},
    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", "RFC 5952 4.2.3: first of equal runs"},
    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1", "RFC 5952 4.2.3: longest run"},
    {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1", "RFC 5952 4.2.2: one group is not shortened"},
    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", "one group at the end"},
    {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", "one group at the start"},
    {"0:0:3:4:5:6:7:8", "::3:4:5:6:7:8", "two groups at the start"},
    {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::", "two groups at the end"},
    {"::", "::", "all zero"},
    {"::1", "::1", "loopback"},
    {"0:0:0:0:0:0:0:0", "::", "all zero in full"},
    {"::ffff:192.0.2.1", "::ffff:192.0.2.1", "RFC 5952 5: mapped with an IPv4 tail"},
    {"::ffff:c000:201", "::ffff:192.0.2.1", "mapped, given in hexadecimal"},
    {"::ffff:0:0", "::ffff:0.0.0.0", "mapped, zero"},
    {"::192.0.2.1", "::c000:201", "IPv4-compatible: no well-known form, so hexadecimal"},
    {"64:ff9b::192.0.2.33", "64:ff9b::c000:221", "translated: read, written in hexadecimal"},
    {"1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201", "RFC 4291 2.2 form 3 in full"},
    {"1:2:3:4:5::192.0.2.1", "1:2:3:4:5:0:c000:201", "gap before the tail"},
    {"1:2:3:4:5:6:7:192.0.2.1", NULL, "tail needs two groups"},
    {"1:2:3:4:5:192.0.2.1", NULL, "only seven groups"},
    {"1:2:3:4:5:6::192.0.2.1", NULL, "gap without a group to stand for"},
    {"192.0.2.1::", NULL, "dotted quad not at the end"},
    {"::192.0.2.1:5", NULL, "dotted quad not at the end"},
    {"::192.0.2.01", NULL, "leading zero in the tail"},
    {"::192.0.2", NULL, "short tail"},
    {"1:2:3:4:5:6:7:8:9", NULL, "nine groups"},
    {"1:2:3:4:5:6:7", NULL, "seven groups"},
    {"1:2:3:4::5:6:7:8", NULL, "\"::\" stands for at least one group"},
    {"::1:2:3:4:5:6:7:8", NULL, "gap and eight groups"},
    {"1::2::3", NULL, "two gaps"},
    {":::", NULL, "three colons"},
    {"1:::2", NULL, "three colons"},
    {":1:2:3:4:5:6:7", NULL, "leading single colon"},
    {"1:2:3:4:5:6:7:", NULL, "final single colon"},
    {"1:2:3:4:5:6:7:8:", NULL, "final single colon after eight"},
    {"::1:", NULL, "final single colon after a gap"},
    {":", NULL, "a colon"},
    {"12345::", NULL, "five digits"},
    {"::g", NULL, "no hex digit"},
    {"fe80::1%eth0", NULL, "zone id"},
    {"fe80::1%25eth0", NULL, "zone id, URL form"},
    {"[::1]", NULL, "brackets belong to URLs"},
    {"::1/128", NULL, "block"},
    {"\xef\xbc\x91.2.3.4", NULL, "a full-width digit is no digit"},
};

static void test_address_parse_reads_each_form_and_format_writes_the_canonical_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof parse_cases / sizeof *parse_cases; i++) {
        const struct parse_case *c = &parse_cases[i];
        struct address address = {.family = 9}, again;
        char text[ADDRESS_TEXT_MAX];
        bool parsed = address_parse(c->text, strlen(c->text), &address);
        if (parsed != (c->canonical != NULL))
            fail_msg("\"%s\" (%s): parsed %d", c->text, c->why, parsed);
        if (!parsed) {
            assert_int_equal(address.family, 9);
            continue;
        }
        if (strcmp(address_format(&address, text), c->canonical) != 0)
            fail_msg("\"%s\" (%s): %s", c->text, c->why, text);
        assert_true(address_parse(text, strlen(text), &again));
        assert_true(address_eq(&address, &again));
    }
}

static void test_address_parse_takes_the_length_and_not_a_final_nul(void **state)
{
    (void)state;
    struct address address;
    assert_true(address_parse("192.0.2.123", 10, &address));
    assert_int_equal(address.bytes[3], 12);
    assert_false(address_parse("192.0.2.1\0", 10, &address));
    assert_false(address_parse("::1\0", 4, &address));
}

static void test_address_eq_tells_families_apart(void **state)
{
    (void)state;
    struct address zero4, zero6;
    assert_true(address_parse("0.0.0.0", 7, &zero4));
    assert_true(address_parse("::", 2, &zero6));
    assert_false(address_eq(&zero4, &zero6));
    assert_true(address_eq(&zero4, &zero4));
}

struct cidr_case {
    const char *text;
    const char *formatted; /* NULL: an error */
    const char *error;     /* occurs in it */
};

static const struct cidr_case cidr_cases[] = {
    {"192.0.2.0/24", "192.0.2.0/24", NULL},
    {"192.0.2.1", "192.0.2.1/32", NULL},
    {"0.0.0.0/0", "0.0.0.0/0", NULL},
    {"192.0.2.128/25", "192.0.2.128/25", NULL},
    {"::/0", "::/0", NULL},
    {"2001:DB8::/32", "2001:db8::/32", NULL},
    {"2001:db8::1", "2001:db8::1/128", NULL},
    {"fe80::/10", "fe80::/10", NULL},
    {"192.0.2.1/24", NULL,
     "\"192.0.2.1/24\": bits are set after the prefix; the block is 192.0.2.0/24"},
    {"192.0.2.128/24", NULL, "the block is 192.0.2.0/24"},
    {"2001:db8::1/127", NULL, "the block is 2001:db8::/127"},
    {"128.0.0.0/0", NULL, "the block is 0.0.0.0/0"},
    {"192.0.2.0/33", NULL, "from 0 to 32"},
    {"2001:db8::/129", NULL, "from 0 to 128"},
    {"192.0.2.0/", NULL, "from 0 to 32"},
    {"192.0.2.0/024", NULL, "from 0 to 32"},
    {"192.0.2.0/24x", NULL, "from 0 to 32"},
    {"192.0.2.0/24/8", NULL, "from 0 to 32"},
    {"192.0.2.0/+8", NULL, "from 0 to 32"},
    {"192.0.2.0/1000", NULL, "from 0 to 32"},
    {"192.0.2/24", NULL, "no IP address"},
    {"a\n.example", NULL, "\"a\\010.example\": no IP address"},
    {"", NULL, "\"\": no IP address"},
};

static void test_cidr_parse_reads_blocks_and_says_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cidr_cases / sizeof *cidr_cases; i++) {
        const struct cidr_case *c = &cidr_cases[i];
        struct cidr cidr = {.prefix_bits = 99};
        struct err err = {0};
        char text[CIDR_TEXT_MAX];
        bool parsed = cidr_parse(c->text, &cidr, &err);
        if (parsed != (c->formatted != NULL))
            fail_msg("\"%s\": parsed %d %s", c->text, parsed, err.text);
        if (parsed && strcmp(cidr_format(&cidr, text), c->formatted) != 0)
            fail_msg("\"%s\": %s", c->text, text);
        if (!parsed && (!strstr(err.text, c->error) || cidr.prefix_bits != 99))
            fail_msg("\"%s\": %s", c->text, err.text);
    }
}

struct contain_case {
    const char *cidr;
    const char *address;
    bool contained;
};

static const struct contain_case contain_cases[] = {
    {"192.0.2.0/24", "192.0.2.0", true},
    {"192.0.2.0/24", "192.0.2.255", true},
    {"192.0.2.0/24", "192.0.3.0", false},
    {"192.0.2.0/24", "192.0.1.255", false},
    {"0.0.0.0/0", "255.1.2.3", true},
    {"0.0.0.0/0", "::ffff:1.2.3.4", false},
    {"::/0", "1.2.3.4", false},
    {"172.16.0.0/12", "172.31.255.255", true},
    {"172.16.0.0/12", "172.32.0.0", false},
    {"fe80::/10", "febf:ffff::1", true},
    {"fe80::/10", "fec0::", false},
    {"2001:db8::1/128", "2001:db8::1", true},
    {"2001:db8::1/128", "2001:db8::2", false},
    {"::ffff:0:0/96", "::ffff:1.2.3.4", true},
    {"::ffff:0:0/96", "::fffe:1.2.3.4", false},
};

static void test_cidr_contains_exactly_its_block(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof contain_cases / sizeof *contain_cases; i++) {
        const struct contain_case *c = &contain_cases[i];
        struct cidr cidr;
        struct address address;
        struct err err;
        assert_true(cidr_parse(c->cidr, &cidr, &err));
        assert_true(address_parse(c->address, strlen(c->address), &address));
        if (cidr_contains(&cidr, &address) != c->contained)
            fail_msg("%s and %s", c->cidr, c->address);
    }
}

static void test_address_reverse_name_has_octets_or_nibbles(void **state)
{
    (void)state;
    struct address address;
    char name[REVERSE_NAME_MAX];
    assert_true(address_parse("192.0.2.15", 10, &address));
    assert_string_equal(address_reverse_name(&address, name), "15.2.0.192.in-addr.arpa");
    /* The example of RFC 3596 section 2.5. */
    assert_true(address_parse("4321:0:1:2:3:4:567:89ab", 23, &address));
    assert_string_equal(address_reverse_name(&address, name),
                        "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address_parse_reads_each_form_and_format_writes_the_canonical_one),
        cmocka_unit_test(test_address_parse_takes_the_length_and_not_a_final_nul),
        cmocka_unit_test(test_address_eq_tells_families_apart),
        cmocka_unit_test(test_cidr_parse_reads_blocks_and_says_what_is_wrong),
        cmocka_unit_test(test_cidr_contains_exactly_its_block),
        cmocka_unit_test(test_address_reverse_name_has_octets_or_nibbles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
