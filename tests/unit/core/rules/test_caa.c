/* CAA records, and the search for the relevant set. */
#include "core/rules/caa.h"

#include "base/str.h"
#include "support/unit.h"
#include "unit/core/rules/caa_sets.h"

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

static void test_record_parse_splits_flags_tag_and_value(void **state)
{
    (void)state;
    struct caa_record record;
    assert_true(caa_record_parse(BYTES("\200\5issueca.example; a=b"), &record));
    assert_int_equal(record.flags, 128);
    assert_true(bytes_eq(record.tag, bytes_of("issue")));
    assert_true(bytes_eq(record.value, bytes_of("ca.example; a=b")));
    assert_true(caa_record_parse(BYTES("\0\5issue"), &record));
    assert_int_equal(record.value.n, 0);
}

static void test_record_parse_refuses_what_cannot_be_split(void **state)
{
    (void)state;
    struct caa_record record;
    assert_false(caa_record_parse((struct bytes){NULL, 0}, &record));
    assert_false(caa_record_parse(BYTES("\0"), &record));
    assert_false(caa_record_parse(BYTES("\0\0"), &record));
    assert_false(caa_record_parse(BYTES("\0\0x"), &record));
    assert_false(caa_record_parse(BYTES("\0\377x"), &record));
    assert_false(caa_record_parse(BYTES("\0\6issue"), &record));
}

static void test_record_format_escapes_as_presentation_form(void **state)
{
    struct caa_record record = {128, BYTES("Issue"), BYTES("a\"b\\c \x1f~\x7f\xff")};
    assert_string_equal(caa_record_format(*state, &record),
                        "128 Issue \"a\\\"b\\\\c \\031~\\127\\255\"");
    record = (struct caa_record){0, BYTES("i\"\xff"), BYTES("")};
    assert_string_equal(caa_record_format(*state, &record), "0 i\\\"\\255 \"\"");
}

/* What is written can be read again, whatever is in it. */
static void test_record_text_gives_back_its_rdata(void **state)
{
    static const struct bytes rdatas[] = {
        BYTES("\0\5issueca.example"),
        BYTES("\200\5Issue"),
        BYTES("\377\1a\"quoted\" \\ and \0 \377 \\065 065"),
        BYTES("\1\11a \"b\\ \"c\0"),
        BYTES("\0\1\"\""),
        BYTES("\0\5issue;"),
    };
    for (size_t i = 0; i < sizeof rdatas / sizeof *rdatas; i++) {
        struct caa_record record;
        struct bytes again;
        assert_true(caa_record_parse(rdatas[i], &record));
        const char *text = caa_record_format(*state, &record);
        if (!caa_record_parse_text(*state, text, &again) || !bytes_eq(again, rdatas[i]))
            fail_msg("%s", text);
    }
}

static void test_record_text_of_each_octet_gives_it_back(void **state)
{
    for (int c = 0; c <= UINT8_MAX; c++) {
        const uint8_t octet = (uint8_t)c;
        struct caa_record record = {0, {&octet, 1}, {&octet, 1}};
        struct bytes rdata;
        assert_true(caa_record_parse_text(*state, caa_record_format(*state, &record), &rdata));
        const uint8_t expected[] = {0, 1, octet, octet};
        assert_true(bytes_eq(rdata, (struct bytes){expected, sizeof expected}));
    }
}

