/* Whole checks of the methods that look at DNS records, over a scripted DNS and virtual time. */
#include "support/check_world.h"

#include "base/str.h"

#include <string.h>

#define DIGEST  "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
#define CHANGE  "a-challenge-of-many-characters"
#define LOOKUP  "mpic_error:dcv_checker:lookup"
#define ACCOUNT "https://ca.example/acct/1"

static const char *const issuers[] = {"ca.example"};

static int setup(void **state)
{
    world_setup(state);
    w.request.dcv.method = DCV_ACME_DNS_01;
    w.request.dcv.dns_record_type = DCV_RECORD_TXT;
    w.request.dcv.key_authorization_hash = DIGEST;
    return 0;
}

static void use_change(enum dcv_record_type type, const char *prefix)
{
    w.request.dcv.method = DCV_DNS_CHANGE;
    w.request.dcv.dns_record_type = type;
    w.request.dcv.dns_name_prefix = prefix;
    w.request.dcv.challenge_value = CHANGE;
    w.request.dcv.require_exact_case = type == DCV_RECORD_TXT;
}

static void use_contact_caa(void)
{
    w.request.dcv.method = DCV_CONTACT_EMAIL_CAA;
    w.request.dcv.dns_record_type = DCV_RECORD_CAA;
    w.request.dcv.challenge_value = "admin@example.com";
}

static void use_persistent(void)
{
    w.request.dcv.method = DCV_DNS_PERSISTENT;
    w.request.dcv.issuer_domain_names =
        (struct strv){.items = issuers, .count = 1, .present = true};
    w.request.dcv.expected_account_uri = ACCOUNT;
}

static struct fake_answer *answer(const char *name, uint16_t type, enum dns_outcome status)
{
    return fake_dns_answer(w.dns, name, type, status);
}

static const struct record_details *details(void)
{
    return &w.result->details.record;
}

/* --- what is found -------------------------------------------------------------------------- */

static void test_record_dns_01_equal_text_passes_with_evidence(void **state)
{
    (void)state;
    struct fake_answer *txt = answer("_acme-challenge.www.example.com", DNS_TXT, DNS_OK);
    fake_answer_txt(txt, "something else");
    fake_answer_txt(txt, DIGEST);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_false(result->has_errors);
    assert_int_equal(result->details.dnssec, DNSSEC_SECURE);
    assert_string_equal(details()->query_name, "_acme-challenge.www.example.com");
    assert_string_equal(details()->found_at, "_acme-challenge.www.example.com");
    assert_string_equal(details()->owner_name, "_acme-challenge.www.example.com");
    assert_string_equal(details()->matched_record, DIGEST);
    assert_int_equal(details()->records_seen.count, 2);
    assert_string_equal(details()->records_seen.items[0], "something else");
    assert_int_equal(details()->response_code.value, 0);
    assert_true(details()->ad_flag.value);
    assert_int_equal(details()->cname_chain.count, 0);
    assert_int_equal(details()->ttl_s.value, 300);
    assert_int_equal(fake_dns_question_count(w.dns), 1);
}

static void test_record_dns_01_other_text_fails_without_error_entry(void **state)
{
    (void)state;
    fake_answer_txt(answer("_acme-challenge.www.example.com", DNS_TXT, DNS_OK), DIGEST " ");
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_NO_MATCH);
    assert_false(result->has_errors);
    assert_null(details()->matched_record);
    assert_int_equal(details()->records_seen.count, 1);
    assert_string_equal(details()->found_at, "_acme-challenge.www.example.com");
    assert_int_equal(result->details.dnssec, DNSSEC_SECURE);
}

static void test_record_wildcard_target_asks_its_base_name(void **state)
{
    (void)state;
    w.request.target = "*.Example.com";
    fake_answer_txt(answer("_acme-challenge.example.com", DNS_TXT, DNS_OK), DIGEST);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
}

