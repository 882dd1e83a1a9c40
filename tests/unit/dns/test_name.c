#include "dns/name.h"

#include "base/str.h"
#include "support/unit.h"

#include <string.h>

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LABEL_61 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static const struct {
    const char *why;
    const char *text;
    const char *canonical; /* NULL: refused */
} texts[] = {
    {"an ordinary name", "www.example.com", "www.example.com"},
    {"a final dot is dropped", "www.example.com.", "www.example.com"},
    {"upper case is lowered", "WWW.Example.COM", "www.example.com"},
    {"underscores and hyphens stay", "_acme-challenge.x--y.example",
     "_acme-challenge.x--y.example"},
    {"the root", ".", "."},
    {"a TLD", "com", "com"},
    {"other bytes become decimal escapes", "a*b @.example", "a\\042b\\032\\064.example"},
    {"a decimal escape", "a\\046b.example", "a\\046b.example"},
    {"a decimal escape of a plain letter is that letter", "\\065\\098.example", "ab.example"},
    {"an escaped character", "a\\.b\\\\.example", "a\\046b\\092.example"},
    {"the highest byte", "\\255.example", "\\255.example"},
    {"the NUL byte", "\\000.example", "\\000.example"},
    {"a label of 63", LABEL_63 ".example", LABEL_63 ".example"},
    {"255 octets on the wire", LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_61,
     LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_61},
    {"256 octets on the wire", LABEL_63 "." LABEL_63 "." LABEL_63 ".a" LABEL_61, NULL},
    {"256 octets, the last label of one", LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_61 ".a",
     NULL},
    {"a label of 64", LABEL_63 "a.example", NULL},
    {"nothing", "", NULL},
    {"an empty label", "a..b", NULL},
    {"a first dot", ".a", NULL},
    {"two dots", "..", NULL},
    {"two final dots", "a..", NULL},
    {"an escape at the end", "a\\", NULL},
    {"an escape of one digit", "a\\1", NULL},
    {"an escape of two digits", "a\\12x", NULL},
    {"an escape over 255", "a\\256", NULL},
};

static void test_name_text_is_canonical_or_refused(void **state)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct dns_name name;
        struct err err = {0};
        bool is_name = dns_name_parse(texts[i].text, &name, &err);
        print_message("# %s\n", texts[i].why);
        assert_int_equal(is_name, texts[i].canonical != NULL);
        if (is_name)
            assert_string_equal(dns_name_str(*state, &name), texts[i].canonical);
        else
            assert_int_equal(err.code, ERR_PARSE);
    }
}

static void test_name_wire_form_keeps_case(void **state)
{
    (void)state;
    struct dns_name name;
    struct err err;
    assert_true(dns_name_parse("Ab.\\001", &name, &err));
    assert_int_equal(name.size, 6);
    assert_memory_equal(name.wire, "\2Ab\1\1\0", 6);
}

#define PACKET(text) ((struct bytes){(const uint8_t *)(text), sizeof(text) - 1})

static const struct {
    const char *why;
    struct bytes packet;
    size_t at;
    const char *canonical; /* NULL: refused */
    size_t end;
} packets[] = {
    {"a name without pointers", PACKET("\3www\7example\0rest"), 0, "www.example", 13},
    {"the root", PACKET("\0"), 0, ".", 1},
    {"a pointer back", PACKET("\7example\0\3www\xc0\0rest"), 9, "www.example", 15},
    {"a pointer alone", PACKET("\7example\0\xc0\0"), 9, "example", 11},
    {"pointers to pointers", PACKET("\3com\0\1b\xc0\0\1a\xc0\5"), 9, "a.b.com", 13},
    {"a pointer into the middle of labels", PACKET("\1a\1b\0\xc0\2"), 5, "b", 7},
    {"the end is missing", PACKET("\3www"), 0, NULL, 0},
    {"a label is cut", PACKET("\3ww"), 0, NULL, 0},
    {"nothing at all", PACKET(""), 0, NULL, 0},
    {"half a pointer", PACKET("\1a\0\xc0"), 3, NULL, 0},
    {"a pointer to itself", PACKET("\xc0\0"), 0, NULL, 0},
    {"a pointer to the start of its own name", PACKET("\1a\xc0\0"), 0, NULL, 0},
    {"a pointer forward", PACKET("\xc0\2\1a\0"), 0, NULL, 0},
    {"two pointers that lead to each other", PACKET("\1a\xc0\4\1b\xc0\0"), 4, NULL, 0},
    {"a pointer beyond the packet", PACKET("\xff\xff\0"), 0, NULL, 0},
    {"a label of type 01",
     PACKET("\x41"
            "a\0"),
     0, NULL, 0},
    {"a label of type 10",
     PACKET("\x81"
            "a\0"),
     0, NULL, 0},
};