static void test_record_text_that_we_do_not_write_is_refused(void **state)
{
    static const struct {
        const char *why, *text;
    } rows[] = {
        {"nothing", ""},
        {"no tag", "0"},
        {"no value", "0 issue"},
        {"a value without quotes", "0 issue ca.example"},
        {"an empty tag", "0  \"x\""},
        {"no tag at all", "0 \"x\""},
        {"no space before the value", "0 issue\"x\""},
        {"no flags", "issue \"x\""},
        {"no flags but a space", " issue \"x\""},
        {"flags of more than an octet", "256 issue \"x\""},
        {"flags of many digits", "0000 issue \"x\""},
        {"flags with a zero before them", "00 issue \"x\""},
        {"flags with a sign", "-1 issue \"x\""},
        {"an open quote", "0 issue \"x"},
        {"an open quote after a cut", "0 issue \"x\\"},
        {"a cut escape", "0 issue \"x\\0"},
        {"a quote that is escaped", "0 issue \"x\\\""},
        {"something behind it", "0 issue \"x\" "},
        {"another value behind it", "0 issue \"x\" \"y\""},
        {"an escape without need", "0 issue \"\\065\""},
        {"another escape without need", "0 issue \"\\a\""},
        {"an escape of no octet", "0 issue \"\\256\""},
        {"an escape of no number", "0 issue \"\\0xx\""},
        {"a byte that is not escaped", "0 issue \"\xff\""},
        {"a line feed that is not escaped", "0 issue \"\n\""},
        {"the form of unknown records", "\\# 3 00ff78"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bytes rdata;
        if (caa_record_parse_text(*state, rows[i].text, &rdata))
            fail_msg("%s: %s", rows[i].why, rows[i].text);
    }
}

static void test_record_text_that_was_cut_is_refused(void **state)
{
    uint8_t rdata[7 + LIMIT_REPORTED_RECORD_BYTES + 1] = {0, 5, 'i', 's', 's', 'u', 'e'};
    memset(rdata + 7, 'x', sizeof rdata - 7);
    struct dns_record record = {.rdata = {rdata, sizeof rdata - 1}};
    struct lookup set = {.records = &record, .record_count = 1};
    struct caa_details shown = {0};
    struct bytes again;
    caa_records_report(*state, &set, NULL, &shown);
    assert_true(caa_record_parse_text(*state, shown.records_seen.items[0], &again));
    assert_true(bytes_eq(again, record.rdata));
    record.rdata.n++;
    caa_records_report(*state, &set, NULL, &shown);
    assert_true(shown.records_truncated.value);
    assert_false(caa_record_parse_text(*state, shown.records_seen.items[0], &again));
}

/* RFC 8659 section 4.1: the length of the tag is one octet. */
static void test_record_text_has_a_tag_of_255_octets_at_most(void **state)
{
    char tag[257];
    struct bytes rdata;
    memset(tag, 'x', 255);
    tag[255] = '\0';
    assert_true(caa_record_parse_text(*state, arena_printf(*state, "0 %s \"y\"", tag), &rdata));
    assert_int_equal(rdata.n, 2 + 255 + 1);
    assert_int_equal(rdata.p[1], 255);
    memcpy(tag + 255, "x", 2);
    assert_false(caa_record_parse_text(*state, arena_printf(*state, "0 %s \"y\"", tag), &rdata));
}

static void test_records_report_keeps_order_and_drops_duplicates(void **state)
{
    struct lookup set =
        caa_set(*state, "a", "0 issue b|0 issue a|0 issue b|1 issue b|0 ISSUE b|0 issue a");
    struct caa_details shown = {0};
    caa_records_report(*state, &set, NULL, &shown);
    assert_true(shown.records_seen.present);
    assert_int_equal(shown.records_seen.count, 4);
    assert_string_equal(shown.records_seen.items[0], "0 issue \"b\"");
    assert_string_equal(shown.records_seen.items[1], "0 issue \"a\"");
    assert_string_equal(shown.records_seen.items[2], "1 issue \"b\"");
    assert_string_equal(shown.records_seen.items[3], "0 ISSUE \"b\"");
    assert_false(shown.records_truncated.value);
}

static void test_records_report_of_no_record_is_an_empty_list(void **state)
{
    struct lookup set = caa_set(*state, "a", "");
    struct caa_details shown = {0};
    caa_records_report(*state, &set, NULL, &shown);
    assert_true(shown.records_seen.present);
    assert_int_equal(shown.records_seen.count, 0);
    assert_false(shown.records_truncated.value);
}

static void test_records_report_shows_unsplittable_rdata_in_hex(void **state)
{
    struct lookup set = CAA_RAW("a", BYTES("\0\377x"));
    struct caa_details shown = {0};
    caa_records_report(*state, &set, NULL, &shown);
    assert_string_equal(shown.records_seen.items[0], "\\# 3 00ff78");
    assert_false(shown.records_truncated.value);
}

static void test_records_report_cuts_long_records_and_lists(void **state)
{
    uint8_t rdata[LIMIT_REPORTED_RECORDS + 1][1000];
    struct dns_record records[LIMIT_REPORTED_RECORDS + 1];
    memset(rdata, 'x', sizeof rdata);
    for (size_t i = 0; i < LIMIT_REPORTED_RECORDS + 1; i++) {
        memcpy(rdata[i], "\0\5issue", 7);
        rdata[i][7] = (uint8_t)('!' + i);
        records[i] = (struct dns_record){.rdata = {rdata[i], 8}};
    }
    struct lookup set = {.records = records, .record_count = LIMIT_REPORTED_RECORDS};
    struct caa_details shown = {0};
    caa_records_report(*state, &set, NULL, &shown);
    assert_int_equal(shown.records_seen.count, LIMIT_REPORTED_RECORDS);
    assert_false(shown.records_truncated.value);
    set.record_count++;
    caa_records_report(*state, &set, NULL, &shown);
    assert_int_equal(shown.records_seen.count, LIMIT_REPORTED_RECORDS);
    assert_true(shown.records_truncated.value);

    set.record_count = 1;
    records[0].rdata.n = 7 + LIMIT_REPORTED_RECORD_BYTES;
    caa_records_report(*state, &set, NULL, &shown);
    assert_false(shown.records_truncated.value);
    records[0].rdata.n++;
    caa_records_report(*state, &set, NULL, &shown);
    assert_true(shown.records_truncated.value);
    assert_int_equal(strlen(shown.records_seen.items[0]),
                     strlen("0 issue \"\"") + LIMIT_REPORTED_RECORD_BYTES + strlen("..."));

    rdata[0][1] = 0; /* an empty tag: shown in hex */
    records[0].rdata.n = LIMIT_REPORTED_RECORD_BYTES;
    caa_records_report(*state, &set, NULL, &shown);
    assert_false(shown.records_truncated.value);
    records[0].rdata.n++;
    caa_records_report(*state, &set, NULL, &shown);
    assert_true(shown.records_truncated.value);
    assert_true(str_ends_with(shown.records_seen.items[0], "78..."));
}

/* What decided is shown whatever its place: without it nobody can derive the verdict again. */
static void test_records_report_always_shows_the_deciding_record(void **state)
{
    enum { COUNT = 4 * LIMIT_REPORTED_RECORDS + 1 };
    struct dns_record records[COUNT];
    struct lookup set = {.name = "a.example", .records = records, .record_count = COUNT};
    for (size_t i = 0; i < COUNT; i++)
        records[i] = (struct dns_record){
            .ttl_s = 60,
            .rdata = bytes_of(arena_printf(*state, "%c%cissueca%zu.example", 1, 5, i))};
    const size_t places[] = {0, 99, 100, 200, COUNT - 1};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct caa_details shown = {0};
        caa_records_report(*state, &set, &records[places[i]], &shown);
        assert_int_equal(shown.records_seen.count, LIMIT_REPORTED_RECORDS);
        assert_true(shown.records_truncated.present && shown.records_truncated.value);
        size_t place = places[i] < LIMIT_REPORTED_RECORDS ? places[i] : LIMIT_REPORTED_RECORDS - 1;
        assert_string_equal(shown.records_seen.items[place],
                            arena_printf(*state, "1 issue \"ca%zu.example\"", places[i]));
        assert_string_equal(shown.records_seen.items[98], "1 issue \"ca98.example\"");
        assert_int_equal(shown.ttl_s.value, 60);
    }
}