static void test_record_strings_of_one_record_are_joined_but_records_are_not(void **state)
{
    (void)state;
    static const char *const halves[] = {"LoqXcYV8q5ONbJQxbmR7S", "CTNo3tiAXDfowyjxAjEuX0"};
    struct fake_answer *txt = answer("_acme-challenge.www.example.com", DNS_TXT, DNS_OK);
    fake_answer_txt(txt, halves[0]);
    fake_answer_txt(txt, halves[1]);
    assert_problem(world_run(), VERDICT_FAIL, PROBLEM_NO_MATCH);
    fake_answer_txt_strings(txt, halves, 2);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
}

static void test_record_at_the_end_of_an_alias_counts_and_the_chain_is_shown(void **state)
{
    (void)state;
    struct fake_answer *txt = answer("_acme-challenge.www.example.com", DNS_TXT, DNS_OK);
    fake_answer_alias(txt, "x.dcv.example");
    fake_answer_txt(txt, DIGEST);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(details()->cname_chain.count, 1);
    assert_string_equal(details()->cname_chain.items[0], "x.dcv.example.");
    assert_string_equal(details()->found_at, "_acme-challenge.www.example.com");
    assert_string_equal(details()->owner_name, "x.dcv.example");
}

static void test_record_unsigned_zone_is_used_and_said(void **state)
{
    (void)state;
    struct fake_answer *txt = answer("_acme-challenge.www.example.com", DNS_TXT, DNS_OK);
    txt->dnssec = DNSSEC_INSECURE;
    fake_answer_txt(txt, DIGEST);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(result->details.dnssec, DNSSEC_INSECURE);
    assert_true(details()->ad_flag.present);
    assert_false(details()->ad_flag.value);
}

static void test_record_lab_zones_show_in_local_policy(void **state)
{
    (void)state;
    struct fake_answer *txt = answer("_acme-challenge.www.example.com", DNS_TXT, DNS_OK);
    txt->dnssec = DNSSEC_INDETERMINATE;
    txt->stub_zone = true;
    fake_answer_txt(txt, DIGEST);
    const struct check_result *result = world_run();
    assert_true(strv_has(&result->details.local_policy, "dns.insecure_zones"));
    assert_true(strv_has(&result->details.local_policy, "dns.stub_zones"));
    assert_int_equal(result->details.dnssec, DNSSEC_INDETERMINATE);
}

static void test_record_change_asks_the_prefixed_name_for_the_asked_type(void **state)
{
    (void)state;
    use_change(DCV_RECORD_TXT, "_Mine");
    fake_answer_txt(answer("_mine.www.example.com", DNS_TXT, DNS_OK), "x " CHANGE " y");
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    use_change(DCV_RECORD_CNAME, "_mine");
    fake_answer_target(answer("_mine.www.example.com", DNS_CNAME, DNS_OK),
                       "A-Challenge-of-many-characters.ca.example");
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    use_change(DCV_RECORD_CAA, NULL);
    fake_answer_caa(answer("www.example.com", DNS_CAA, DNS_OK), 0, "anything", CHANGE);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(fake_dns_question_count(w.dns), 3); /* a CAA record set is not climbed to */
}

static void test_record_account_01_asks_the_label_of_the_account(void **state)
{
    (void)state;
    w.request.dcv.method = DCV_DNS_ACCOUNT_01;
    w.request.dcv.account_uri = "https://example.com/acme/acct/ExampleAccount";
    w.request.target = "example.org";
    /* The example of draft-ietf-acme-dns-account-label. */
    fake_answer_txt(answer("_ujmmovf2vn55tgye._acme-challenge.example.org", DNS_TXT, DNS_OK),
                    DIGEST);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(fake_dns_question_count(w.dns), 1);
}

