#include "core/names/target.h"

#include "base/str.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L61 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define L59 "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
/* 63 + 1 + 63 + 1 + 63 + 1 + 61 = 253 octets */
#define NAME_253 L63 "." L63 "." L63 "." L61
#define NAME_251 L63 "." L63 "." L63 "." L59

enum outcome { INVALID, DNS, WILDCARD, IPV4, IPV6 };

struct target_case {
    const char *raw;
    enum outcome outcome;
    const char *text; /* canonical, or what occurs in the error */
    const char *why;
};

static const struct target_case cases[] = {
    /* Names of ASCII */
    {"example.com", DNS, "example.com", "plain"},
    {"EXAMPLE.Com", DNS, "example.com", "lower-cased"},
    {"example.com.", DNS, "example.com", "one final dot is removed"},
    {"com", DNS, "com", "a single label: a TLD may be a Base Domain Name"},
    {"com.", DNS, "com", "a single label and its dot"},
    {"localhost", DNS, "localhost", "a name like others; its addresses are refused later"},
    {"a", DNS, "a", "one letter"},
    {"1.example", DNS, "1.example", "digits before the last label"},
    {"1a", DNS, "1a", "not all digits"},
    {"0x", INVALID, "is a number", "0x alone is zero to inet_aton"},
    {"a-b.example", DNS, "a-b.example", "inner hyphen"},
    {"r4---sn-x.example", DNS, "r4---sn-x.example",
     "\"--\" in third and fourth place (RFC 2181 11)"},
    {"_dmarc.example.com", DNS, "_dmarc.example.com", "underscore label (RFC 8552)"},
    {"a_b.example", DNS, "a_b.example", "underscore inside"},
    {"a_.example", DNS, "a_.example", "underscore last"},
    {"_.example", DNS, "_.example", "underscore alone"},
    {L63 ".example", DNS, L63 ".example", "63 octets in a label"},
    {L63 "a.example", INVALID, "has 64 octets; 63", "64 octets in a label"},
    {NAME_253, DNS, NAME_253, "253 octets"},
    {NAME_253 ".", DNS, NAME_253, "253 octets and the final dot"},
    {NAME_253 "b", INVALID, "more than 253 octets", "254 octets"},
    {"*." NAME_251, WILDCARD, NAME_251, "253 octets, prefix included"},
    {"*." NAME_251 ".", WILDCARD, NAME_251, "and a final dot"},
    {"*." NAME_251 "c", INVALID, "more than 253 octets", "254 octets, prefix included"},
    {"*." NAME_253, INVALID, "more than 253 octets", "255 octets, prefix included"},
    {"", INVALID, "it is empty", "empty"},
    {".", INVALID, "empty label", "the root"},
    {"..", INVALID, "empty label", "dots only"},
    {".example.com", INVALID, "empty label", "leading dot"},
    {"a..example", INVALID, "empty label", "two dots"},
    {"example.com..", INVALID, "empty label", "two final dots"},
    {"-a.example", INVALID, "\"-a\" begins or ends with a hyphen", "leading hyphen"},
    {"a-.example", INVALID, "\"a-\" begins or ends with a hyphen", "final hyphen"},
    {"a.example-", INVALID, "hyphen", "final hyphen of the last label"},
    {"-", INVALID, "hyphen", "only a hyphen"},
    {"a.exam!ple", INVALID, "\"exam!ple\" holds \"!\"", "another character"},
    {"a.b\"c", INVALID, "\"b\\\"c\" holds \"\\\"\"", "quoted in the text"},
    {"a,b.example", INVALID, "holds \",\"", "comma"},
    {"a;b.example", INVALID, "holds \";\"", "semicolon"},
    {"a?b", INVALID, "holds \"?\"", "query"},
    {"a#b", INVALID, "holds \"#\"", "fragment"},
    {"a$b", INVALID, "holds \"$\"", "variable"},
    {"(a)", INVALID, "holds \"(\"", "parentheses"},
    {"a~b", INVALID, "holds \"~\"", "tilde"},

    /* What a name is not */
    {" example.com", INVALID, "holds a blank", "leading blank"},
    {"example.com ", INVALID, "holds a blank", "final blank"},
    {"exam ple.com", INVALID, "holds a blank", "inner blank"},
    {"example.com\n", INVALID, "control character: \"example.com\\010\"", "line feed"},
    {"\texample.com", INVALID, "control character", "tab"},
    {"example\x01.com", INVALID, "control character", "control character"},
    {"example\x7F.com", INVALID, "control character", "delete"},
    {"example\xC2\x9B.com", INVALID, "control character", "C1 control character"},
    {"http://example.com/", INVALID, "without scheme", "a URL"},
    {"example.com/", INVALID, "holds \"/\"", "a path"},
    {"192.0.2.0/24", INVALID, "holds \"/\"", "a block"},
    {"2001:db8::/32", INVALID, "holds \"/\"", "a block"},
    {"user@example.com", INVALID, "holds \"@\"", "a mailbox"},
    {"a\\b.example", INVALID, "holds \"\\\"", "backslash"},
    {"example.com:80", INVALID, "without port", "a port"},
    {"192.0.2.1:80", INVALID, "without port", "a port"},
    {"[2001:db8::1]:80", INVALID, "holds \":\"", "a port"},
    {"a%2eb", INVALID, "holds \"%\"", "percent-encoded"},
    {"example.com\xFF", INVALID, "not valid UTF-8: \"example.com\\255\"", "a byte that is none"},
    {"\xC0\xAE.example", INVALID, "not valid UTF-8", "overlong dot"},
    {"\xED\xA0\x80.example", INVALID, "not valid UTF-8", "a surrogate"},

    /* Wildcards */
    {"*.example.com", WILDCARD, "example.com", "wildcard"},
    {"*.EXAMPLE.com.", WILDCARD, "example.com", "wildcard, upper case, final dot"},
    {"*.com", WILDCARD, "com", "before a single label: public suffixes are the caller's affair"},
    {"*", INVALID, "\"*\" may only be", "alone"},
    {"*.", INVALID, "it is empty", "before nothing"},
    {"*..", INVALID, "empty label", "before a dot"},
    {"*..example", INVALID, "empty label", "before an empty label"},
    {"*.*.example", INVALID, "\"*\" may only be", "two"},
    {"**.example", INVALID, "\"*\" may only be", "double"},
    {"a*.example", INVALID, "\"*\" may only be", "part of a label"},
    {"*a.example", INVALID, "\"*\" may only be", "part of a label"},
    {"a.*.example", INVALID, "\"*\" may only be", "not first"},
    {"example.*", INVALID, "\"*\" may only be", "last"},
    {"*.192.0.2.1", INVALID, "wildcard stands before an IP address", "before IPv4"},
    {"*.2001:db8::1", INVALID, "wildcard stands before an IP address", "before IPv6"},
    {"*.[2001:db8::1]", INVALID, "wildcard stands before an IP address", "before IPv6 in brackets"},
    {"*.192.0.2.1.", INVALID, "is a number", "and a final dot"},
    {"*._a.example", WILDCARD, "_a.example", "before an underscore label"},

    /* IPv4 */
    {"192.0.2.1", IPV4, "192.0.2.1", "four decimal octets"},
    {"255.255.255.255", IPV4, "255.255.255.255", "refused later, not here"},
    {"192.0.2.1.", INVALID, "\"1\" is a number", "final dot"},
    {"192.0.2.01", INVALID, "is a number", "leading zero"},
    {"192.0.2.256", INVALID, "is a number", "over an octet"},
    {"192.0.2", INVALID, "is a number", "short form"},
    {"127.1", INVALID, "is a number", "short form"},
    {"1.2.3", INVALID, "is a number", "short form"},
    {"2130706433", INVALID, "is a number", "one number"},
    {"0", INVALID, "is a number", "one number"},
    {"0x7f000001", INVALID, "is a number", "hexadecimal"},
    {"0X7F.1.1.0X1f", INVALID, "\"0x1f\" is a number", "hexadecimal, upper case"},
    {"0x7f.0x0.0x0.0x1", INVALID, "is a number", "hexadecimal octets"},
    {"017700000001", INVALID, "is a number", "octal"},
    {"192.0.2.1.5", INVALID, "is a number", "five octets"},
    {"example.123", INVALID, "\"123\" is a number", "all digits"},
    {"example.0xabc", INVALID, "\"0xabc\" is a number", "hexadecimal"},
    {"example.0xabg", DNS, "example.0xabg", "no hexadecimal"},
    {"example.x1", DNS, "example.x1", "no number"},
    {"1.2.3.4a", DNS, "1.2.3.4a", "no number"},
    {"[192.0.2.1]", INVALID, "holds \"[\"", "brackets are for IPv6"},

    /* IPv6 */
    {"2001:DB8:0:0:0:0:0:1", IPV6, "2001:db8::1", "RFC 5952"},
    {"[2001:db8::1]", IPV6, "2001:db8::1", "brackets"},
    {"[2001:DB8::192.0.2.1]", IPV6, "2001:db8::c000:201", "brackets and an IPv4 tail"},
    {"::ffff:192.0.2.1", IPV6, "::ffff:192.0.2.1", "mapped: IPv6, no alias of IPv4"},
    {"::", IPV6, "::", "unspecified: refused later"},
    {"[2001:db8::1", INVALID, "holds \":\"", "half a bracket"},
    {"2001:db8::1]", INVALID, "holds \":\"", "half a bracket"},
    {"[[2001:db8::1]]", INVALID, "holds \":\"", "two brackets"},
    {"[]", INVALID, "holds \"[\"", "empty brackets"},
    {"[", INVALID, "holds \"[\"", "a bracket"},
    {"[example.com]", INVALID, "holds \"[\"", "a name in brackets"},
    {"fe80::1%eth0", INVALID, "no IPv6 address", "zone id (RFC 4007)"},
    {"[fe80::1%25eth0]", INVALID, "no IPv6 address", "zone id (RFC 6874)"},
    {"2001:db8::1.", INVALID, "no IPv6 address", "final dot"},
    {"1:2:3:4:5:6:7:8:9", INVALID, "no IPv6 address", "nine groups"},
    {"[v1.a:b]", INVALID, "no IPv6 address", "IPvFuture"},

    /* P-Labels */
    {"xn--bcher-kva.example", DNS, "xn--bcher-kva.example", "an A-label"},
    {"XN--BCHER-KVA.example", DNS, "xn--bcher-kva.example", "any case"},
    {"*.xn--bcher-kva.example", WILDCARD, "xn--bcher-kva.example", "below a wildcard"},
    {"xn--0ca24w", DNS, "xn--0ca24w", "a single A-label"},
    {"xn--n3h.example", DNS, "xn--n3h.example", "snowman: IDNA validity is not asked"},
    {"xn--_-eha.example", DNS, "xn--_-eha.example", "underscore in a P-Label: legal in the DNS"},
    {"xn--.example", INVALID, "hyphen", "nothing to encode"},
    {"xn---.example", INVALID, "hyphen", "nothing to encode"},
    {"xn--z.example", INVALID, "\"xn--z\" begins with \"xn--\"", "no Punycode"},
    {"xn--abc-.example", INVALID, "hyphen", "ASCII only"},
    {"xn--0.example", INVALID, "does not encode", "an integer without end"},
    {"xn--99999999.example", INVALID, "does not encode", "overflow"},
    {"xn--ib9b.example", INVALID, "does not encode", "a surrogate"},
    {"xn--a.example", DNS, "xn--a.example", "U+0080, no letter: IDNA validity is not asked"},
    {"xn--xn--a--gua.example", DNS, "xn--xn--a--gua.example",
     "encodes back to itself, whatever it is"},
    {"xn--bcher-kva.xn--z", INVALID, "\"xn--z\"", "one good label excuses no other"},
    {"xn--bcher-kva.xn--0.example", INVALID, "\"xn--0\"", "one good label excuses no other"},
    {"axn--b.example", DNS, "axn--b.example", "the prefix is a prefix"},

    /* International names */
    {"b\xC3\xBC"
     "cher.example",
     DNS, "xn--bcher-kva.example", "a U-label"},
    {"B\xC3\x9C"
     "CHER.Example",
     DNS, "xn--bcher-kva.example", "upper case"},
    {"bu\xCC\x88"
     "cher.example",
     DNS, "xn--bcher-kva.example", "NFC"},
    {"fa\xC3\x9F.example", DNS, "xn--fa-hia.example", "non-transitional"},
    {"*.b\xC3\xBC"
     "cher.example",
     WILDCARD, "xn--bcher-kva.example", "wildcard"},
    {"_dmarc.b\xC3\xBC"
     "cher.example",
     DNS, "_dmarc.xn--bcher-kva.example",
     "an ASCII label beside a U-label obeys the rules of ASCII labels"},
    {"ab--cd.b\xC3\xBC"
     "cher.example",
     DNS, "ab--cd.xn--bcher-kva.example", "the same"},
    {"b\xC3\xBC"
     "cher.xn--z",
     INVALID, "\"xn--z\"", "one good label excuses no other"},
    {"b\xC3\xBC"
     "cher\xE3\x80\x82"
     "example",
     DNS, "xn--bcher-kva.example", "ideographic dot"},
    {"a\xE3\x80\x82"
     "b\xEF\xBC\x8E"
     "c\xEF\xBD\xA1"
     "d",
     DNS, "a.b.c.d", "all three of them"},
    {"example.com\xE3\x80\x82", DNS, "example.com", "a final ideographic dot"},
    {"example.com.\xE3\x80\x82", INVALID, "empty label", "two final dots"},
    {"\xE3\x80\x82"
     "example",
     INVALID, "empty label", "a leading ideographic dot"},
    {"*\xE3\x80\x82"
     "example.com",
     INVALID, "\"*\" may only be", "a wildcard is written \"*.\""},
    {"\xEF\xBC\x8A.example.com", INVALID, "\"*\" may only be", "full-width asterisk"},
    {"\xEF\xBC\x8A.example.com", INVALID, "of the label \"\\239\\188\\138\"", "which label it was"},
    {"*\xC2\xAD.example.com", INVALID, "\"*\" may only be", "asterisk and soft hyphen"},
    {"*.\xEF\xBC\x8A.example.com", INVALID, "\"*\" may only be", "below a wildcard"},
    {"a\xC2\xAD"
     "b.example",
     DNS, "ab.example", "soft hyphen is ignored"},
    {"\xC2\xAD.example", INVALID, "empty label", "soft hyphen only"},
    {"example.\xC2\xAD", DNS, "example", "soft hyphen after the final dot"},
    {"\xEF\xBB\xBFwww.example", DNS, "www.example", "byte order mark first"},
    {"\xEF\xBB\xBF*.\xEF\xBB\xBFwww.example.\xEF\xBB\xBF\xC2\xAD", WILDCARD, "www.example",
     "and around a wildcard"},
    {"www.example\xE2\x80\x8B", DNS, "www.example", "zero width space last"},
    {"\xC2\xAD", INVALID, "it is empty", "nothing else"},
    {"\xEF\xBB\xBF"
     "192.0.2.1",
     INVALID, "is a number", "no address by mapping"},
    {"*.\xEF\xBB\xBF"
     "192.0.2.1",
     INVALID, "is a number", "nor below a wildcard"},
    {"www.example\xBF", INVALID, "not valid UTF-8", "a byte of a mark"},
    {"\xE2\x80\x8D"
     "example",
     INVALID, "invisible joiner", "a joiner is not mapped to nothing"},
    {"\xE2\x84\x80.example", INVALID, "\"a/c\" holds \"/\"", "a slash out of a mapping"},
    {"a\xEF\xBC\x8F"
     "b.example",
     INVALID, "holds \"/\"", "full-width slash"},
    {"a\xEF\xBC\xA0"
     "b.example",
     INVALID, "holds \"@\"", "full-width at sign"},
    {"a\xEF\xBC\x9A"
     "80",
     INVALID, "holds \":\"", "full-width colon"},
    {"\xEF\xBC\xBB::1\xEF\xBC\xBD", INVALID, "holds \":\"", "full-width brackets"},
    {"a\xE3\x80\x80"
     "b.example",
     INVALID, "holds \" \"", "ideographic space"},
    {"\xC3\xBC/b.example", INVALID, "holds \"/\"", "a slash beside"},
    {"_\xC3\xBC.example", INVALID, "underscore", "underscore in a U-label"},
    {"\xEF\xBC\xBF"
     "dmarc.example",
     DNS, "_dmarc.example", "full-width underscore maps to ASCII"},
    {"\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1", INVALID, "is a number", "full-width IPv4"},
    {"127.0.0.\xEF\xBC\x91", INVALID, "\"1\" is a number", "one full-width digit"},
    {"example.\xEF\xBC\x90x1f", INVALID, "\"0x1f\" is a number", "full-width hexadecimal"},
    {"127\xE3\x80\x82"
     "0.0.1",
     INVALID, "is a number", "IPv4 with an ideographic dot"},
    {"\xEF\xBD\x98n--z.example", INVALID, "no valid international label", "a full-width prefix"},
    {"\xEF\xBD\x98n--bcher-kva.example", DNS, "xn--bcher-kva.example", "and one that decodes"},
    {"-\xC3\xBC.example", INVALID, "hyphen", "hyphen first"},
    {"\xEF\xBC\x8D"
     "a.example",
     INVALID, "hyphen", "full-width hyphen first"},
    {"\xE2\x98\x83.example", INVALID, "must not have", "snowman: no letter"},
    {"\xE2\x92\x88.example", INVALID, "must not have", "digit one full stop"},
    {"a\xD7\x90.example", INVALID, "directions", "bidirectional"},
    {"xn--bcher-kva\xE3\x80\x82xn--z", INVALID, "\"xn--z\"", "judged though ASCII"},
    {"\xC3\xBC.onion", INVALID, "onion", "international, below onion"},

    /* .onion */
    {"onion", INVALID, "onion", "the name itself"},
    {"example.onion", INVALID, "RFC 7686", "below it"},
    {"example.ONION.", INVALID, "onion", "any spelling"},
    {"example.\xEF\xBD\x8Fnion", INVALID, "onion", "full-width spelling"},
    {"onion.example", DNS, "onion.example", "elsewhere it is a label"},
    {"*.example.onion", INVALID, "onion", "below a wildcard"},

    /* Reverse names are names */
    {"1.2.0.192.in-addr.arpa", DNS, "1.2.0.192.in-addr.arpa", "reverse name"},
};

