#include "core/corroboration/quorum.h"
#include "support/unit.h"

#define MAX_ENTRIES 8

static const struct check_request caa_request = {.check_type = CHECK_CAA};
static const struct check_request dns_request = {
    .check_type = CHECK_DCV,
    .dcv = {.method = DCV_DNS_CHANGE},
};

static struct check_result answer_to(const struct check_request *request, enum verdict verdict)
{
    return (struct check_result){
        .check_type = request->check_type,
        .method = request->dcv.method,
        .verdict = verdict,
        .problem = verdict == VERDICT_PASS   ? PROBLEM_NONE
                   : verdict == VERDICT_FAIL ? PROBLEM_NO_MATCH
                                             : PROBLEM_DNS_TIMEOUT,
        .details = {.caa = {.caa_record_present = OPT_BOOL(true)}},
    };
}

static const struct baseline_period *period_of(const char *date)
{
    int64_t time_s;
    assert_true(baseline_parse_date(date, &time_s));
    return baseline_at(time_s);
}

/*
 * Decides over one letter per perspective: its verdict (P, F, U), or X for a pass of another
 * method. `rirs` has one digit per perspective: its RIR, 0 for none.
 */
static struct quorum_decision decide(const char *verdicts, const char *rirs, size_t quorum,
                                     enum baseline_mode mode, const char *date)
{
    struct check_result results[MAX_ENTRIES];
    struct quorum_entry entries[MAX_ENTRIES];
    size_t count = 0;
    for (; verdicts[count]; count++) {
        char v = verdicts[count];
        results[count] = answer_to(&dns_request, v == 'U'   ? VERDICT_UNKNOWN
                                                 : v == 'F' ? VERDICT_FAIL
                                                            : VERDICT_PASS);
        if (v == 'X')
            results[count].method = DCV_ACME_DNS_01;
        entries[count] = (struct quorum_entry){(enum rir)(rirs[count] - '0'), &results[count]};
    }
    struct quorum_rules rules = {&dns_request, quorum, mode, date ? period_of(date) : NULL};
    return quorum_decide(entries, count, &rules);
}

static void test_quorum_range_follows_the_table(void **state)
{
    (void)state;
    static const struct {
        size_t count, lowest;
    } rows[] = {{2, 1}, {3, 2}, {4, 3}, {5, 4}, {6, 4}, {7, 5}, {30, 28}, {256, 254}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n = rows[i].count;
        assert_int_equal(quorum_default(n), rows[i].lowest);
        for (int64_t q = -2; q <= (int64_t)n + 2; q++)
            assert_int_equal(quorum_is_allowed(n, q),
                             q >= (int64_t)rows[i].lowest && q <= (int64_t)n);
    }
    assert_false(quorum_is_allowed(1, 1));
    assert_false(quorum_is_allowed(0, 0));
    assert_false(quorum_is_allowed(5, INT64_MAX));
    assert_false(quorum_is_allowed(5, INT64_MIN));
}

static void test_corroborates_only_a_completed_pass_of_the_asked_kind(void **state)
{
    (void)state;
    struct check_result result = answer_to(&dns_request, VERDICT_PASS);
    assert_true(result_corroborates(&dns_request, &result));

    result.method = DCV_ACME_DNS_01; /* another method */
    assert_false(result_corroborates(&dns_request, &result));
    result = answer_to(&caa_request, VERDICT_PASS); /* another type */
    assert_false(result_corroborates(&dns_request, &result));
    assert_true(result_corroborates(&caa_request, &result));
    result = answer_to(&dns_request, VERDICT_PASS);
    result.problem = PROBLEM_INTERNAL; /* contradicts itself */
    assert_false(result_corroborates(&dns_request, &result));
    result = answer_to(&dns_request, VERDICT_FAIL);
    assert_false(result_corroborates(&dns_request, &result));
    result = answer_to(&dns_request, VERDICT_UNKNOWN);
    assert_false(result_corroborates(&dns_request, &result));
    result = (struct check_result){0};
    assert_false(result_corroborates(&caa_request, &result));
}