static void test_record_contact_txt_and_addresses_and_pointers_pass(void **state)
{
    (void)state;
    w.request.dcv.method = DCV_CONTACT_PHONE_TXT;
    w.request.dcv.challenge_value = "+1 555 123 4567";
    fake_answer_txt(answer("_validation-contactphone.www.example.com", DNS_TXT, DNS_OK),
                    "+1 555 123 4567");
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    w.request.dcv.method = DCV_IP_ADDRESS;
    w.request.dcv.dns_record_type = DCV_RECORD_AAAA;
    w.request.dcv.challenge_value = "2606:2800:220:1:0:0:0:34";
    fake_answer_address(answer("www.example.com", DNS_AAAA, DNS_OK), WORLD_IPV6);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    w.request.dcv.method = DCV_REVERSE_ADDRESS_LOOKUP;
    w.request.dcv.dns_record_type = DCV_RECORD_PTR;
    w.request.target = WORLD_IPV4;
    w.request.dcv.challenge_value = "WWW.example.com";
    fake_answer_target(answer("34.216.184.93.in-addr.arpa", DNS_PTR, DNS_OK), "www.example.com");
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
}

static void test_record_persistent_is_usable_until_its_last_second(void **state)
{
    (void)state;
    use_persistent();
    fake_answer_txt(answer("_validation-persist.www.example.com", DNS_TXT, DNS_OK),
                    "ca.example; accounturi=" ACCOUNT "; persistUntil=1767225600");
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE); /* FAKE_LOOP_START_WALL_NS */
    fake_loop_advance(w.loop, 1000);
    assert_problem(world_run(), VERDICT_FAIL, PROBLEM_NO_MATCH);
    assert_int_equal(details()->rejected_count, 1);
    assert_int_equal(details()->rejected_records[0].index, 0);
}

static void test_record_persistent_of_an_address_asks_below_its_reverse_name(void **state)
{
    (void)state;
    use_persistent();
    w.request.target = WORLD_IPV4;
    fake_answer_txt(answer("_ip-validation-persist.34.216.184.93.in-addr.arpa", DNS_TXT, DNS_OK),
                    "ca.example; accounturi=" ACCOUNT);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
}

/* --- what is not found ----------------------------------------------------------------------- */