/* It is one of several that are the same, the first of them beyond the limit. */
static void test_records_report_shows_a_deciding_record_that_is_there_twice(void **state)
{
    enum { COUNT = LIMIT_REPORTED_RECORDS + 3 };
    struct dns_record records[COUNT];
    struct lookup set = {.name = "a.example", .records = records, .record_count = COUNT};
    for (size_t i = 0; i < COUNT; i++)
        records[i].rdata = bytes_of(arena_printf(*state, "%c%cissueca%zu.example", 1, 5,
                                                 i < LIMIT_REPORTED_RECORDS ? i : 1000));
    for (size_t i = LIMIT_REPORTED_RECORDS; i < COUNT; i++) {
        struct caa_details shown = {0};
        caa_records_report(*state, &set, &records[i], &shown);
        assert_int_equal(shown.records_seen.count, LIMIT_REPORTED_RECORDS);
        assert_string_equal(shown.records_seen.items[LIMIT_REPORTED_RECORDS - 1],
                            "1 issue \"ca1000.example\"");
    }
}

static void test_records_report_shows_where_they_were_found(void **state)
{
    static const char *const chain[] = {"b.example.", "c.example."};
    struct lookup set = caa_set(*state, "a.example", "0 issue b");
    set.cname_chain = (struct strv){.items = chain, .count = 2, .present = true};
    struct caa_details shown = {0};
    caa_records_report(*state, &set, NULL, &shown);
    assert_string_equal(shown.found_at, "a.example");
    assert_int_equal(shown.cname_chain.count, 2);
    assert_string_equal(shown.cname_chain.items[1], "c.example.");
    assert_int_equal(shown.ttl_s.value, 300);
}