static enum outcome outcome_of(const struct target *target)
{
    if (target->kind == TARGET_DNS)
        return target->is_wildcard ? WILDCARD : DNS;
    assert_false(target->is_wildcard);
    return target->kind == TARGET_IPV4 ? IPV4 : IPV6;
}

static void test_target_parse_by_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct target_case *c = &cases[i];
        struct target target = {.canonical = "untouched"}, again;
        struct err err = {0};
        bool parsed = target_parse(c->raw, &target, &err);
        enum outcome outcome = parsed ? outcome_of(&target) : INVALID;
        const char *text = parsed ? target.canonical : err.text;
        if (outcome != c->outcome || !strstr(text, c->text) || (parsed && !str_eq(text, c->text)))
            fail_msg("\"%s\" (%s): %d %s", c->raw, c->why, (int)outcome, text);
        if (!parsed) {
            assert_string_equal(target.canonical, "untouched");
            assert_true(err.code == ERR_PARSE || err.code == ERR_LIMIT);
            continue;
        }
        /* The canonical text is canonical. */
        assert_true(target_parse(target.canonical, &again, &err));
        assert_string_equal(again.canonical, target.canonical);
        assert_int_equal(again.kind, target.kind);
        assert_int_equal(target_is_ip(&target), outcome >= IPV4);
    }
}