static void test_record_negative_answer_fails_with_its_rcode(void **state)
{
    (void)state;
    static const struct row {
        enum dns_outcome status;
        enum problem problem;
        int rcode;
        const char *token;
    } rows[] = {
        {DNS_NXDOMAIN, PROBLEM_NXDOMAIN, 3, "Error type: NXDOMAIN"},
        {DNS_NODATA, PROBLEM_NO_DATA, 0, "Error type: NoAnswer"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fake_answer *txt =
            answer("_acme-challenge.www.example.com", DNS_TXT, rows[i].status);
        if (i == 0)
            fake_answer_alias(txt, "gone.example");
        const struct check_result *result = world_run();
        assert_problem(result, VERDICT_FAIL, rows[i].problem);
        assert_one_error(result, LOOKUP, rows[i].token);
        assert_int_equal(details()->response_code.value, rows[i].rcode);
        assert_true(details()->ad_flag.value);
        assert_true(details()->records_seen.present);
        assert_int_equal(details()->records_seen.count, 0);
        assert_int_equal(details()->cname_chain.count, i == 0);
        assert_null(details()->found_at);
        assert_int_equal(result->details.dnssec, DNSSEC_SECURE);
        assert_string_equal(details()->query_name, "_acme-challenge.www.example.com");
    }
}

/* Where the resolver gave up there is no packet; what it means is an RCODE all the same. */
static void test_record_failure_without_a_packet_has_its_rcode(void **state)
{
    (void)state;
    const struct {
        enum dns_outcome status;
        bool present;
        int rcode;
    } rows[] = {{DNS_SERVFAIL, true, 2}, {DNS_REFUSED, true, 5}, {DNS_TIMEOUT, false, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        answer("_acme-challenge.www.example.com", DNS_TXT, rows[i].status)->has_rcode = false;
        assert_int_equal(world_run()->verdict, VERDICT_UNKNOWN);
        assert_int_equal(details()->response_code.present, rows[i].present);
        assert_int_equal(details()->response_code.value, rows[i].rcode);
    }
}

static void test_record_failed_lookup_is_unknown(void **state)
{
    (void)state;
    static const struct row {
        enum dns_outcome status;
        enum problem problem;
        const char *token;
    } rows[] = {
        {DNS_SERVFAIL, PROBLEM_DNS_SERVFAIL, "NoNameservers"},
        {DNS_REFUSED, PROBLEM_DNS_REFUSED, "NoNameservers"},
        {DNS_TIMEOUT, PROBLEM_DNS_TIMEOUT, "LifetimeTimeout"},
        {DNS_BOGUS, PROBLEM_DNSSEC_BOGUS, "DnssecBogus"},
        {DNS_ALIAS, PROBLEM_DNS_ALIAS, "YXDOMAIN"},
        {DNS_MALFORMED, PROBLEM_DNS_MALFORMED, "MalformedAnswer"},
        {DNS_FILTERED, PROBLEM_DNS_FILTERED, "FilteredAnswer"},
        {DNS_LOCAL, PROBLEM_INTERNAL, "InternalError"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fake_answer *txt =
            answer("_acme-challenge.www.example.com", DNS_TXT, rows[i].status);
        fake_answer_extended_error(txt, 22, "somebody said so");
        const struct check_result *result = world_run();
        assert_problem(result, VERDICT_UNKNOWN, rows[i].problem);
        assert_one_error(result, LOOKUP, rows[i].token);
        assert_null(details()->found_at);
        assert_null(details()->matched_record);
        assert_false(details()->records_seen.present);
        assert_false(details()->ad_flag.present);
        assert_string_equal(details()->query_name, "_acme-challenge.www.example.com");
        bool is_bogus = rows[i].status == DNS_BOGUS;
        assert_int_equal(result->details.dnssec == DNSSEC_BOGUS, is_bogus);
        assert_int_equal(result->details.extended_error_count, 1);
        assert_int_equal(result->details.extended_errors[0].code, 22);
    }
}

static void test_record_failed_lookup_shows_the_rcode_that_came(void **state)
{
    (void)state;
    struct fake_answer *txt = answer("_acme-challenge.www.example.com", DNS_TXT, DNS_SERVFAIL);
    txt->has_rcode = true;
    txt->rcode = 4;
    assert_problem(world_run(), VERDICT_UNKNOWN, PROBLEM_DNS_SERVFAIL);
    assert_true(details()->response_code.present);
    assert_int_equal(details()->response_code.value, 4);
}

static void test_record_malformed_record_spoils_the_whole_set(void **state)
{
    (void)state;
    struct fake_answer *txt = answer("_acme-challenge.www.example.com", DNS_TXT, DNS_OK);
    static const uint8_t cut[] = {9, 'x'};
    fake_answer_txt(txt, DIGEST);
    fake_answer_record(txt, (struct bytes){cut, sizeof cut});
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DNS_MALFORMED);
    assert_one_error(result, LOOKUP, "MalformedAnswer");
    assert_false(details()->records_seen.present);
}

static void test_record_silent_server_is_unknown_at_the_dns_timeout(void **state)
{
    (void)state;
    answer("_acme-challenge.www.example.com", DNS_TXT, DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    world_start();
    fake_loop_advance(w.loop, WORLD_DNS_MS - 1);
    assert_int_equal(w.done_count, 0);
    fake_loop_advance(w.loop, 1);
    assert_int_equal(w.done_count, 1);
    assert_problem(w.result, VERDICT_UNKNOWN, PROBLEM_DNS_TIMEOUT);
    assert_int_equal(w.result->details.duration_ms.value, WORLD_DNS_MS);
}

static void test_record_short_deadline_of_the_check_names_what_was_waited_for(void **state)
{
    (void)state;
    w.check_ms = 1000;
    answer("_acme-challenge.www.example.com", DNS_TXT, DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    const struct check_result *result = world_run();
    /* Not dns_timeout: the name servers did not have their time. */
    assert_one_error(result, "mpic_error:dcv_checker:lookup", "IN TXT");
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DEADLINE);
    assert_true(result->details.duration_ms.value < 1000);
    assert_string_equal(details()->query_name, "_acme-challenge.www.example.com");
}

static void test_record_late_answer_before_the_timeout_counts(void **state)
{
    (void)state;
    struct fake_answer *txt = answer("_acme-challenge.www.example.com", DNS_TXT, DNS_OK);
    fake_answer_txt(txt, DIGEST);
    txt->delay_ms = WORLD_DNS_MS - 1;
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
}

static void test_record_deadline_that_has_passed_is_said_with_the_question(void **state)
{
    (void)state;
    w.check_ms = 0;
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DEADLINE);
    assert_one_error(result, LOOKUP, "TimeoutError");
    assert_string_equal(details()->query_name, "_acme-challenge.www.example.com");
    use_contact_caa();
    assert_problem(world_run(), VERDICT_UNKNOWN, PROBLEM_DEADLINE);
    assert_int_equal(details()->lookup_count, 3);
    assert_string_equal(details()->lookups[0].outcome, "not_awaited");
}

static void test_record_cancel_at_each_moment_is_silent(void **state)
{
    (void)state;
    static const uint64_t moments_ms[] = {0, 1, 99};
    for (size_t i = 0; i < sizeof moments_ms / sizeof *moments_ms; i++) {
        struct fake_answer *txt = answer("_acme-challenge.www.example.com", DNS_TXT, DNS_OK);
        txt->delay_ms = 100;
        world_cancel_after(moments_ms[i]);
    }
}

/* --- what cannot be asked -------------------------------------------------------------------- */

static void test_record_bad_parameters_ask_nobody(void **state)
{
    (void)state;
    static const struct row {
        const char *why;
        const char *target;
        const char *prefix;
        const char *hash;
        enum dcv_method method;
    } rows[] = {
        {"no name", "bad name.example", NULL, DIGEST, DCV_ACME_DNS_01},
        {"RFC 8738 section 7: not for addresses", WORLD_IPV4, NULL, DIGEST, DCV_ACME_DNS_01},
        {"no digest", "www.example.com", NULL, "short", DCV_ACME_DNS_01},
        {"BR 3.2.2.4.7 (2): an underscore", "www.example.com", "mine", DIGEST, DCV_DNS_CHANGE},
        {"BR 3.2.2.4.7 (2): one label", "www.example.com", "_a._b", DIGEST, DCV_DNS_CHANGE},
        {"no wildcard", "*.example.com", NULL, DIGEST, DCV_IP_ADDRESS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        w.request.target = rows[i].target;
        w.request.dcv.method = rows[i].method;
        w.request.dcv.dns_record_type =
            rows[i].method == DCV_IP_ADDRESS ? DCV_RECORD_A : DCV_RECORD_TXT;
        w.request.dcv.challenge_value = CHANGE;
        w.request.dcv.dns_name_prefix = rows[i].prefix;
        w.request.dcv.key_authorization_hash = rows[i].hash;
        const struct check_result *result = world_run();
        if (result->problem != PROBLEM_PARAMETER)
            fail_msg("%s: %s", rows[i].why, problem_str(result->problem));
        assert_problem(result, VERDICT_UNKNOWN, PROBLEM_PARAMETER);
        assert_string_equal(result->errors[0].type, "mpic_error:dcv_checker:parameter");
        assert_int_equal(fake_dns_question_count(w.dns), 0);
    }
}

static void test_record_name_too_long_with_its_prefix_asks_nobody(void **state)
{
    (void)state;
    char target[254];
    for (size_t i = 0; i < sizeof target - 1; i++)
        target[i] = i % 50 == 49 ? '.' : 'a';
    target[sizeof target - 1] = '\0';
    w.request.target = target;
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_PARAMETER);
    assert_int_equal(fake_dns_question_count(w.dns), 0);
}

/* BR 4.2.2: no certificate for a Reserved IP Address. */
static void test_record_special_purpose_address_fails_and_nobody_is_asked(void **state)
{
    (void)state;
    w.request.dcv.method = DCV_IP_ADDRESS;
    w.request.dcv.dns_record_type = DCV_RECORD_A;
    w.request.dcv.challenge_value = "10.0.0.1";
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_ADDRESS_REFUSED);
    assert_one_error(result, "mpic_error:dcv_checker:address_refused", "RFC 1918");
    use_persistent();
    w.request.target = "192.0.2.1";
    result = world_run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_ADDRESS_REFUSED);
    assert_one_error(result, "mpic_error:dcv_checker:address_refused", "192.0.2.0/24");
    assert_int_equal(fake_dns_question_count(w.dns), 0);
}