static void test_name_in_packet_is_read_or_fails_the_cursor(void **state)
{
    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
        struct cursor cursor = cursor_of(packets[i].packet);
        cursor_seek(&cursor, packets[i].at);
        struct dns_name name;
        dns_name_read(&cursor, &name);
        print_message("# %s\n", packets[i].why);
        assert_int_equal(cursor_ok(&cursor), packets[i].canonical != NULL);
        if (!packets[i].canonical)
            continue;
        assert_string_equal(dns_name_str(*state, &name), packets[i].canonical);
        assert_int_equal(cursor.at, packets[i].end);
    }
}

static void test_name_in_packet_over_255_octets_is_refused(void **state)
{
    /* Five labels of 63: each step is legal, the sum is not. */
    uint8_t packet[5 * 64 + 1] = {0};
    for (size_t i = 0; i < 5; i++) {
        packet[i * 64] = 63;
        memset(packet + i * 64 + 1, 'a', 63);
    }
    struct cursor cursor = cursor_of((struct bytes){packet, sizeof packet});
    struct dns_name name;
    dns_name_read(&cursor, &name);
    assert_false(cursor_ok(&cursor));
    /* 63 + 63 + 63 + 61 fill 254 octets: the root makes it 255. */
    packet[3 * 64] = 61;
    packet[3 * 64 + 62] = 0;
    cursor = cursor_of((struct bytes){packet, sizeof packet});
    dns_name_read(&cursor, &name);
    assert_true(cursor_ok(&cursor));
    assert_int_equal(name.size, DNS_NAME_WIRE_MAX);
    assert_int_equal(strlen(dns_name_str(*state, &name)), 253);
    /* And 62 in the last: one too many, and the root does not fit any more. */
    packet[3 * 64] = 62;
    packet[3 * 64 + 62] = 'a';
    packet[3 * 64 + 63] = 0;
    cursor = cursor_of((struct bytes){packet, sizeof packet});
    dns_name_read(&cursor, &name);
    assert_false(cursor_ok(&cursor));
}

static void test_name_text_of_only_odd_bytes_fits_its_bound(void **state)
{
    struct dns_name name = {.size = 0};
    const uint8_t lengths[] = {63, 63, 63, 61};
    for (size_t i = 0; i < 4; i++) {
        name.wire[name.size++] = lengths[i];
        memset(name.wire + name.size, 0xff, lengths[i]);
        name.size += lengths[i];
    }
    name.wire[name.size++] = 0;
    assert_int_equal(name.size, DNS_NAME_WIRE_MAX);
    const char *text = dns_name_str(*state, &name);
    assert_true(strlen(text) <= DNS_NAME_TEXT_MAX);
    struct dns_name again;
    struct err err;
    assert_true(dns_name_parse(text, &again, &err));
    assert_memory_equal(again.wire, name.wire, name.size);
}

static void test_name_is_within_zone_counts_whole_labels(void **state)
{
    (void)state;
    assert_true(dns_name_is_within("a.example", "example"));
    assert_true(dns_name_is_within("example", "example"));
    assert_true(dns_name_is_within("example", "."));
    assert_true(dns_name_is_within(".", "."));
    assert_false(dns_name_is_within("anexample", "example"));
    assert_false(dns_name_is_within("example", "a.example"));
    assert_false(dns_name_is_within(".", "example"));
    /* A dot inside a label is an escape in text, and so no border of labels. */
    assert_false(dns_name_is_within("a\\046example", "example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_name_text_is_canonical_or_refused, set_up, tear_down),
        cmocka_unit_test(test_name_wire_form_keeps_case),
        cmocka_unit_test_setup_teardown(test_name_in_packet_is_read_or_fails_the_cursor, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_name_in_packet_over_255_octets_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_name_text_of_only_odd_bytes_fits_its_bound, set_up,
                                        tear_down),
        cmocka_unit_test(test_name_is_within_zone_counts_whole_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
