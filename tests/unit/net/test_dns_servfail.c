#include "net/dns_servfail.h"

#include "support/unit.h"

#include <string.h>

#define ALL  "all servers for this domain failed, at zone b.example. "
#define STUB "all the configured stub or forward servers failed, at zone b.example. "

static const struct {
    const char *text;
    enum dns_cause cause;
    const char *says; /* for people */
} rows[] = {
    {ALL "upstream server timeout", DNS_CAUSE_SILENT,
     "no name server of the zone b.example answered"},
    {STUB "from 10.9.8.7 upstream server timeout", DNS_CAUSE_SILENT, "b.example"},
    {STUB "from 10.9.8.7 port 53 got SERVFAIL", DNS_CAUSE_RCODE, "answered SERVFAIL"},
    {ALL "from 10.9.8.7 got REFUSED", DNS_CAUSE_RCODE, "answered REFUSED"},
    {ALL "from 10.9.8.7 nodata answer", DNS_CAUSE_LAME, "as if it were not theirs"},
    {ALL "no server to query no addresses for nameservers", DNS_CAUSE_NO_ADDRESS, "no address"},
    {ALL "no server to query nameserver addresses not usable", DNS_CAUSE_UNUSABLE,
     "to which this perspective sends"},
    {ALL "from 10.9.8.7 upstream response failed scrub", DNS_CAUSE_MALFORMED, "malformed"},
    {ALL "from 10.9.8.7 could not parse upstream response got SERVFAIL", DNS_CAUSE_MALFORMED,
     "malformed"},
    {"0x20 failed, then got different replies in fallback", DNS_CAUSE_UNEQUAL, "0x20"},
    {"SERVFAIL in cache", DNS_CAUSE_REMEMBERED, "was not repeated"},
    /* Limits of libunbound's, and what is not understood as a whole. */
    {"", DNS_CAUSE_NONE, "no usable answer"},
    {"misc failure", DNS_CAUSE_NONE, "no usable answer"},
    {"exceeded the maximum number of sends", DNS_CAUSE_NONE, "no usable answer"},
    {"exceeded the maximum number of glue fetches", DNS_CAUSE_NONE, "no usable answer"},
    {"request has exceeded the maximum number of query restarts (eg. indirections) stop at b.",
     DNS_CAUSE_NONE, "no usable answer"},
    {"could not fetch nameserver " ALL "upstream server timeout", DNS_CAUSE_NONE, ""},
    {ALL "upstream server timeout exceeded the maximum number of sends", DNS_CAUSE_NONE, ""},
    {ALL "upstream server timeouts", DNS_CAUSE_NONE, ""},
    {ALL "from 10.9.8.7", DNS_CAUSE_NONE, ""},
    {ALL "from 10.9.8.7 got NOERROR", DNS_CAUSE_NONE, ""},
    {ALL "got RCODE42", DNS_CAUSE_NONE, ""},
    {ALL "no server to query no addresses for nameservers NS record was dnssec bogus",
     DNS_CAUSE_NONE, ""},
    {"all servers for this domain failed, upstream server timeout", DNS_CAUSE_NONE, ""},
};

static void test_cause_is_believed_only_where_the_whole_text_is_understood(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dns_servfail servfail = dns_servfail_read(arena, rows[i].text);
        const char *says = dns_servfail_describe(arena, &servfail);
        print_message("# %s: %s\n", rows[i].text, says);
        assert_int_equal(servfail.cause, rows[i].cause);
        assert_non_null(strstr(says, rows[i].says));
        assert_null(strstr(says, "10.9.8.7")); /* perhaps an address inside */
    }
    arena_free(arena);
}

static void test_line_is_that_of_the_question(void **state)
{
    (void)state;
    const char *line = "[1795650000] libunbound[1:0] error: SERVFAIL <A.b.example. CAA IN>: why";
    assert_string_equal(dns_servfail_find(line, "a.b.example", DNS_CAA), "why");
    assert_null(dns_servfail_find(line, "a.b.example", DNS_DS));
    assert_null(dns_servfail_find(line, "a.b.exampl", DNS_CAA));
    assert_null(dns_servfail_find(line, "b.example", DNS_CAA));
    assert_null(dns_servfail_find(line, "a.b.example.org", DNS_CAA));
    assert_null(dns_servfail_find("error: something else", "a.b.example", DNS_CAA));
    assert_null(dns_servfail_find("SERVFAIL <a.b.example. CAA CH>: why", "a.b.example", DNS_CAA));
    assert_null(dns_servfail_find("SERVFAIL <a.b.example", "a.b.example", DNS_CAA));
    assert_string_equal(dns_servfail_find("SERVFAIL <. TYPE48 IN>: why", ".", 48), "why");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cause_is_believed_only_where_the_whole_text_is_understood),
        cmocka_unit_test(test_line_is_that_of_the_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