static void test_records_that_are_all_shown_give_their_set_back(void **state)
{
    static const struct {
        const char *why;
        size_t count;
        struct opt_bool truncated;
        bool is_whole;
    } rows[] = {
        {"none", 0, {true, false}, false},
        {"few", 99, {true, false}, true},
        {"as many as are shown, and no more", 100, {true, false}, true},
        {"there were more", 100, {true, true}, false},
        {"nobody says whether there were more", 100, {false, false}, false},
        {"the reference does not say", 99, {false, false}, true},
        {"few, and it is not true that some are missing", 99, {true, true}, true},
        {"more than we ever show", 101, {true, false}, false},
    };
    const char *texts[101];
    for (size_t i = 0; i < 101; i++)
        texts[i] = arena_printf(*state, "0 issue \"ca%zu.example\"", i);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct caa_details shown = {.records_seen = {texts, rows[i].count, true},
                                          .records_truncated = rows[i].truncated};
        struct lookup set;
        if (caa_records_parse(*state, &shown, &set) != rows[i].is_whole)
            fail_msg("%s", rows[i].why);
        if (rows[i].is_whole)
            assert_int_equal(set.record_count, rows[i].count);
    }
}

static void test_search_names_climb_to_the_tld(void **state)
{
    (void)state;
    const char *names[LIMIT_NAME_LABELS];
    struct target target = {.kind = TARGET_DNS, .canonical = "a.b.example", .is_wildcard = true};
    assert_int_equal(caa_search_names(&target, names), 3);
    assert_string_equal(names[0], "a.b.example");
    assert_string_equal(names[1], "b.example");
    assert_string_equal(names[2], "example");
    struct target tld = {.kind = TARGET_DNS, .canonical = "example"};
    assert_int_equal(caa_search_names(&tld, names), 1);
    assert_string_equal(names[0], "example");
}

static void test_search_names_of_the_longest_name(void **state)
{
    (void)state;
    const char *names[LIMIT_NAME_LABELS];
    struct target target = {.kind = TARGET_DNS};
    for (size_t i = 0; i < 253; i++)
        target.canonical[i] = i % 2 ? '.' : 'a';
    assert_int_equal(caa_search_names(&target, names), LIMIT_NAME_LABELS);
}

static void test_search_names_of_an_address_are_none(void **state)
{
    (void)state;
    const char *names[LIMIT_NAME_LABELS];
    struct target ip = {.kind = TARGET_IPV4, .canonical = "192.0.2.1"};
    assert_int_equal(caa_search_names(&ip, names), 0);
    ip = (struct target){.kind = TARGET_IPV6, .canonical = "2001:db8::1"};
    assert_int_equal(caa_search_names(&ip, names), 0);
}

