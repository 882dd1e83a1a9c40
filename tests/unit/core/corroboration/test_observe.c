/* Observations: what may be asked, how what is seen is shown, and who saw the same. */
#include "core/corroboration/observe.h"
#include "support/unit.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* --- requests -------------------------------------------------------------------------------- */

static const char *refusal_of(const struct observe_request *request, struct observe_question *out)
{
    struct rule_issues issues = {0};
    observe_check_request(request, arena, &issues, out);
    return issues.count > 0 ? issues.items[0].issue_type : "none";
}

static void test_request_becomes_a_question_or_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct observe_request request;
        const char *issue;
    } cases[] = {
        {"a name and a type", {.target = "a.example", .type = OBSERVE_TXT}, "none"},
        {"a search", {.target = "a.example", .type = OBSERVE_CAA, .caa_search = true}, "none"},
        {"a file", {.url = "http://a.example/x"}, "none"},
        {"port 443 over http", {.url = "http://a.example:443/"}, "none"},
        {"no bytes of the body",
         {.url = "http://a.example/", .body_max_bytes = OPT_INT(0)},
         "none"},
        {"nothing", {0}, "invalid-observation"},
        {"no type", {.target = "a.example"}, "invalid-observation"},
        {"no target", {.type = OBSERVE_TXT}, "invalid-observation"},
        {"both",
         {.target = "a.example", .type = OBSERVE_A, .url = "http://a.example/"},
         "invalid-observation"},
        {"a target beside a URL",
         {.target = "a.example", .url = "http://a.example/"},
         "invalid-observation"},
        {"a prefix beside a URL",
         {.dns_name_prefix = "_x", .url = "http://a.example/"},
         "invalid-observation"},
        {"no name", {.target = "a..example", .type = OBSERVE_TXT}, "invalid-target"},
        {"an address", {.target = "192.0.2.1", .type = OBSERVE_A}, "invalid-target"},
        {"a prefix that is no label",
         {.target = "a.example", .type = OBSERVE_A, .dns_name_prefix = "-"},
         "invalid-query-name"},
        {"a prefix that makes a wildcard",
         {.target = "a.example", .type = OBSERVE_A, .dns_name_prefix = "*"},
         "invalid-query-name"},
        {"a search for what is not CAA",
         {.target = "a.example", .type = OBSERVE_A, .caa_search = true},
         "invalid-caa-search"},
        {"a search for a file",
         {.url = "http://a.example/", .caa_search = true},
         "invalid-caa-search"},
        {"a limit for records",
         {.target = "a.example", .type = OBSERVE_A, .body_max_bytes = OPT_INT(1)},
         "invalid-body-max-bytes"},
        {"below 0",
         {.url = "http://a.example/", .body_max_bytes = OPT_INT(-1)},
         "invalid-body-max-bytes"},
        {"above the limit",
         {.url = "http://a.example/", .body_max_bytes = OPT_INT(OBSERVE_BODY_MAX_BYTES + 1)},
         "invalid-body-max-bytes"},
        {"another scheme", {.url = "ftp://a.example/"}, "invalid-url"},
        {"another port", {.url = "https://a.example:8443/"}, "invalid-url"},
        {"user information", {.url = "https://good@a.example/"}, "invalid-url"},
        {"no URL", {.url = ""}, "invalid-url"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct observe_question question;
        const char *issue = refusal_of(&cases[i].request, &question);
        if (!str_eq(issue, cases[i].issue))
            fail_msg("%s: %s, expected %s", cases[i].why, issue, cases[i].issue);
    }
}