static void test_target_parse_bounds_what_it_reads_and_shows(void **state)
{
    (void)state;
    static char raw[LIMIT_RAW_NAME_BYTES + 2];
    struct target target;
    struct err err;
    memset(raw, 'a', sizeof raw - 1);
    assert_false(target_parse(raw, &target, &err));
    assert_string_equal(err.text, "it has 1025 bytes; 1024 are allowed");
    assert_int_equal(err.code, ERR_LIMIT);
    raw[LIMIT_RAW_NAME_BYTES] = '\0';
    assert_false(target_parse(raw, &target, &err));
    char expected[240];
    snprintf(expected, sizeof expected,
             "the label \"%.100s...\" has 1024 octets; 63 are allowed (RFC 1035 section 2.3.4)",
             raw);
    assert_string_equal(err.text, expected);
}

static void test_target_parse_ignored_characters_make_room_for_long_names(void **state)
{
    (void)state;
    /* 253 octets of ASCII and 385 soft hyphens of two bytes: 1023 bytes, and a name. */
    char raw[LIMIT_RAW_NAME_BYTES + 1];
    size_t at = 0;
    struct target target;
    struct err err;
    for (size_t i = 0; i < 385; i++, at += 2)
        memcpy(raw + at, "\xC2\xAD", 2);
    memcpy(raw + at, NAME_253, sizeof NAME_253);
    assert_true(target_parse(raw, &target, &err));
    assert_string_equal(target.canonical, NAME_253);
}