static void test_record_special_purpose_address_of_a_lab_passes_and_is_told(void **state)
{
    (void)state;
    struct cidr lab;
    struct err err;
    assert_true(cidr_parse("10.0.0.0/8", &lab, &err));
    w.settings.addresses = (struct address_policy){.allowed = &lab, .allowed_count = 1};
    w.request.dcv.method = DCV_IP_ADDRESS;
    w.request.dcv.dns_record_type = DCV_RECORD_A;
    w.request.dcv.challenge_value = "10.0.0.1";
    fake_answer_address(answer("www.example.com", DNS_A, DNS_OK), "10.0.0.1");
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(result->details.local_policy.count, 1);
    assert_string_equal(result->details.local_policy.items[0], "network.allow_addresses");
}

/* --- contact methods in CAA records ---------------------------------------------------------- */

static void script_empty_tree(void)
{
    answer("www.example.com", DNS_CAA, DNS_NXDOMAIN);
    answer("example.com", DNS_CAA, DNS_NODATA);
    answer("com", DNS_CAA, DNS_NODATA);
}

static void test_record_contact_at_a_parent_passes(void **state)
{
    (void)state;
    use_contact_caa();
    script_empty_tree();
    struct fake_answer *caa = answer("example.com", DNS_CAA, DNS_OK);
    fake_answer_caa(caa, 128, "unknown", "critical flags play no part");
    fake_answer_caa(caa, 0, "contactemail", "Admin@example.com");
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_string_equal(details()->query_name, "example.com");
    assert_string_equal(details()->found_at, "example.com");
    assert_string_equal(details()->matched_record, "Admin@example.com");
    assert_int_equal(details()->lookup_count, 3);
    assert_string_equal(details()->lookups[0].name, "www.example.com");
    assert_string_equal(details()->lookups[0].outcome, "nxdomain");
    assert_string_equal(details()->lookups[1].outcome, "ok");
}