static void test_question_has_the_canonical_name(void **state)
{
    (void)state;
    struct observe_question question;
    const struct observe_request records = {.target = "*.B\xc3\xbc"
                                                      "cher.Example.",
                                            .type = OBSERVE_MX,
                                            .dns_name_prefix = "_A.b"};
    assert_string_equal(refusal_of(&records, &question), "none");
    assert_string_equal(question.target.canonical, "_a.b.xn--bcher-kva.example");
    assert_string_equal(observe_seed(&question), "_a.b.xn--bcher-kva.example");
    const struct observe_request file = {.url = "https://A.example:443/x#y"};
    assert_string_equal(refusal_of(&file, &question), "none");
    assert_string_equal(question.url_text, "https://a.example/x");
    assert_string_equal(observe_seed(&question), "a.example");
    assert_int_equal(question.body_max_bytes, OBSERVE_BODY_BYTES);
}

/* --- what is seen ---------------------------------------------------------------------------- */

#define RDATA(text)                                                                                \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

static void test_data_is_in_presentation_form(void **state)
{
    (void)state;
    static const struct {
        enum observe_type type;
        struct bytes rdata;
        const char *data;
    } cases[] = {
        {OBSERVE_A, RDATA("\xc0\x00\x02\x01"), "192.0.2.1"},
        {OBSERVE_A, RDATA("\xc0\x00\x02"), "\\# 3 c00002"},
        {OBSERVE_AAAA, RDATA("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), "2001:db8::1"},
        {OBSERVE_CNAME, RDATA("\3WwW\7Example\0"), "www.example."},
        {OBSERVE_CNAME, RDATA("\3a.b\0"), "a\\046b."},
        {OBSERVE_CNAME, RDATA("\3ab"), "\\# 3 036162"},
        {OBSERVE_MX, RDATA("\0\x0a\4Mail\0"), "10 mail."},
        {OBSERVE_MX, RDATA("\0\0\0"), "0 ."},
        {OBSERVE_MX, RDATA("\0"), "\\# 1 00"},
        {OBSERVE_DS, RDATA("\x30\x39\x0d\x02\xab\xcd"), "12345 13 2 abcd"},
        {OBSERVE_DS, RDATA("\x30\x39\x0d\x02"), "\\# 4 30390d02"},
        {OBSERVE_TXT, RDATA("\1a\2b\xc3\1\xbc"), "ab\xc3\xbc"},
        {OBSERVE_TXT, RDATA("\2\xff\"\1\0"), "\\255\\\"\\000"},
        {OBSERVE_TXT, RDATA(""), "\\# 0"},
        {OBSERVE_CAA, RDATA("\0\5issueca.example"), "0 issue \"ca.example\""},
        {OBSERVE_CAA,
         RDATA("\0\x0f"
               "contactemailx"),
         "\\# 15 000f636f6e74616374656d61696c78"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(observe_data(cases[i].type, cases[i].rdata, arena), cases[i].data);
}

static struct observed_dns records_of(const struct dns_record *records, size_t count)
{
    const struct lookup answer = {.records = records, .record_count = count};
    struct observed_dns out = {0};
    observe_records(&answer, OBSERVE_TXT, arena, &out);
    return out;
}

static void test_digest_ignores_order_and_ttl(void **state)
{
    (void)state;
    const struct dns_record one[] = {{"a.example", 16, 300, RDATA("\1x")},
                                     {"a.example", 16, 300, RDATA("\1y")}};
    const struct dns_record turned[] = {{"a.example", 16, 7, RDATA("\1y")},
                                        {"a.example", 16, 7, RDATA("\1x")}};
    struct observed_dns left = records_of(one, 2), right = records_of(turned, 2);
    assert_string_equal(left.records_sha256, right.records_sha256);
    assert_int_equal(right.records[0].ttl_s, 7);
    assert_string_equal(right.records[0].data, "y");
    assert_string_not_equal(records_of(one, 1).records_sha256, left.records_sha256);
    /* printf 'x\ny\n' | sha256sum */
    assert_string_equal(left.records_sha256,
                        "09834d488008f5f1ef589a2d7cedc52425bee9dd23b2212e4c1d673c5cbb54e4");
}

static void test_long_answers_are_cut_but_counted(void **state)
{
    (void)state;
    static struct dns_record many[LIMIT_REPORTED_RECORDS + 1];
    for (size_t i = 0; i < LIMIT_REPORTED_RECORDS + 1; i++)
        many[i] = (struct dns_record){"a.example", 16, 1, RDATA("\1x")};
    struct observed_dns whole = records_of(many, LIMIT_REPORTED_RECORDS);
    assert_int_equal(whole.record_count, LIMIT_REPORTED_RECORDS);
    assert_false(whole.records_truncated);
    many[LIMIT_REPORTED_RECORDS].rdata = (struct bytes)RDATA("\1y");
    struct observed_dns cut = records_of(many, LIMIT_REPORTED_RECORDS + 1);
    assert_int_equal(cut.record_count, LIMIT_REPORTED_RECORDS);
    assert_true(cut.records_truncated);
    assert_string_not_equal(cut.records_sha256, whole.records_sha256);

    uint8_t rdata[3 * 256];
    memset(rdata, 'x', sizeof rdata);
    rdata[0] = rdata[256] = rdata[512] = 255;
    const struct dns_record one = {"a.example", 16, 1, {rdata, sizeof rdata}};
    struct observed_dns single = records_of(&one, 1);
    assert_true(single.records_truncated);
    assert_int_equal(strlen(single.records[0].data), LIMIT_REPORTED_RECORD_BYTES + 3);
}

/* --- agreement ------------------------------------------------------------------------------- */

/* A letter is a set of records, '-' nothing there, '!' a name that does not exist, '?' could not tell. */
static struct observed seen_by(const char *code, char letter)
{
    struct observed seen = {.perspective_code = code, .has_dns = true};
    if (letter == '?')
        observe_set_problem(&seen, PROBLEM_DNS_TIMEOUT, "silence");
    else if (letter == '-')
        observe_set_problem(&seen, PROBLEM_NO_DATA, "nothing");
    else if (letter == '!')
        observe_set_problem(&seen, PROBLEM_NXDOMAIN, "nothing");
    else {
        seen.outcome = OBSERVE_PRESENT;
        seen.dns.record_count = 1;
        seen.dns.records_sha256 = arena_printf(arena, "%c", letter);
    }
    return seen;
}

static void put_codes(struct buf *out, const struct strv *codes)
{
    for (size_t i = 0; i < codes->count; i++)
        buf_printf(out, "%s", codes->items[i]);
}

/* "majority ab/c [ab c]": with whom, who agrees, the others, the groups. */
static const char *agreement_of(const char *letters, char primary_letter)
{
    static const char *const codes[] = {"a", "b", "c", "d", "e", "f"};
    struct observed seen[6], primary;
    size_t count = strlen(letters);
    for (size_t i = 0; i < count; i++)
        seen[i] = seen_by(codes[i], letters[i]);
    if (primary_letter)
        primary = seen_by("p", primary_letter);
    struct observe_agreement out =
        observe_agree(seen, count, primary_letter ? &primary : NULL, arena);
    struct buf text = {0};
    buf_printf(&text, "%s ", out.with ? out.with : "nobody");
    put_codes(&text, &out.agreeing);
    buf_printf(&text, "/");
    put_codes(&text, &out.others);
    for (size_t i = 0; i < out.group_count; i++) {
        buf_printf(&text, i ? " " : " [");
        put_codes(&text, &out.groups[i].perspectives);
    }
    const char *copy = arena_printf(arena, "%s%s", buf_str(&text), out.group_count ? "]" : "");
    buf_clear(&text);
    return copy;
}

static void test_agreement_is_with_the_primary_or_the_majority(void **state)
{
    (void)state;
    static const struct {
        const char *letters;
        char primary;
        const char *expected;
    } cases[] = {
        {"XXX", 0, "majority abc/ [abc]"},
        {"XYX", 0, "majority ac/b [ac b]"},
        {"XXYY", 0, "nobody /abcd [ab cd]"}, /* half is no majority */
        {"XX??", 0, "nobody /abcd [ab]"},    /* of those asked, not of those that answered */
        {"XXX??", 0, "majority abc/de [abc]"},
        {"???", 0, "nobody /abc"},          /* not knowing is no agreement */
        {"--!", 0, "majority ab/c [ab c]"}, /* two kinds of nothing */
        {"XXX", 'X', "primary abc/ [abc]"},
        {"XXX", 'Y', "primary /abc [abc]"}, /* the primary's, however many say otherwise */
        {"XYX", 'Y', "primary b/ac [ac b]"},
        {"X?-", '?', "primary /abc [c a]"}, /* nothing to agree with */
        {"-?-", '-', "primary ac/b [ac]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(agreement_of(cases[i].letters, cases[i].primary), cases[i].expected);
}

static void test_files_agree_by_status_and_bytes(void **state)
{
    (void)state;
    struct observed seen[4] = {{.perspective_code = "a"}};
    for (size_t i = 0; i < 4; i++) {
        static const char *const codes[] = {"a", "b", "c", "d"};
        seen[i] = (struct observed){
            .perspective_code = codes[i], .has_file = true, .outcome = OBSERVE_PRESENT};
        seen[i].file.status_code = OPT_INT(i == 3 ? 404 : 200);
        observe_body(bytes_of(i == 2 ? "other" : "value"), i == 1, arena, &seen[i].file);
    }
    struct observe_agreement out = observe_agree(seen, 4, &seen[0], arena);
    assert_int_equal(out.agreeing.count, 1); /* b: there is more behind its bytes */
    assert_int_equal(out.group_count, 4);
}

static void test_unsound_observation_is_refused(void **state)
{
    (void)state;
    const struct dns_record record = {"a.example", 16, 300, RDATA("\1x")};
    struct observed good = {.has_dns = true, .outcome = OBSERVE_PRESENT};
    struct err err;
    good.dns = records_of(&record, 1);
    assert_true(observed_is_sound(&good, arena, &err));

    struct observed bad = good;
    bad.problem = PROBLEM_NXDOMAIN;
    assert_false(observed_is_sound(&bad, arena, &err));
    bad = good;
    bad.outcome = OBSERVE_NOTHING;
    assert_false(observed_is_sound(&bad, arena, &err));
    bad = good;
    bad.dnssec = DNSSEC_BOGUS;
    assert_false(observed_is_sound(&bad, arena, &err));
    bad = good;
    bad.dns.record_count = 0;
    assert_false(observed_is_sound(&bad, arena, &err));
    bad = good;
    bad.dns.records = &(const struct observed_record){"a.example", 300, "y"};
    assert_false(observed_is_sound(&bad, arena, &err));
    bad.dns.records_truncated = true; /* then the digest is of more than can be seen */
    assert_true(observed_is_sound(&bad, arena, &err));

    struct observed file = {.has_file = true, .outcome = OBSERVE_PRESENT};
    assert_false(observed_is_sound(&file, arena, &err));
    file.file.status_code = OPT_INT(200);
    observe_body(bytes_of("value"), false, arena, &file.file);
    assert_true(observed_is_sound(&file, arena, &err));
    file.file.body = "dmFsdWU"; /* the padding is missing */
    assert_false(observed_is_sound(&file, arena, &err));
    file.file.body = "b3RoZXI=";
    assert_false(observed_is_sound(&file, arena, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_request_becomes_a_question_or_is_refused),
        TEST(test_question_has_the_canonical_name),
        TEST(test_data_is_in_presentation_form),
        TEST(test_digest_ignores_order_and_ttl),
        TEST(test_long_answers_are_cut_but_counted),
        TEST(test_agreement_is_with_the_primary_or_the_majority),
        TEST(test_files_agree_by_status_and_bytes),
        TEST(test_unsound_observation_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