static void test_name_prepare_takes_names_only(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        const char *prepared;
    } rows[] = {
        {"Example.COM.", "example.com"},
        {"_validation-persist.example.com", "_validation-persist.example.com"},
        {"*.example.com", NULL},
        {"192.0.2.1", NULL},
        {"::1", NULL},
        {"[::1]", NULL},
        {"", NULL},
        {"a.onion", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[LIMIT_NAME_OCTETS + 1] = "untouched";
        struct err err;
        bool prepared = name_prepare(rows[i].raw, strlen(rows[i].raw), out, &err);
        assert_int_equal(prepared, rows[i].prepared != NULL);
        assert_string_equal(out, prepared ? rows[i].prepared : "untouched");
    }
    char out[LIMIT_NAME_OCTETS + 1];
    struct err err;
    assert_true(name_prepare("example.com:80", 11, out, &err));
    assert_string_equal(out, "example.com");
    assert_false(name_prepare("a\0b.example", 11, out, &err));
    assert_string_equal(err.text, "it holds a control character: \"a\\000b.example\"");
}

static void test_target_is_reverse_zone_at_and_below_the_zones(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        bool reverse;
    } rows[] = {
        {"in-addr.arpa", true},
        {"1.2.0.192.IN-ADDR.ARPA.", true},
        {"ip6.arpa", true},
        {"*.8.b.d.0.1.0.0.2.ip6.arpa", true},
        {"xin-addr.arpa", false},
        {"arpa", false},
        {"in-addr.arpa.example", false},
        {"192.0.2.1", false},
        {"::1", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct target target;
        struct err err;
        assert_true(target_parse(rows[i].raw, &target, &err));
        if (target_is_reverse_zone(&target) != rows[i].reverse)
            fail_msg("%s", rows[i].raw);
    }
}