static void test_corroborates_with_rfc8657_inputs_needs_a_reason(void **state)
{
    (void)state;
    static const struct caa_params inputs[] = {
        {.account_uris = {.present = true}},
        {.validation_method_labels = {.present = true}},
        {.validation_method = "acme-http-01"},
    };
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        struct check_request request = {.check_type = CHECK_CAA, .caa = inputs[i]};
        struct check_result result = answer_to(&request, VERDICT_PASS);
        assert_false(result_corroborates(&request, &result));
        result.details.reason = "issue record permits";
        assert_true(result_corroborates(&request, &result));
    }
}

static void test_corroborates_after_a_failed_lookup_needs_allowance_and_proof(void **state)
{
    (void)state;
    static const struct check_error lookup_error = {"mpic_error:caa_checker:lookup", "timeout"};
    static const struct {
        bool allowed, has_error;
        struct opt_bool present, accepted;
        enum dnssec_status dnssec;
        bool corroborates;
        const char *why;
    } rows[] = {
        {true, true, {0}, {true, true}, DNSSEC_INSECURE, true, "allowed, accepted, proven"},
        {true, false, {0}, {true, true}, DNSSEC_INSECURE, true, "without an error entry"},
        {false, true, {0}, {true, true}, DNSSEC_INSECURE, false, "not allowed"},
        {true, true, {0}, {true, false}, DNSSEC_INSECURE, false, "not accepted"},
        {true, true, {0}, {0}, DNSSEC_INSECURE, false, "a peer that knows no conditions"},
        {true, true, {0}, {true, true}, DNSSEC_NONE, false, "nothing proven"},
        {true, true, {0}, {true, true}, DNSSEC_INDETERMINATE, false, "not looked at"},
        {true, true, {0}, {true, true}, DNSSEC_SECURE, false, "the contrary proven"},
        {true, true, {true, true}, {0}, DNSSEC_INSECURE, false, "a set, and an error"},
        {false, true, {true, false}, {0}, DNSSEC_INSECURE, false, "no set, and an error"},
        {false, false, {0}, {0}, DNSSEC_INSECURE, false, "did not look"},
        {false, false, {true, false}, {0}, DNSSEC_INSECURE, true, "no set anywhere"},
        {false,
         false,
         {true, false},
         {true, true},
         DNSSEC_INSECURE,
         false,
         "a failure is told by the mark alone"},
        {true, false, {true, true}, {0}, DNSSEC_SECURE, true, "allowed, but not needed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct check_request request = {.check_type = CHECK_CAA,
                                              .caa = {.allow_lookup_failure = rows[i].allowed}};
        struct check_result result = answer_to(&request, VERDICT_PASS);
        result.errors = &lookup_error;
        result.error_count = rows[i].has_error;
        result.details.caa.caa_record_present = rows[i].present;
        result.details.caa.lookup_failure_accepted = rows[i].accepted;
        result.details.dnssec = rows[i].dnssec;
        if (result_corroborates(&request, &result) != rows[i].corroborates)
            fail_msg("%s", rows[i].why);
    }
}

static void test_corroborates_where_caa_does_not_apply(void **state)
{
    (void)state;
    struct check_result result = answer_to(&caa_request, VERDICT_PASS);
    result.details.caa.caa_record_present = (struct opt_bool){0};
    result.details.caa.applicable = OPT_BOOL(false); /* an address */
    assert_true(result_corroborates(&caa_request, &result));
    result.details.caa.applicable = OPT_BOOL(true);
    assert_false(result_corroborates(&caa_request, &result));
}

static void test_corroborates_with_required_wildcard_policy_needs_the_matched_record(void **state)
{
    (void)state;
    struct check_request request = {
        .check_type = CHECK_DCV,
        .dcv = {.method = DCV_DNS_PERSISTENT, .wildcard_policy = WILDCARD_REQUIRED},
    };
    struct check_result result = answer_to(&request, VERDICT_PASS);
    assert_false(result_corroborates(&request, &result));
    result.details.record.matched_record = "ca.example; accounturi=x:y; policy=wildcard";
    assert_true(result_corroborates(&request, &result));
    result.details.record.matched_record = NULL;
    request.dcv.wildcard_policy = WILDCARD_BASELINE;
    assert_true(result_corroborates(&request, &result));
}