static void test_record_contact_shows_the_aliases_and_the_matching_record(void **state)
{
    (void)state;
    use_contact_caa();
    script_empty_tree();
    fake_answer_alias(answer("www.example.com", DNS_CAA, DNS_NODATA), "empty.example.org");
    struct fake_answer *caa = answer("example.com", DNS_CAA, DNS_OK);
    fake_answer_alias(caa, "zone.example.net");
    for (size_t i = 0; i < 150; i++)
        fake_answer_caa(caa, 0, "contactemail", arena_printf(w.arena, "a%zu@example.com", i));
    fake_answer_caa(caa, 0, "contactemail", "admin@example.com");
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(details()->cname_chain.count, 1);
    assert_string_equal(details()->cname_chain.items[0], "zone.example.net.");
    assert_string_equal(details()->lookups[0].cname_chain.items[0], "empty.example.org.");
    assert_string_equal(details()->lookups[1].cname_chain.items[0], "zone.example.net.");
    assert_false(details()->lookups[2].cname_chain.present);
    assert_true(details()->records_truncated.value);
    assert_int_equal(details()->records_seen.count, 100);
    assert_string_equal(details()->records_seen.items[99], "admin@example.com");
}

/* BR 3.2.2.4.7: a CAA record at the very name, the last of many. */
static void test_record_change_in_the_last_of_many_caa_records_is_shown(void **state)
{
    (void)state;
    w.request.dcv.method = DCV_DNS_CHANGE;
    w.request.dcv.dns_record_type = DCV_RECORD_CAA;
    w.request.dcv.challenge_value = CHANGE;
    struct fake_answer *caa = answer("www.example.com", DNS_CAA, DNS_OK);
    fake_answer_alias(caa, "zone.example.net");
    for (size_t i = 0; i < 150; i++)
        fake_answer_caa(caa, 0, "issue", arena_printf(w.arena, "ca%zu.example", i));
    fake_answer_caa(caa, 0, "iodef", CHANGE);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(details()->records_seen.count, 100);
    assert_string_equal(details()->records_seen.items[99], CHANGE);
    assert_true(details()->records_truncated.value);
    assert_string_equal(details()->cname_chain.items[0], "zone.example.net.");
}