static void test_search_decides_by_the_nearest_set(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *lookups;
        enum caa_search_status status;
        size_t index;
        enum problem problem;
    } rows[] = {
        {"at the name", "fff", CAA_SEARCH_FOUND, 0, PROBLEM_NONE},
        {"at the parent", "nff", CAA_SEARCH_FOUND, 1, PROBLEM_NONE},
        {"the name does not exist, its parent does", "xfn", CAA_SEARCH_FOUND, 1, PROBLEM_NONE},
        {"at the TLD", "nxf", CAA_SEARCH_FOUND, 2, PROBLEM_NONE},
        {"nowhere", "nnn", CAA_SEARCH_NONE, 0, PROBLEM_NONE},
        {"nowhere, and the name does not exist", "xxn", CAA_SEARCH_NONE, 0, PROBLEM_NONE},
        {"an error above the set is irrelevant", "fbs", CAA_SEARCH_FOUND, 0, PROBLEM_NONE},
        {"an error below the set is not", "sff", CAA_SEARCH_ERROR, 0, PROBLEM_DNS_SERVFAIL},
        {"an error where the set might be", "nsn", CAA_SEARCH_ERROR, 1, PROBLEM_DNS_SERVFAIL},
        {"an error at the TLD", "nns", CAA_SEARCH_ERROR, 2, PROBLEM_DNS_SERVFAIL},
        {"the nearest of two errors", "ntb", CAA_SEARCH_ERROR, 1, PROBLEM_DNS_TIMEOUT},
        {"refused", "rnn", CAA_SEARCH_ERROR, 0, PROBLEM_DNS_REFUSED},
        {"bogus", "bnn", CAA_SEARCH_ERROR, 0, PROBLEM_DNSSEC_BOGUS},
        {"malformed", "mnn", CAA_SEARCH_ERROR, 0, PROBLEM_DNS_MALFORMED},
        {"alias loop", "ann", CAA_SEARCH_ERROR, 0, PROBLEM_DNS_ALIAS},
        {"filtered", "inn", CAA_SEARCH_ERROR, 0, PROBLEM_DNS_FILTERED},
        {"our own failure", "lnn", CAA_SEARCH_ERROR, 0, PROBLEM_INTERNAL},
        {"an answer without records is no permission", "enn", CAA_SEARCH_ERROR, 0,
         PROBLEM_INTERNAL},
        {"the TLD does not exist, unproven", "xxx", CAA_SEARCH_ERROR, 2, PROBLEM_TLD_UNPROVEN},
        {"an error counts before the TLD", "sxx", CAA_SEARCH_ERROR, 0, PROBLEM_DNS_SERVFAIL},
        {"a set below a TLD that does not exist", "xfx", CAA_SEARCH_FOUND, 1, PROBLEM_NONE},
        {"no lookups at all", "", CAA_SEARCH_NONE, 0, PROBLEM_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lookup lookups[3];
        make_lookups(lookups, rows[i].lookups);
        struct caa_search search = caa_search_decide(lookups, strlen(rows[i].lookups));
        if (search.status != rows[i].status || search.index != rows[i].index ||
            search.problem != rows[i].problem)
            fail_msg("%s: status %d, index %zu, %s", rows[i].why, (int)search.status, search.index,
                     problem_str(search.problem));
    }
}

/* Whatever stands beside the failure: only an answer has records to go by. */
static void test_search_of_a_failure_with_records_is_an_error(void **state)
{
    (void)state;
    for (enum dns_outcome outcome = DNS_OK; outcome <= DNS_LOCAL; outcome++) {
        struct lookup lookups[3];
        make_lookups(lookups, "fnn");
        lookups[0].outcome = outcome;
        struct caa_search search = caa_search_decide(lookups, 3);
        if (outcome == DNS_OK)
            assert_int_equal(search.status, CAA_SEARCH_FOUND);
        else if (outcome == DNS_NODATA || outcome == DNS_NXDOMAIN)
            assert_int_equal(search.status, CAA_SEARCH_NONE);
        else
            assert_int_equal(search.problem, lookup_problem(&lookups[0]));
        assert_int_equal(search.status == CAA_SEARCH_ERROR, search.problem != PROBLEM_NONE);
    }
}