static void test_name_parent_climbs_to_the_tld(void **state)
{
    (void)state;
    const char *name = "a.b.example";
    name = name_parent(name);
    assert_string_equal(name, "b.example");
    name = name_parent(name);
    assert_string_equal(name, "example");
    assert_null(name_parent(name));
}

static void test_name_is_within_counts_whole_labels(void **state)
{
    (void)state;
    assert_true(name_is_within("example", "example"));
    assert_true(name_is_within("a.example", "example"));
    assert_false(name_is_within("aexample", "example"));
    assert_false(name_is_within("example", "a.example"));
    assert_false(name_is_within("a.example", "b"));
    assert_true(name_is_within("a.example", ""));
    assert_true(name_is_within("a.example", "."));
}

static void test_name_is_underscore_label(void **state)
{
    (void)state;
    assert_true(name_is_underscore_label("_a"));
    assert_true(name_is_underscore_label("_"));
    assert_true(name_is_underscore_label("_A-1_z"));
    assert_false(name_is_underscore_label(""));
    assert_false(name_is_underscore_label("a"));
    assert_false(name_is_underscore_label("a_"));
    assert_false(name_is_underscore_label("_a."));
    assert_false(name_is_underscore_label("_a.b"));
    assert_false(name_is_underscore_label("_a-"));
    assert_false(name_is_underscore_label("_ a"));
    assert_false(name_is_underscore_label("_\xC3\xBC"));
    char label[LIMIT_LABEL_OCTETS + 2] = "_" L63;
    assert_false(name_is_underscore_label(label));
    label[LIMIT_LABEL_OCTETS] = '\0';
    assert_true(name_is_underscore_label(label));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_target_parse_by_table),
        cmocka_unit_test(test_target_parse_bounds_what_it_reads_and_shows),
        cmocka_unit_test(test_target_parse_ignored_characters_make_room_for_long_names),
        cmocka_unit_test(test_name_prepare_takes_names_only),
        cmocka_unit_test(test_target_is_reverse_zone_at_and_below_the_zones),
        cmocka_unit_test(test_name_parent_climbs_to_the_tld),
        cmocka_unit_test(test_name_is_within_counts_whole_labels),
        cmocka_unit_test(test_name_is_underscore_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