static void test_record_contact_below_a_nearer_set_fails(void **state)
{
    (void)state;
    use_contact_caa();
    script_empty_tree();
    fake_answer_caa(answer("www.example.com", DNS_CAA, DNS_OK), 0, "issue", "ca.example");
    fake_answer_caa(answer("example.com", DNS_CAA, DNS_OK), 0, "contactemail", "admin@example.com");
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_NO_MATCH);
    assert_string_equal(details()->found_at, "www.example.com");
    assert_false(result->has_errors);
}

static void test_record_contact_without_any_set_fails_with_the_negative_answer(void **state)
{
    (void)state;
    use_contact_caa();
    script_empty_tree();
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_NO_MATCH);
    assert_int_equal(result->details.dnssec, DNSSEC_SECURE);
    assert_string_equal(details()->query_name, "www.example.com");
    assert_int_equal(details()->response_code.value, 3);
    assert_true(details()->ad_flag.value);
    assert_true(details()->records_seen.present);
    assert_int_equal(details()->records_seen.count, 0);
    assert_null(details()->found_at);
}

static void test_record_contact_status_is_the_worst_of_the_answers_used(void **state)
{
    (void)state;
    use_contact_caa();
    script_empty_tree();
    answer("www.example.com", DNS_CAA, DNS_NXDOMAIN)->dnssec = DNSSEC_INSECURE;
    fake_answer_caa(answer("example.com", DNS_CAA, DNS_OK), 0, "contactemail", "admin@example.com");
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(result->details.dnssec, DNSSEC_INSECURE);
    assert_false(details()->ad_flag.value); /* true exactly if the check's status is secure */
}

static void test_record_contact_error_below_the_set_is_unknown(void **state)
{
    (void)state;
    static const enum dns_outcome failures[] = {DNS_SERVFAIL, DNS_BOGUS, DNS_TIMEOUT, DNS_LOCAL};
    static const enum problem problems[] = {PROBLEM_DNS_SERVFAIL, PROBLEM_DNSSEC_BOGUS,
                                            PROBLEM_DNS_TIMEOUT, PROBLEM_INTERNAL};
    use_contact_caa();
    script_empty_tree();
    fake_answer_caa(answer("example.com", DNS_CAA, DNS_OK), 0, "contactemail", "admin@example.com");
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        answer("www.example.com", DNS_CAA, failures[i]);
        const struct check_result *result = world_run();
        assert_problem(result, VERDICT_UNKNOWN, problems[i]);
        assert_null(details()->found_at);
        assert_string_equal(result->errors[0].type, LOOKUP);
    }
}