struct decision_row {
    const char *verdicts, *rirs;
    size_t quorum;
    enum baseline_mode mode;
    const char *date; /* NULL: before MPIC began */
    bool is_valid, mpic_completed, rir_rule_broken;
    const char *why;
};

static const struct decision_row decision_rows[] = {
    {"PPPPP", "12345", 4, BASELINE_ENFORCE, "2027-01-01", true, true, false, "all corroborate"},
    {"PPPPF", "12345", 4, BASELINE_ENFORCE, "2027-01-01", true, true, false, "one may disagree"},
    {"PPPPU", "12345", 4, BASELINE_ENFORCE, "2027-01-01", true, true, false, "one may be silent"},
    {"PPPFF", "12345", 4, BASELINE_ENFORCE, "2027-01-01", false, true, false, "two may not"},
    {"PPPUU", "12345", 4, BASELINE_ENFORCE, "2027-01-01", false, false, false, "too many silent"},
    {"PPPPF", "12345", 5, BASELINE_ENFORCE, "2027-01-01", false, true, false, "stricter quorum"},
    {"PPPPX", "12345", 5, BASELINE_ENFORCE, "2027-01-01", false, false, false, "another method"},
    {"PPPPFF", "123451", 4, BASELINE_ENFORCE, "2027-01-01", true, true, false, "two of six"},
    {"FFFFF", "12345", 0, BASELINE_OFF, "2027-01-01", false, true, false, "quorum 0 is no quorum"},
    {"PPPPP", "12345", 3, BASELINE_OFF, "2027-01-01", false, true, false, "quorum below the table"},
    {"PPPPP", "12345", 6, BASELINE_OFF, "2027-01-01", false, false, false,
     "quorum above the count"},
    {"PPPPF", "22223", 4, BASELINE_ENFORCE, "2027-01-01", false, true, true,
     "one RIR corroborates"},
    {"PPPPF", "22223", 4, BASELINE_WARN, "2027-01-01", false, true, true,
     "warn keeps the RIR rule"},
    {"PPPPF", "22223", 4, BASELINE_OFF, "2027-01-01", false, true, true, "so does off"},
    {"PPP", "222", 2, BASELINE_OFF, NULL, false, true, true, "and so did the time before it"},
    {"PPPFF", "22222", 4, BASELINE_OFF, "2027-01-01", false, true, false, "not enough comes first"},
    {"PPPPP", "20000", 4, BASELINE_OFF, "2027-01-01", false, true, true, "no known RIR is no RIR"},
    {"PPPPP", "23000", 4, BASELINE_OFF, "2027-01-01", true, true, false, "two known RIRs suffice"},
    {"PP", "22", 1, BASELINE_ENFORCE, "2025-10-01", true, true, false, "two of them, 2025"},
    {"PP", "22", 1, BASELINE_ENFORCE, "2026-04-01", false, true, true, "two of them, 2026"},
    {"PP", "22", 1, BASELINE_ENFORCE, NULL, true, true, false, "before MPIC nothing is enforced"},
    {"PP", "23", 1, BASELINE_ENFORCE, "2026-04-01", false, true, false, "too few remotes, 2026"},
    {"PP", "22", 1, BASELINE_WARN, "2026-04-01", true, true, true, "warn: a finding only"},
    {"PP", "22", 1, BASELINE_OFF, "2026-04-01", true, true, true, "off: allowed"},
    {"PF", "23", 1, BASELINE_WARN, "2026-04-01", true, true, true, "one of two is in one RIR"},
    {"FF", "23", 1, BASELINE_OFF, "2026-04-01", false, true, false, "nobody corroborates"},
    {"PPP", "123", 2, BASELINE_ENFORCE, "2026-06-14", true, true, false, "three until June 2026"},
    {"PPP", "123", 2, BASELINE_ENFORCE, "2026-06-15", false, true, false, "then four"},
    {"PPP", "123", 2, BASELINE_WARN, "2026-06-15", true, true, false, "warn lets three pass"},
    {"PPPP", "1234", 3, BASELINE_ENFORCE, "2026-12-14", true, true, false, "four until December"},
    {"PPPP", "1234", 3, BASELINE_ENFORCE, "2026-12-15", false, true, false, "then five"},
    {"P", "1", 1, BASELINE_OFF, NULL, false, true, false, "one is no corroboration"},
    {"", "", 0, BASELINE_OFF, NULL, false, true, false, "none is none"},
};

