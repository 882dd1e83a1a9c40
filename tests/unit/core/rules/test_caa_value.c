#include "core/rules/caa_value.h"

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

static const struct {
    const char *why;
    struct bytes value;
    const char *issuer;
    const char *parameters; /* "tag=value|tag=value" */
} legal[] = {
    {"an issuer alone", BYTES("ca.example"), "ca.example", ""},
    {"nothing: nobody is named", BYTES(""), "", ""},
    {"blanks alone", BYTES(" \t "), "", ""},
    {"a semicolon alone: nobody is named", BYTES(";"), "", ""},
    {"a semicolon among blanks", BYTES(" \t;\t "), "", ""},
    {"one semicolon right after the issuer", BYTES("ca.example;"), "ca.example", ""},
    {"blanks around issuer and semicolon", BYTES("\t ca.example \t; "), "ca.example", ""},
    {"a single label", BYTES("ca"), "ca", ""},
    {"digits and inner hyphens in labels", BYTES("1-a.x--y.0"), "1-a.x--y.0", ""},
    {"case is kept", BYTES("CA.Example"), "CA.Example", ""},
    {"a label over 63 octets: the grammar has no bound",
     BYTES("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ""},
    {"one parameter", BYTES("ca.example; account=12345"), "ca.example", "account=12345"},
    {"no blanks", BYTES("ca.example;account=12345"), "ca.example", "account=12345"},
    {"RFC 8659 section 4.2: blanks everywhere they may be",
     BYTES("  ca.example  ;  account  =  12345  ;  policy=ev  "), "ca.example",
     "account=12345|policy=ev"},
    {"tabs count as blanks", BYTES("ca.example\t;\ta\t=\tb\t"), "ca.example", "a=b"},
    {"parameters without an issuer", BYTES("; account=1"), "", "account=1"},
    {"an empty value", BYTES("ca.example; a="), "ca.example", "a="},
    {"an empty value, blanks, another parameter", BYTES("ca.example; a= ; b=c"), "ca.example",
     "a=|b=c"},
    {"'=' in a value", BYTES("ca.example; a==b=c"), "ca.example", "a==b=c"},
    {"the value's first and last legal bytes", BYTES("ca.example; a=!~:<"), "ca.example", "a=!~:<"},
    {"RFC 8657: a URI", BYTES("ca.example; accounturi=https://ca.example/acct/1?x=y#z"),
     "ca.example", "accounturi=https://ca.example/acct/1?x=y#z"},
    {"RFC 8657: a list", BYTES("ca.example; validationmethods=dns-01,http-01"), "ca.example",
     "validationmethods=dns-01,http-01"},
    {"hyphens and digits in a tag", BYTES("ca.example; 1-a--2=b"), "ca.example", "1-a--2=b"},
    {"a tag repeated", BYTES("ca.example; a=1; A=2; a=3"), "ca.example", "a=1|A=2|a=3"},
    {"more parameters than the list has room for at first",
     BYTES("ca.example; a=1; b=2; c=3; d=4; e=5; f=6; g=7; h=8; i=9"), "ca.example",
     "a=1|b=2|c=3|d=4|e=5|f=6|g=7|h=8|i=9"},
};

static const char *join_parameters(struct arena *arena, const struct caa_value *value)
{
    const char *text = "";
    for (size_t i = 0; i < value->parameter_count; i++) {
        const struct caa_parameter *p = &value->parameters[i];
        text = arena_printf(arena, "%s%s%.*s=%.*s", text, i ? "|" : "", (int)p->tag.n,
                            (const char *)p->tag.p, (int)p->value.n, (const char *)p->value.p);
    }
    return text;
}

static void test_parse_legal_value_is_split(void **state)
{
    for (size_t i = 0; i < sizeof legal / sizeof legal[0]; i++) {
        struct caa_value value;
        const char *problem = NULL;
        if (!caa_value_parse(*state, legal[i].value, &value, &problem))
            fail_msg("%s: refused: %s", legal[i].why, problem);
        if (!bytes_eq(value.issuer, bytes_of(legal[i].issuer)))
            fail_msg("%s: issuer %.*s", legal[i].why, (int)value.issuer.n,
                     (const char *)value.issuer.p);
        const char *parameters = join_parameters(*state, &value);
        if (!str_eq(parameters, legal[i].parameters))
            fail_msg("%s: parameters %s", legal[i].why, parameters);
    }
}

static const struct {
    const char *why;
    struct bytes value;
    const char *says; /* in the problem */
} illegal[] = {
    {"final dot", BYTES("ca.example."), "issuer"},
    {"a dot alone", BYTES("."), "issuer"},
    {"leading dot", BYTES(".ca.example"), "issuer"},
    {"empty label", BYTES("ca..example"), "issuer"},
    {"underscore in a label", BYTES("ca_1.example"), "issuer"},
    {"hyphen first in a label", BYTES("-ca.example"), "issuer"},
    {"hyphen last in a label", BYTES("ca-.example"), "issuer"},
    {"hyphen first in a later label", BYTES("ca.-example"), "issuer"},
    {"a hyphen alone", BYTES("-"), "issuer"},
    {"non-ASCII in the issuer", BYTES("ca.\xC3\xA9xample"), "issuer"},
    {"a byte that is no UTF-8", BYTES("\xFF"), "issuer"},
    {"NUL in the issuer", BYTES("ca.example\0"), "issuer"},
    {"blank in the issuer", BYTES("ca. example"), "issuer"},
    {"a word after the issuer", BYTES("ca.example account=1"), "followed by ';'"},
    {"line feed is no blank", BYTES("ca.example\n"), "issuer"},
    {"carriage return is no blank", BYTES("\rca.example"), "issuer"},
    {"no-break space is no blank",
     BYTES("\xC2\xA0"
           "ca.example"),
     "issuer"},
    {"a URL for an issuer", BYTES("https://ca.example"), "issuer"},
    {"a quoted issuer", BYTES("\"ca.example\""), "issuer"},
    {"a comma for a semicolon", BYTES("ca.example, a=b"), "issuer"},
    {"a percent sign, as in the RFC's malformed example", BYTES("%%%%%"), "issuer"},
    {"two semicolons after the issuer", BYTES("ca.example;;"), "empty"},
    {"two semicolons with a blank between", BYTES("ca.example; ;"), "empty"},
    {"two semicolons alone", BYTES(";;"), "empty"},
    {"empty parameter first", BYTES("ca.example;; a=b"), "empty"},
    {"empty parameter between", BYTES("ca.example; a=b;; c=d"), "empty"},
    {"empty parameter between, with a blank", BYTES("ca.example; a=b; ; c=d"), "empty"},
    {"semicolon after the last parameter", BYTES("ca.example; a=b;"), "last parameter"},
    {"semicolon and blanks after the last parameter", BYTES("ca.example; a=b ; \t"),
     "last parameter"},
    {"parameter without '='", BYTES("ca.example; policy"), "'='"},
    {"second parameter without '='", BYTES("ca.example; a=b; c"), "'='"},
    {"parameter without tag", BYTES("ca.example; =b"), "tag"},
    {"blank in a tag", BYTES("ca.example; a b=c"), "'='"},
    {"underscore in a tag", BYTES("ca.example; a_b=c"), "'='"},
    {"hyphen first in a tag", BYTES("ca.example; -a=c"), "tag"},
    {"hyphen last in a tag", BYTES("ca.example; a-=c"), "tag"},
    {"non-ASCII tag", BYTES("ca.example; \xC3\xA9=c"), "tag"},
    {"blank in a value", BYTES("ca.example; a=b c"), "blank"},
    {"blank in a value, then a further '='", BYTES("ca.example; a=b c=d"), "blank"},
    {"tab in a value", BYTES("ca.example; a=b\tc"), "blank"},
    {"non-ASCII value", BYTES("ca.example; a=\xC3\xA9"), "visible ASCII"},
    {"DEL in a value", BYTES("ca.example; a=\x7F"), "visible ASCII"},
    {"NUL in a value", BYTES("ca.example; a=b\0"), "visible ASCII"},
    {"control character in a value", BYTES("ca.example; a=\x1F"), "visible ASCII"},
    {"line feed at the very end", BYTES("ca.example; a=b\n"), "visible ASCII"},
};

static void test_parse_illegal_value_is_refused(void **state)
{
    for (size_t i = 0; i < sizeof illegal / sizeof illegal[0]; i++) {
        struct caa_value value = {.parameter_count = 7};
        const char *problem = NULL;
        if (caa_value_parse(*state, illegal[i].value, &value, &problem))
            fail_msg("%s: accepted", illegal[i].why);
        if (!strstr(problem, illegal[i].says))
            fail_msg("%s: \"%s\"", illegal[i].why, problem);
        assert_int_equal(value.issuer.n, 0);
        assert_int_equal(value.parameter_count, 0);
    }
}

static void test_parse_of_null_bytes_is_an_empty_value(void **state)
{
    struct caa_value value;
    const char *problem = NULL;
    assert_true(caa_value_parse(*state, (struct bytes){NULL, 0}, &value, &problem));
    assert_int_equal(value.issuer.n, 0);
    assert_int_equal(caa_value_issuer((struct bytes){NULL, 0}).n, 0);
}

/* Every byte but the legal ones is refused, wherever it stands. */
static void test_parse_each_byte_is_judged_by_the_grammar(void **state)
{
    for (unsigned c = 0; c < 256; c++) {
        uint8_t in_issuer[] = {'a', (uint8_t)c, 'b'};
        uint8_t in_tag[] = {'a', ';', 'b', (uint8_t)c, 'c', '=', 'd'};
        uint8_t in_value[] = {'a', ';', 'b', '=', 'c', (uint8_t)c, 'd'};
        struct caa_value value;
        const char *problem = NULL;
        bool is_word =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
        assert_int_equal(caa_value_parse(*state, (struct bytes){in_issuer, 3}, &value, &problem),
                         is_word || c == '.');
        assert_int_equal(caa_value_parse(*state, (struct bytes){in_tag, 7}, &value, &problem),
                         is_word || c == '=');
        assert_int_equal(caa_value_parse(*state, (struct bytes){in_value, 7}, &value, &problem),
                         c >= 0x21 && c <= 0x7E && c != ';');
    }
}

static void test_parse_largest_rdata_stays_linear(void **state)
{
    enum { SIZE = 65535 };
    uint8_t *bytes = arena_alloc(*state, SIZE);
    memcpy(bytes, "x;", 2);
    for (size_t i = 2; i + 3 <= SIZE; i += 3)
        memcpy(bytes + i, "a=;", 3);
    struct caa_value value;
    const char *problem = NULL;
    size_t before = arena_used(*state);
    struct bytes all = {bytes, 2 + (SIZE - 2) / 3 * 3 - 1}; /* without the last semicolon */
    assert_true(caa_value_parse(*state, all, &value, &problem));
    assert_int_equal(value.parameter_count, (SIZE - 2) / 3);
    assert_true(arena_used(*state) - before < 65 * (size_t)SIZE);
}

static void test_issuer_is_read_from_malformed_values_too(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct bytes value;
        const char *issuer;
    } rows[] = {
        {"well formed", BYTES(" ca.example ; a=b"), "ca.example"},
        {"malformed parameter", BYTES("ca.example;;;"), "ca.example"},
        {"final dot stays", BYTES("ca.example."), "ca.example."},
        {"blank inside stays", BYTES("\tca example\t"), "ca example"},
        {"none", BYTES(" ; a=b"), ""},
        {"empty", BYTES(""), ""},
        {"blanks alone", BYTES(" \t"), ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!bytes_eq(caa_value_issuer(rows[i].value), bytes_of(rows[i].issuer)))
            fail_msg("%s", rows[i].why);
}

static void test_issuer_is_valid_only_as_a_complete_domain(void **state)
{
    (void)state;
    assert_true(caa_issuer_is_valid("ca.example"));
    assert_true(caa_issuer_is_valid("CA-1.Example"));
    assert_true(caa_issuer_is_valid("ca"));
    static const char *const bad[] = {"",
                                      ";",
                                      " ca.example",
                                      "ca.example ",
                                      "ca.example.",
                                      "ca.example;",
                                      "-",
                                      "ca_1.example",
                                      "*.ca.example",
                                      "ca.ex\xC3\xA9",
                                      "a..b",
                                      ".",
                                      "a b",
                                      "ca.example\n",
                                      "ca.example; a=b",
                                      "a-.b"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (caa_issuer_is_valid(bad[i]))
            fail_msg("accepted: \"%s\"", bad[i]);
    assert_false(caa_issuer_is_valid(NULL));
}

static void test_get_counts_ignoring_case_and_gives_the_first(void **state)
{
    struct caa_value value;
    const char *problem = NULL;
    assert_true(
        caa_value_parse(*state, BYTES("x; AccountURI=A; b=c; accounturi=B"), &value, &problem));
    struct bytes first = {NULL, 0};
    assert_int_equal(caa_value_get(&value, "accounturi", &first), 2);
    assert_true(bytes_eq(first, bytes_of("A")));
    assert_int_equal(caa_value_get(&value, "accountur", &first), 0);
    assert_true(bytes_eq(first, bytes_of("A")));
    assert_int_equal(caa_value_get(&value, "B", NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_legal_value_is_split),
        cmocka_unit_test(test_parse_illegal_value_is_refused),
        cmocka_unit_test(test_parse_of_null_bytes_is_an_empty_value),
        cmocka_unit_test(test_parse_each_byte_is_judged_by_the_grammar),
        cmocka_unit_test(test_parse_largest_rdata_stays_linear),
        cmocka_unit_test(test_issuer_is_read_from_malformed_values_too),
        cmocka_unit_test(test_issuer_is_valid_only_as_a_complete_domain),
        cmocka_unit_test(test_get_counts_ignoring_case_and_gives_the_first),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