static void test_search_tld_nxdomain_is_believed_with_proof_only(void **state)
{
    (void)state;
    static const struct {
        enum dnssec_status dnssec;
        enum caa_search_status status;
        enum problem problem;
    } rows[] = {
        {DNSSEC_SECURE, CAA_SEARCH_NO_SUCH_TLD, PROBLEM_NO_SUCH_TLD},
        {DNSSEC_INSECURE, CAA_SEARCH_ERROR, PROBLEM_TLD_UNPROVEN},
        {DNSSEC_INDETERMINATE, CAA_SEARCH_ERROR, PROBLEM_TLD_UNPROVEN},
        {DNSSEC_NONE, CAA_SEARCH_ERROR, PROBLEM_TLD_UNPROVEN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lookup lookups[3];
        make_lookups(lookups, "xxx");
        lookups[2].dnssec = rows[i].dnssec;
        struct caa_search search = caa_search_decide(lookups, 3);
        assert_int_equal(search.status, rows[i].status);
        assert_int_equal(search.problem, rows[i].problem);
        assert_int_equal(search.index, 2);
    }
    assert_int_equal(problem_info(PROBLEM_NO_SUCH_TLD)->verdict, VERDICT_FAIL);
    assert_int_equal(problem_info(PROBLEM_TLD_UNPROVEN)->verdict, VERDICT_UNKNOWN);
}

static void test_search_stub_zones_are_exempt_from_the_tld_rule(void **state)
{
    (void)state;
    for (size_t stub = 0; stub < 3; stub++) {
        struct lookup lookups[3];
        make_lookups(lookups, "xxx");
        lookups[2].dnssec = DNSSEC_SECURE;
        lookups[stub].in_stub_zone = true;
        /* That only the parent is in a stub zone cannot be: a stub zone holds all below it. */
        assert_int_equal(caa_search_decide(lookups, 3).status,
                         stub == 1 ? CAA_SEARCH_NO_SUCH_TLD : CAA_SEARCH_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_parse_splits_flags_tag_and_value),
        cmocka_unit_test(test_record_parse_refuses_what_cannot_be_split),
        cmocka_unit_test(test_record_format_escapes_as_presentation_form),
        cmocka_unit_test(test_record_text_gives_back_its_rdata),
        cmocka_unit_test(test_record_text_of_each_octet_gives_it_back),
        cmocka_unit_test(test_record_text_that_we_do_not_write_is_refused),
        cmocka_unit_test(test_record_text_that_was_cut_is_refused),
        cmocka_unit_test(test_record_text_has_a_tag_of_255_octets_at_most),
        cmocka_unit_test(test_records_report_keeps_order_and_drops_duplicates),
        cmocka_unit_test(test_records_report_of_no_record_is_an_empty_list),
        cmocka_unit_test(test_records_report_shows_unsplittable_rdata_in_hex),
        cmocka_unit_test(test_records_report_cuts_long_records_and_lists),
        cmocka_unit_test(test_records_report_always_shows_the_deciding_record),
        cmocka_unit_test(test_records_report_shows_a_deciding_record_that_is_there_twice),
        cmocka_unit_test(test_records_report_shows_where_they_were_found),
        cmocka_unit_test(test_records_that_are_all_shown_give_their_set_back),
        cmocka_unit_test(test_search_names_climb_to_the_tld),
        cmocka_unit_test(test_search_names_of_the_longest_name),
        cmocka_unit_test(test_search_names_of_an_address_are_none),
        cmocka_unit_test(test_search_decides_by_the_nearest_set),
        cmocka_unit_test(test_search_of_a_failure_with_records_is_an_error),
        cmocka_unit_test(test_search_tld_nxdomain_is_believed_with_proof_only),
        cmocka_unit_test(test_search_stub_zones_are_exempt_from_the_tld_rule),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