static void test_decision_by_verdicts_regions_and_calendar(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(decision_rows) / sizeof(decision_rows[0]); i++) {
        const struct decision_row *row = &decision_rows[i];
        struct quorum_decision got =
            decide(row->verdicts, row->rirs, row->quorum, row->mode, row->date);
        if (got.is_valid != row->is_valid || got.mpic_completed != row->mpic_completed ||
            got.rir_rule_broken != row->rir_rule_broken)
            fail_msg("%s: valid %d, completed %d, RIR rule broken %d", row->why, got.is_valid,
                     got.mpic_completed, got.rir_rule_broken);
    }
}

static void test_decision_counts_and_lists_what_corroborated(void **state)
{
    (void)state;
    struct quorum_decision got = decide("PPFUXP", "223415", 4, BASELINE_ENFORCE, "2027-01-01");
    assert_int_equal(got.corroborating, 3);
    assert_int_equal(got.completed, 4);
    assert_int_equal(got.rir_count, 2);
    for (int rir = 0; rir < RIR_COUNT; rir++)
        assert_int_equal(got.rirs[rir], rir == RIR_APNIC || rir == RIR_RIPE_NCC);
}

/* The next of the words over "PFUX", or false after the last: counts in base 4. */
static bool next_word(char *word, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        switch (word[i]) {
        case 'P':
            word[i] = 'F';
            return true;
        case 'F':
            word[i] = 'U';
            return true;
        case 'U':
            word[i] = 'X';
            return true;
        default:
            word[i] = 'P';
        }
    }
    return false;
}

static void assert_decision_is_sound(const char *word, const char *rirs, size_t quorum,
                                     enum baseline_mode mode)
{
    size_t count = 0, passes = 0, unknown = 0;
    for (; word[count]; count++) {
        passes += word[count] == 'P';
        unknown += word[count] == 'U' || word[count] == 'X';
    }
    struct quorum_decision got = decide(word, rirs, quorum, mode, "2026-04-01");
    assert_int_equal(got.mpic_completed, quorum <= count && unknown <= count - quorum);
    if (!got.is_valid)
        return;
    assert_true(got.mpic_completed);
    assert_true(passes >= quorum && passes + 2 >= count && passes >= 1);
    assert_true(quorum_is_allowed(count, (int64_t)quorum));
    assert_true(count < 3 || got.rir_count >= 2);
}

static void test_decision_over_all_words_valid_implies_completed(void **state)
{
    (void)state;
    for (size_t count = 1; count <= 5; count++) {
        char word[] = "PPPPP";
        word[count] = '\0';
        do {
            for (size_t quorum = 0; quorum <= count + 1; quorum++)
                for (int mode = BASELINE_ENFORCE; mode <= BASELINE_OFF; mode++) {
                    assert_decision_is_sound(word, "11211", quorum, (enum baseline_mode)mode);
                    assert_decision_is_sound(word, "11111", quorum, (enum baseline_mode)mode);
                }
        } while (next_word(word, count));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quorum_range_follows_the_table),
        cmocka_unit_test(test_corroborates_only_a_completed_pass_of_the_asked_kind),
        cmocka_unit_test(test_corroborates_with_rfc8657_inputs_needs_a_reason),
        cmocka_unit_test(test_corroborates_after_a_failed_lookup_needs_allowance_and_proof),
        cmocka_unit_test(test_corroborates_where_caa_does_not_apply),
        cmocka_unit_test(test_corroborates_with_required_wildcard_policy_needs_the_matched_record),
        cmocka_unit_test(test_decision_by_verdicts_regions_and_calendar),
        cmocka_unit_test(test_decision_counts_and_lists_what_corroborated),
        cmocka_unit_test(test_decision_over_all_words_valid_implies_completed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