/* Whether the TLD exists is the CAA check's question (BR 4.2.2). */
static void test_record_contact_below_no_tld_fails_proven_or_not(void **state)
{
    (void)state;
    static const enum dnssec_status securities[] = {DNSSEC_SECURE, DNSSEC_INSECURE};
    use_contact_caa();
    for (size_t i = 0; i < 2; i++) {
        answer("www.example.com", DNS_CAA, DNS_NXDOMAIN);
        answer("example.com", DNS_CAA, DNS_NXDOMAIN);
        answer("com", DNS_CAA, DNS_NXDOMAIN)->dnssec = securities[i];
        assert_problem(world_run(), VERDICT_FAIL, PROBLEM_NO_MATCH);
    }
}

static void test_record_contact_cancel_at_each_moment_is_silent(void **state)
{
    (void)state;
    static const uint64_t moments_ms[] = {0, 1, 50, 150};
    use_contact_caa();
    for (size_t i = 0; i < sizeof moments_ms / sizeof *moments_ms; i++) {
        script_empty_tree();
        fake_answer_caa(answer("www.example.com", DNS_CAA, DNS_OK), 0, "issue", "ca.example");
        answer("example.com", DNS_CAA, DNS_NODATA)->delay_ms = 100;
        answer("com", DNS_CAA, DNS_NODATA)->delay_ms = FAKE_DNS_NEVER;
        world_cancel_after(moments_ms[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_record_dns_01_equal_text_passes_with_evidence),
        TEST(test_record_dns_01_other_text_fails_without_error_entry),
        TEST(test_record_wildcard_target_asks_its_base_name),
        TEST(test_record_strings_of_one_record_are_joined_but_records_are_not),
        TEST(test_record_at_the_end_of_an_alias_counts_and_the_chain_is_shown),
        TEST(test_record_unsigned_zone_is_used_and_said),
        TEST(test_record_lab_zones_show_in_local_policy),
        TEST(test_record_change_asks_the_prefixed_name_for_the_asked_type),
        TEST(test_record_account_01_asks_the_label_of_the_account),
        TEST(test_record_contact_txt_and_addresses_and_pointers_pass),
        TEST(test_record_persistent_is_usable_until_its_last_second),
        TEST(test_record_persistent_of_an_address_asks_below_its_reverse_name),
        TEST(test_record_negative_answer_fails_with_its_rcode),
        TEST(test_record_failure_without_a_packet_has_its_rcode),
        TEST(test_record_failed_lookup_is_unknown),
        TEST(test_record_failed_lookup_shows_the_rcode_that_came),
        TEST(test_record_malformed_record_spoils_the_whole_set),
        TEST(test_record_silent_server_is_unknown_at_the_dns_timeout),
        TEST(test_record_short_deadline_of_the_check_names_what_was_waited_for),
        TEST(test_record_late_answer_before_the_timeout_counts),
        TEST(test_record_deadline_that_has_passed_is_said_with_the_question),
        TEST(test_record_cancel_at_each_moment_is_silent),
        TEST(test_record_bad_parameters_ask_nobody),
        TEST(test_record_name_too_long_with_its_prefix_asks_nobody),
        TEST(test_record_special_purpose_address_fails_and_nobody_is_asked),
        TEST(test_record_special_purpose_address_of_a_lab_passes_and_is_told),
        TEST(test_record_contact_at_a_parent_passes),
        TEST(test_record_contact_shows_the_aliases_and_the_matching_record),
        TEST(test_record_change_in_the_last_of_many_caa_records_is_shown),
        TEST(test_record_contact_below_a_nearer_set_fails),
        TEST(test_record_contact_without_any_set_fails_with_the_negative_answer),
        TEST(test_record_contact_status_is_the_worst_of_the_answers_used),
        TEST(test_record_contact_error_below_the_set_is_unknown),
        TEST(test_record_contact_below_no_tld_fails_proven_or_not),
        TEST(test_record_contact_cancel_at_each_moment_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
