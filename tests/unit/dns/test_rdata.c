#include "dns/rdata.h"

#include "base/str.h"
#include "support/unit.h"

#include <string.h>

#define BYTES(text) ((struct bytes){(const uint8_t *)(text), sizeof(text) - 1})

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

struct row {
    const char *why;
    struct bytes rdata;
    const char *text; /* NULL: refused */
};

typedef bool read_fn(struct arena *arena, struct bytes rdata, struct bytes *text);

static void check_rows(struct arena *arena, read_fn *read, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct bytes text = {NULL, 0};
        if (read(arena, rows[i].rdata, &text) != (rows[i].text != NULL))
            fail_msg("%s: %s", rows[i].why, rows[i].text ? "refused" : "accepted");
        if (rows[i].text && !bytes_eq(text, bytes_of(rows[i].text)))
            fail_msg("%s: %.*s", rows[i].why, (int)text.n, (const char *)text.p);
    }
}

static void test_txt_strings_are_joined(void **state)
{
    static const struct row rows[] = {
        {"one string", BYTES("\5hello"), "hello"},
        {"two strings, no separator", BYTES("\5hello\5world"), "helloworld"},
        {"an empty string", BYTES("\0"), ""},
        {"empty strings between", BYTES("\0\1a\0\1b\0"), "ab"},
        {"bytes are not decoded", BYTES("\3\xFF\x80\xC3"), "\xFF\x80\xC3"},
        {"no string at all", BYTES(""), NULL},
        {"a string longer than the RDATA", BYTES("\6hello"), NULL},
        {"a second string longer than the RDATA", BYTES("\5hello\2a"), NULL},
        {"a length without string", BYTES("\1a\1"), NULL},
    };
    check_rows(*state, rdata_txt, rows, sizeof rows / sizeof rows[0]);
    struct bytes text;
    assert_false(rdata_txt(*state, (struct bytes){NULL, 0}, &text));
    assert_true(rdata_txt(*state, BYTES("\3a\0b"), &text));
    assert_true(bytes_eq(text, BYTES("a\0b")));
}

static void test_txt_of_the_largest_size(void **state)
{
    static uint8_t rdata[65535];
    for (size_t at = 0; at < sizeof rdata; at += 256)
        rdata[at] = 255;
    rdata[65280] = 254;
    struct bytes text;
    assert_true(rdata_txt(*state, (struct bytes){rdata, sizeof rdata}, &text));
    assert_int_equal(text.n, sizeof rdata - 256);
}

#define LABEL_63 "\77aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TEXT_63  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."

static void test_names_become_text(void **state)
{
    static const struct row rows[] = {
        {"with final dot", BYTES("\1a\7example\0"), "a.example."},
        {"the case is kept", BYTES("\1A\7eXample\0"), "A.eXample."},
        {"the root", BYTES("\0"), "."},
        {"hyphen and underscore", BYTES("\4_a-1\0"), "_a-1."},
        {"a dot in a label is no separator", BYTES("\3a.b\0"), "a\\046b."},
        {"other bytes", BYTES("\5\\\x00 \xFF*\0"), "\\092\\000\\032\\255\\042."},
        {"the longest label", BYTES(LABEL_63 "\0"), TEXT_63},
        {"the longest name",
         BYTES(LABEL_63 LABEL_63 LABEL_63
               "\75aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0"),
         TEXT_63 TEXT_63 TEXT_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."},
        {"a name of 256 octets",
         BYTES(LABEL_63 LABEL_63 LABEL_63
               "\76aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0"),
         NULL},
        {"no end", BYTES("\1a"), NULL},
        {"nothing", BYTES(""), NULL},
        {"bytes after the end", BYTES("\1a\0\0"), NULL},
        {"a label longer than the RDATA", BYTES("\5abc\0"), NULL},
        {"a compression pointer", BYTES("\1a\300\0"), NULL},
        {"a label of 64",
         BYTES("\100aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0"), NULL},
    };
    check_rows(*state, rdata_name, rows, sizeof rows / sizeof rows[0]);
}

static void test_addresses_have_the_size_of_their_family(void **state)
{
    (void)state;
    struct address address;
    char text[ADDRESS_TEXT_MAX];
    assert_true(rdata_address(BYTES("\300\0\2\1"), 4, &address));
    assert_string_equal(address_format(&address, text), "192.0.2.1");
    assert_true(rdata_address(BYTES("\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), 6, &address));
    assert_string_equal(address_format(&address, text), "2001:db8::1");
    assert_false(rdata_address(BYTES("\300\0\2"), 4, &address));
    assert_false(rdata_address(BYTES("\300\0\2\1"), 6, &address));
    assert_false(rdata_address(BYTES("\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), 4, &address));
    assert_false(rdata_address(BYTES(""), 4, &address));
}

static void test_report_is_text_as_it_is_or_escaped(void **state)
{
    assert_string_equal(rdata_report(*state, BYTES("gr\xC3\xBC\xC3\x9F\t\"\\"), 100),
                        "gr\xC3\xBC\xC3\x9F\t\"\\");
    assert_string_equal(rdata_report(*state, BYTES("\xFF\"a"), 100), "\\255\\\"a");
    assert_string_equal(rdata_report(*state, BYTES("a\0b"), 100), "a\\000b");
    assert_string_equal(rdata_report(*state, (struct bytes){NULL, 0}, 100), "");
    assert_string_equal(rdata_report(*state, BYTES("abcd"), 4), "abcd");
    assert_string_equal(rdata_report(*state, BYTES("abcde"), 4), "abcd...");
    assert_string_equal(rdata_report(*state, BYTES("abc\xC3\xBC"), 4), "abc...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_txt_strings_are_joined),
        cmocka_unit_test(test_txt_of_the_largest_size),
        cmocka_unit_test(test_names_become_text),
        cmocka_unit_test(test_addresses_have_the_size_of_their_family),
        cmocka_unit_test(test_report_is_text_as_it_is_or_escaped),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
