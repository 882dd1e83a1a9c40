/* Evidence that contradicts a yes: each row is a PASS, and says whether it is taken. */
#include "core/corroboration/evidence.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "support/unit.h"

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

static const char *contradiction(const char *raw, const struct check_request *request,
                                 struct check_result *result)
{
    struct target target;
    struct err err;
    assert_true(target_parse(raw, &target, &err));
    result->verdict = VERDICT_PASS;
    return evidence_contradiction(request, &target, result, arena);
}

static void expect(const char *why, const char *found, bool contradicts)
{
    if (!found != !contradicts)
        fail_msg("%s: %s", why, found ? found : "taken");
}

static struct strv list_of(const char *const *items)
{
    struct strv list = {.items = items, .present = items[0] != NULL};
    while (items[list.count])
        list.count++;
    return list;
}

static const char hash[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/* --- CAA ------------------------------------------------------------------------------------ */

#define OURS "0 issue \"ca.example\""

static const struct {
    const char *why, *target, *found_at;
    bool is_present;
    const char *records[4];
    const char *domains[3];
    enum certificate_type type;
    bool contradicts;
} caa_rows[] = {
    {"permits", "a.example", "a.example", true, {OURS}, {"ca.example"}, 0, false},
    {"at a parent", "b.a.example", "a.example", true, {OURS}, {"ca.example"}, 0, false},
    {"at the TLD", "b.a.example", "example", true, {OURS}, {"ca.example"}, 0, false},
    {"other spelling", "A.example", "a.EXAMPLE.", true, {OURS}, {"CA.example"}, 0, false},
    {"a U-label",
     "b\xc3\xbc"
     "cher.example",
     "xn--bcher-kva.example",
     true,
     {OURS},
     {"ca.example"},
     0,
     false},
    {"the wildcard's name", "*.a.example", "a.example", true, {OURS}, {"ca.example"}, 0, false},
    {"no place told", "a.example", NULL, true, {OURS}, {"ca.example"}, 0, false},
    {"elsewhere", "a.example", "b.example", true, {OURS}, {"ca.example"}, 0, true},
    {"below the target", "a.example", "b.a.example", true, {OURS}, {"ca.example"}, 0, true},
    {"ends alike", "a.example", "xample", true, {OURS}, {"ca.example"}, 0, true},
    {"the root", "a.example", ".", true, {OURS}, {"ca.example"}, 0, true},
    {"no name", "a.example", "a b", true, {OURS}, {"ca.example"}, 0, true},
    {"names another",
     "a.example",
     "a.example",
     true,
     {"0 issue \"other.example\""},
     {"ca.example"},
     0,
     true},
    {"names nobody", "a.example", "a.example", true, {"0 issue \";\""}, {0}, 0, true},
    {"names somebody, and the perspective may be it",
     "a.example",
     "a.example",
     true,
     {"0 issue \"other.example\""},
     {0},
     0,
     false},
    {"one of two",
     "a.example",
     "a.example",
     true,
     {"0 issue \"other.example\"", OURS},
     {"x.example", "ca.example"},
     0,
     false},
    {"critical and unknown",
     "a.example",
     "a.example",
     true,
     {OURS, "128 tbs \"x\""},
     {"ca.example"},
     0,
     true},
    {"the same, whoever the issuer is",
     "a.example",
     "a.example",
     true,
     {OURS, "128 tbs \"x\""},
     {0},
     0,
     true},
    {"the same by mistake",
     "a.example",
     "a.example",
     true,
     {"1 tbs \"x\""},
     {"ca.example"},
     0,
     true},
    {"only iodef",
     "a.example",
     "a.example",
     true,
     {"0 iodef \"mailto:a@b\""},
     {"ca.example"},
     0,
     false},
    {"issuewild forbids a wildcard",
     "*.a.example",
     "a.example",
     true,
     {OURS, "0 issuewild \";\""},
     {"ca.example"},
     0,
     true},
    {"and no other name",
     "a.example",
     "a.example",
     true,
     {OURS, "0 issuewild \";\""},
     {"ca.example"},
     0,
     false},
    {"for e-mail",
     "a.example",
     "a.example",
     true,
     {"0 issuemail \"other.example\""},
     {"ca.example"},
     CERT_S_MIME,
     true},
    {"not for e-mail",
     "a.example",
     "a.example",
     true,
     {"0 issue \"other.example\""},
     {"ca.example"},
     CERT_S_MIME,
     false},
    {"a record that is none, beside one that permits",
     "a.example",
     "a.example",
     true,
     {OURS, "0 issue \"other.exam"},
     {"ca.example"},
     0,
     true},
    {"and beside one that forbids",
     "a.example",
     "a.example",
     true,
     {"0 issue \"other.example\"", "0 issue \"ca.exam"},
     {"ca.example"},
     0,
     true},
    {"data that has no tag", "a.example", "a.example", true, {OURS, "\\# 2 0005"}, {0}, 0, true},
    {"of another spelling", "a.example", "a.example", true, {"0 issue ca.example"}, {0}, 0, true},
    {"no records told", "a.example", "a.example", true, {0}, {"ca.example"}, 0, false},
    {"none, and yet some", "a.example", NULL, false, {OURS}, {"ca.example"}, 0, true},
    {"none", "a.example", NULL, false, {0}, {"ca.example"}, 0, false},
    {"an address, of the reference",
     "192.0.2.1",
     "2.1",
     true,
     {"0 issue \"other.example\""},
     {"ca.example"},
     0,
     false},
};

static void test_caa_evidence_is_judged_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof caa_rows / sizeof *caa_rows; i++) {
        struct check_request request = {.check_type = CHECK_CAA, .target = caa_rows[i].target};
        request.caa.certificate_type = caa_rows[i].type;
        request.caa.caa_domains = list_of(caa_rows[i].domains);
        struct check_result result = {.check_type = CHECK_CAA};
        result.details.caa.caa_record_present = OPT_BOOL(caa_rows[i].is_present);
        result.details.caa.found_at = caa_rows[i].found_at;
        result.details.caa.records_seen = list_of(caa_rows[i].records);
        expect(caa_rows[i].why, contradiction(caa_rows[i].target, &request, &result),
               caa_rows[i].contradicts);
        /* A no, or none, is taken as it is. */
        struct target target;
        struct err err;
        assert_true(target_parse(caa_rows[i].target, &target, &err));
        result.verdict = VERDICT_FAIL;
        assert_null(evidence_contradiction(&request, &target, &result, arena));
    }
}

static void test_restriction_to_an_account_is_judged_again(void **state)
{
    (void)state;
    static const char *const accounts[] = {"https://ca.example/1", NULL};
    static const char *const records[][2] = {
        {"0 issue \"ca.example; accounturi=https://ca.example/1\""},
        {"0 issue \"ca.example; accounturi=https://ca.example/2\""}};
    for (size_t i = 0; i < 2; i++) {
        static const char *const domains[] = {"ca.example", NULL};
        struct check_request request = {.check_type = CHECK_CAA, .target = "a.example"};
        request.caa.caa_domains = list_of(domains);
        request.caa.account_uris = list_of(accounts);
        struct check_result result = {.check_type = CHECK_CAA};
        result.details.caa.records_seen = list_of(records[i]);
        expect("accounturi", contradiction("a.example", &request, &result), i == 1);
    }
}

static struct check_request caa_request(void)
{
    static const char *const domains[] = {"ca.example", NULL};
    struct check_request request = {.check_type = CHECK_CAA, .target = "a.example"};
    request.caa.caa_domains = list_of(domains);
    return request;
}

/* Honest answers whose aliases lead anywhere, and what they cut; and those that only say so. */
static void test_caa_records_at_an_alias_target_and_cut_sets(void **state)
{
    (void)state;
    static const char *const chain[] = {"shop.other.example.", NULL};
    const struct lookup_report lookups[] = {
        {"a.example", "CAA", "ok", "secure", list_of(chain), {0}},
        {"example", "CAA", "not_awaited", NULL, {0}, {0}}};
    const char *texts[LIMIT_REPORTED_RECORDS + 1] = {0};
    struct check_request request = caa_request();
    struct check_result result = {.check_type = CHECK_CAA};
    struct caa_details *caa = &result.details.caa;
    *caa = (struct caa_details){.caa_record_present = OPT_BOOL(true),
                                .found_at = "a.example",
                                .cname_chain = list_of(chain),
                                .records_truncated = OPT_BOOL(false),
                                .lookups = lookups,
                                .lookup_count = 2};
    texts[0] = OURS;
    caa->records_seen = list_of(texts);
    expect("an alias", contradiction("a.example", &request, &result), false);
    for (size_t i = 0; i < LIMIT_REPORTED_RECORDS; i++)
        texts[i] = arena_printf(arena, "0 issue \"other%zu.example\"", i);
    for (int is_truncated = 0; is_truncated < 2; is_truncated++) {
        caa->records_truncated = OPT_BOOL(is_truncated);
        caa->records_seen = list_of(texts);
        const char *why = contradiction("a.example", &request, &result);
        expect("those that are shown forbid", why, true);
        assert_non_null(strstr(why, "CAA records at a.example: no issue record"));
        const char *last = texts[LIMIT_REPORTED_RECORDS - 1];
        texts[LIMIT_REPORTED_RECORDS - 1] = OURS; /* the one that decides is always shown */
        expect("the last permits", contradiction("a.example", &request, &result), false);
        texts[LIMIT_REPORTED_RECORDS - 1] = last;
    }
    caa->records_truncated = (struct opt_bool){0};
    expect("not said whether", contradiction("a.example", &request, &result), true);
}

/* As caa_records_report() cuts it, or the reading of an answer: the first bytes tell the issuer. */
static void test_value_that_is_cut_is_judged_as_far_as_it_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *start;
        bool contradicts;
    } rows[] = {{"ca.example; a=", false},
                {"other.example; a=", true},
                {"ca.example; accounturi=https://ca.example/2; a=", true},
                {"ca.example; accounturi=https://ca.example/1; a=", false},
                {"ca.example; ;; a=", true},
                {"", true}};
    static const char *const accounts[] = {"https://ca.example/1", NULL};
    struct check_request request = caa_request();
    request.caa.account_uris = list_of(accounts);
    struct check_result result = {.check_type = CHECK_CAA};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static const size_t lengths[] = {LIMIT_REPORTED_RECORD_BYTES, LIMIT_REMOTE_STRING_BYTES};
        for (size_t k = 0; k < 2; k++) {
            struct buf text = {0};
            buf_printf(&text, "0 issue \"%s", rows[i].start);
            while (text.n < lengths[k] + (k ? 0 : strlen("0 issue \"")))
                buf_append(&text, "x", 1);
            if (k == 0)
                buf_printf(&text, "...\"");
            const char *const texts[] = {arena_strdup(arena, buf_str(&text)), NULL};
            buf_clear(&text);
            result.details.caa.records_seen = list_of(texts);
            expect(rows[i].start, contradiction("a.example", &request, &result),
                   rows[i].contradicts);
        }
    }
}

/* The reference does not cut. */
static void test_long_value_is_read_whole(void **state)
{
    (void)state;
    struct check_request request = caa_request();
    struct check_result result = {.check_type = CHECK_CAA};
    const char *filler = arena_printf(arena, "%0*d", 2 * LIMIT_REPORTED_RECORD_BYTES, 0);
    for (int is_ours = 0; is_ours < 2; is_ours++) {
        const char *const texts[] = {
            arena_printf(arena, "0 issue \"%s.example; a=%s\"", is_ours ? "ca" : "other", filler),
            NULL};
        result.details.caa.records_seen = list_of(texts);
        expect("long", contradiction("a.example", &request, &result), !is_ours);
    }
}

static void test_caa_lookups_are_of_the_name_and_its_parents(void **state)
{
    (void)state;
    static const char *const chain[] = {"b.other.example.", NULL};
    static const struct {
        const char *name, *type;
        bool contradicts;
    } rows[] = {{"a.example", "CAA", false},
                {"example", "CAA", false},
                {"b.example", "CAA", true},
                {"x.a.example", "CAA", true},
                {"example", "DS", false},
                {"x.a.example", "DS", true},
                {"b.other.example", "DS", false},
                {"OTHER.example.", "DS", false}, /* its zone cut */
                {"third.example", "DS", true},
                {"x.b.other.example", "DS", true},
                {"b.other.example", "CNAME", false},
                {"other.example", "CNAME", true},
                {"b.example", "CNAME", true},
                {"b.example", "TXT", true},
                {".", "DS", true},
                {"", "DS", true},
                {NULL, "CAA", true},
                {"b.example", NULL, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct lookup_report lookups[] = {
            {"a.example", "CAA", "nodata", "secure", list_of(chain), {0}},
            {"example", "CAA", "nodata", "secure", {0}, {0}},
            {rows[i].name, rows[i].type, "nodata", "secure", {0}, {0}}};
        const struct check_request request = {.check_type = CHECK_CAA, .target = "a.example"};
        struct check_result result = {.check_type = CHECK_CAA};
        result.details.caa.caa_record_present = OPT_BOOL(false);
        result.details.caa.lookups = lookups;
        result.details.caa.lookup_count = 3;
        expect(rows[i].name ? rows[i].name : "-", contradiction("a.example", &request, &result),
               rows[i].contradicts);
    }
}

/* A CNAME goes on where the one before it led to. */
static void test_aliases_are_followed_from_the_name(void **state)
{
    (void)state;
    static const char *const first[] = {"b.example.", NULL}, *const second[] = {"c.net.", NULL};
    const struct lookup_report lookups[] = {
        {"a.example", "CAA", "servfail", NULL, {0}, {0}},
        {"example", "CAA", "nodata", "secure", {0}, {0}},
        {"example", "DS", "nodata", "secure", {0}, {0}},
        {"net", "DS", "nodata", "secure", {0}, {0}},
        {"a.example", "CNAME", "ok", "secure", list_of(first), {0}},
        {"b.example", "CNAME", "ok", "insecure", list_of(second), {0}},
        {"c.net", "CNAME", "nodata", "insecure", {0}, {0}},
        {"c.net", "CAA", "timeout", NULL, {0}, {0}}};
    const struct check_request request = {.check_type = CHECK_CAA, .target = "a.example"};
    for (int left_out = 0; left_out < 8; left_out++) {
        struct lookup_report some[8];
        size_t count = 0;
        for (int i = 0; i < 8; i++)
            if (i != left_out)
                some[count++] = lookups[i];
        struct check_result result = {.check_type = CHECK_CAA};
        result.details.caa.lookup_failure_accepted = OPT_BOOL(true);
        result.details.caa.lookups = lookups;
        result.details.caa.lookup_count = 8;
        expect("all", contradiction("a.example", &request, &result), false);
        result.details.caa.lookups = some;
        result.details.caa.lookup_count = count;
        expect(arena_printf(arena, "without %d", left_out),
               contradiction("a.example", &request, &result), true);
    }
}

/* What the lookups say must fit what was found: letters of the outcomes at b.a.example, a.example and
 * example. */
static void test_search_fits_what_it_found(void **state)
{
    (void)state;
    static const char *const names[] = {"b.a.example", "a.example", "example"};
    static const struct {
        const char *outcomes[3];
        const char *found_at;
        bool is_present, is_accepted, contradicts;
    } rows[] = {
        {{"ok"}, "b.a.example", true, false, false},
        {{"nodata", "ok", "bogus"}, "a.example", true, false, false}, /* above: irrelevant */
        {{"nxdomain", "nodata", "ok"}, "EXAMPLE.", true, false, false},
        {{"nodata", "nodata", "nodata"}, NULL, false, false, false},
        {{"nodata", "of tomorrow", NULL}, NULL, false, false, true},
        {{"ok", "ok"}, "a.example", true, false, true},
        {{"bogus", "ok"}, "a.example", true, false, true},
        {{"servfail", "ok"}, "a.example", true, false, true},
        {{"nodata", "nodata"}, "a.example", true, false, true},
        {{"ok", "nodata", "nodata"}, NULL, false, false, true},
        {{"timeout", "nodata", "nodata"}, NULL, false, false, true},
        {{"timeout", "nodata", "nodata"}, NULL, true, true, false}, /* BR 4.2.2.1 */
        {{"servfail", "ok", "bogus"}, NULL, true, true, false},
        {{"servfail", "bogus", "ok"}, NULL, true, true, true},
        {{"malformed", "nodata", "nodata"}, NULL, true, true, true},
        {{"filtered", "refused", "nodata"}, NULL, true, true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lookup_report lookups[10] = {{"example", "DS", "nodata", "secure", {0}, {0}}};
        for (size_t k = 0; k < 3; k++) {
            const char *outcome = rows[i].outcomes[k] ? rows[i].outcomes[k] : "nodata";
            const char *status = str_eq(outcome, "bogus") ? NULL : "secure";
            lookups[1 + k] = (struct lookup_report){names[k], "CAA", outcome, status, {0}, {0}};
            lookups[4 + k] = (struct lookup_report){names[k], "CNAME", "nodata", NULL, {0}, {0}};
            lookups[7 + k] = lookups[1 + k]; /* once more */
        }
        const struct check_request request = {.check_type = CHECK_CAA, .target = names[0]};
        struct check_result result = {.check_type = CHECK_CAA};
        result.details.caa.lookups = lookups;
        result.details.caa.lookup_count = rows[i].is_accepted ? 10 : 7;
        result.details.caa.found_at = rows[i].found_at;
        if (rows[i].is_accepted)
            result.details.caa.lookup_failure_accepted = OPT_BOOL(true);
        else
            result.details.caa.caa_record_present = OPT_BOOL(rows[i].is_present);
        expect(arena_printf(arena, "row %zu", i), contradiction(names[0], &request, &result),
               rows[i].contradicts);
    }
}

static void test_search_says_one_thing(void **state)
{
    (void)state;
    static const char *const none[] = {NULL};
    const struct check_request request = {.check_type = CHECK_CAA};
    struct check_result result = {.check_type = CHECK_CAA};
    struct caa_details *caa = &result.details.caa;
    caa->caa_record_present = OPT_BOOL(true);
    caa->records_seen = (struct strv){.items = none, .present = true};
    expect("a set without records", contradiction("a.example", &request, &result), true);
    caa->caa_record_present = OPT_BOOL(false);
    expect("none", contradiction("a.example", &request, &result), false);
    caa->found_at = "a.example";
    expect("none, found somewhere", contradiction("a.example", &request, &result), true);
    *caa =
        (struct caa_details){.lookup_failure_accepted = OPT_BOOL(true), .lookup_tries = OPT_INT(1)};
    expect("accepted at once", contradiction("a.example", &request, &result), true);
    caa->lookup_tries = OPT_INT(2);
    expect("accepted after repeating", contradiction("a.example", &request, &result), false);
}

static void test_caa_applies_to_names(void **state)
{
    (void)state;
    const struct check_request request = {.check_type = CHECK_CAA};
    struct check_result result = {.check_type = CHECK_CAA};
    result.details.caa.applicable = OPT_BOOL(false);
    expect("a name", contradiction("a.example", &request, &result), true);
    expect("an address", contradiction("192.0.2.1", &request, &result), false);
    result.details.caa.applicable = OPT_BOOL(true);
    expect("said so", contradiction("a.example", &request, &result), false);
}

static void test_bogus_is_never_a_yes(void **state)
{
    (void)state;
    const struct check_request request = {.check_type = CHECK_CAA};
    for (int status = DNSSEC_NONE; status <= DNSSEC_BOGUS; status++) {
        struct check_result result = {.check_type = CHECK_CAA};
        result.details.dnssec = (enum dnssec_status)status;
        expect("dnssec", contradiction("a.example", &request, &result), status == DNSSEC_BOGUS);
    }
}

/* --- the methods ---------------------------------------------------------------------------- */

static const struct {
    const char *why, *target;
    enum dcv_method method;
    const char *prefix, *query_name, *found_at;
    bool contradicts;
} record_rows[] = {
    {"the prefix and the name", "a.example", DCV_ACME_DNS_01, NULL, "_acme-challenge.a.example",
     "_acme-challenge.a.example", false},
    {"in other spelling", "*.A.example", DCV_ACME_DNS_01, NULL, "_ACME-challenge.a.example.", NULL,
     false},
    {"nothing told", "a.example", DCV_ACME_DNS_01, NULL, NULL, NULL, false},
    {"without the prefix", "a.example", DCV_ACME_DNS_01, NULL, "a.example", NULL, true},
    {"found elsewhere", "a.example", DCV_ACME_DNS_01, NULL, NULL, "_acme-challenge.b.example",
     true},
    {"asked elsewhere", "a.example", DCV_ACME_DNS_01, NULL, "_acme-challenge.b.example",
     "_acme-challenge.a.example", true},
    {"a parent", "b.a.example", DCV_DNS_CHANGE, NULL, "a.example", NULL, true},
    {"of dns-change", "a.example", DCV_DNS_CHANGE, "_x", "_x.a.example", "_x.a.example", false},
    {"of dns-change, of another prefix", "a.example", DCV_DNS_CHANGE, "_x", "_y.a.example", NULL,
     true},
    {"of an address", "192.0.2.1", DCV_REVERSE_ADDRESS_LOOKUP, NULL, "1.2.0.192.in-addr.arpa", NULL,
     false},
    {"of another address", "192.0.2.1", DCV_REVERSE_ADDRESS_LOOKUP, NULL, "2.2.0.192.in-addr.arpa",
     NULL, true},
    {"a contact of a parent", "b.a.example", DCV_CONTACT_EMAIL_CAA, NULL, "a.example", "a.example",
     false},
    {"a contact found elsewhere", "b.a.example", DCV_CONTACT_EMAIL_CAA, NULL, "a.example",
     "other.example", true},
    {"a contact asked elsewhere", "b.a.example", DCV_CONTACT_PHONE_CAA, NULL, "other.example", NULL,
     true},
    {"a method for this target that there is none of", "192.0.2.1", DCV_ACME_DNS_01, NULL, "x",
     NULL, false},
};

static void test_records_are_of_the_asked_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof record_rows / sizeof *record_rows; i++) {
        struct check_request request = {.check_type = CHECK_DCV, .target = record_rows[i].target};
        request.dcv = (struct dcv_params){.method = record_rows[i].method,
                                          .dns_name_prefix = record_rows[i].prefix,
                                          .dns_record_type = DCV_RECORD_TXT,
                                          .challenge_value = "x",
                                          .key_authorization_hash = hash};
        if (record_rows[i].method == DCV_REVERSE_ADDRESS_LOOKUP)
            request.dcv.dns_record_type = DCV_RECORD_PTR;
        struct check_result result = {.check_type = CHECK_DCV, .method = record_rows[i].method};
        result.details.record.query_name = record_rows[i].query_name;
        result.details.record.found_at = record_rows[i].found_at;
        expect(record_rows[i].why, contradiction(record_rows[i].target, &request, &result),
               record_rows[i].contradicts);
        result.details.record.response_code = OPT_INT(3);
        expect("no such name", contradiction(record_rows[i].target, &request, &result), true);
    }
}

/* The values of records: `matched` NULL means that seen decides. */
static const struct {
    const char *why;
    struct dcv_params params;
    const char *seen[3];
    const char *matched;
    bool contradicts;
} value_rows[] = {
#define DIGEST "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"
#define DNS_01                                                                                     \
    {                                                                                              \
        .method = DCV_ACME_DNS_01, .key_authorization_hash = DIGEST                                \
    }
#define CHANGE(type, exact)                                                                        \
    {                                                                                              \
        .method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_##type,                            \
        .challenge_value = "value.example", .require_exact_match = (exact),                        \
        .require_exact_case = true                                                                 \
    }
#define EMAIL(method_)                                                                             \
    {                                                                                              \
        .method = (method_), .challenge_value = "a@a.example"                                      \
    }
    {"the digest", DNS_01, {"x", DIGEST}, NULL, false},
    {"another digest", DNS_01, {"x"}, NULL, true},
    {"the digest and more", DNS_01, {DIGEST " "}, NULL, true},
    {"in quotes", DNS_01, {"\"" DIGEST "\""}, NULL, true},
    {"escaped", DNS_01, {"x\\255"}, NULL, true},
    {"escaped, of the digest",
     DNS_01,
     {"\\076PJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"},
     NULL,
     false},
    {"an escape that is cut", DNS_01, {DIGEST "\\25"}, NULL, true},
    {"matched another", DNS_01, {DIGEST, "x"}, "x", true},
    {"matched", DNS_01, {"x", DIGEST}, DIGEST, false},
    {"matched what was not seen", DNS_01, {"x"}, DIGEST, true},
    {"matched, and nothing told", DNS_01, {NULL}, DIGEST, false},
    {"a part", CHANGE(TXT, false), {"x value.example y"}, NULL, false},
    {"a part where the whole was asked", CHANGE(TXT, true), {"x value.example y"}, NULL, true},
    {"in other case", CHANGE(TXT, false), {"VALUE.example"}, NULL, true},
    {"a name in other case", CHANGE(CNAME, true), {"VALUE.example."}, NULL, false},
    {"another name", CHANGE(CNAME, true), {"x.example."}, NULL, true},
    {"the value of CAA", CHANGE(CAA, true), {"Value.example"}, NULL, false},
    {"a contact", EMAIL(DCV_CONTACT_EMAIL_TXT), {"A@a.example"}, NULL, false},
    {"another contact", EMAIL(DCV_CONTACT_EMAIL_TXT), {"b@a.example"}, NULL, true},
    {"another contact in CAA", EMAIL(DCV_CONTACT_EMAIL_CAA), {"b@a.example"}, NULL, true},
    {"the address, written otherwise",
     {.method = DCV_IP_ADDRESS,
      .dns_record_type = DCV_RECORD_AAAA,
      .challenge_value = "2001:4860::8888"},
     {"2001:4860:0:0::8888"},
     NULL,
     false},
    {"another address",
     {.method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_A, .challenge_value = "8.8.8.8"},
     {"8.8.4.4"},
     NULL,
     true},
};

static void test_records_show_what_was_asked_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof value_rows / sizeof *value_rows; i++) {
        const struct check_request request = {.check_type = CHECK_DCV, .dcv = value_rows[i].params};
        struct check_result result = {.check_type = CHECK_DCV, .method = request.dcv.method};
        struct record_details *record = &result.details.record;
        record->records_seen = list_of(value_rows[i].seen);
        record->matched_record = value_rows[i].matched;
        expect(value_rows[i].why, contradiction("a.example", &request, &result),
               value_rows[i].contradicts);
        record->records_truncated = OPT_BOOL(true);
        expect("said to be cut", contradiction("a.example", &request, &result),
               value_rows[i].contradicts);
    }
}

static void test_persistent_record_is_judged_at_the_time_that_is_told(void **state)
{
    (void)state;
    static const char *const issuers[] = {"ca.example", NULL};
    static const struct {
        const char *record;
        bool contradicts;
    } rows[] = {
        {"ca.example; accounturi=https://ca.example/1", false},
        {"ca.example; accounturi=https://ca.example/1; persistUntil=1", false},
        {"ca.example; accounturi=https://ca.example/2", true},
        {"other.example; accounturi=https://ca.example/1", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct check_request request = {
            .check_type = CHECK_DCV,
            .dcv = {.method = DCV_DNS_PERSISTENT,
                    .issuer_domain_names = list_of(issuers),
                    .expected_account_uri = "https://ca.example/1"}};
        struct check_result result = {.check_type = CHECK_DCV, .method = DCV_DNS_PERSISTENT};
        result.details.record.matched_record = rows[i].record;
        expect(rows[i].record, contradiction("a.example", &request, &result), rows[i].contradicts);
        /* By the clock of the perspective, where it tells the time. */
        result.timestamp_ns = OPT_INT(INT64_C(3000000000));
        bool is_over = strstr(rows[i].record, "persistUntil=1") != NULL;
        expect(rows[i].record, contradiction("a.example", &request, &result),
               rows[i].contradicts || is_over);
    }
}

static void test_page_holds_what_was_asked_for(void **state)
{
    (void)state;
    static const struct {
        enum dcv_method method;
        const char *value, *regex, *page;
        bool contradicts;
    } rows[] = {
        {DCV_ACME_HTTP_01, "abc", NULL, "YWJj", false},     /* abc */
        {DCV_ACME_HTTP_01, "abc", NULL, "YWJjCg==", false}, /* abc, end of line */
        {DCV_ACME_HTTP_01, "abc", NULL, "YWJjZA==", true},  /* abcd */
        {DCV_ACME_HTTP_01, "abc", NULL, "", true},
        {DCV_ACME_HTTP_01, "abc", NULL, "no base64", true},
        {DCV_ACME_HTTP_01, "abc", NULL, "abc\n", false},      /* the text itself */
        {DCV_WEBSITE_CHANGE, "abc", NULL, "eGFiY3g=", false}, /* xabcx */
        {DCV_WEBSITE_CHANGE, "abc", NULL, "QUJD", true},      /* ABC */
        {DCV_WEBSITE_CHANGE, "abc", "^x", "YWJj", false},     /* may need more of it */
        {DCV_WEBSITE_CHANGE, "", "^x", "YWJj", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct check_request request = {.check_type = CHECK_DCV,
                                              .dcv = {.method = rows[i].method,
                                                      .key_authorization = rows[i].value,
                                                      .challenge_value = rows[i].value,
                                                      .match_regex = rows[i].regex,
                                                      .require_exact_case = true}};
        struct check_result result = {.check_type = CHECK_DCV, .method = rows[i].method};
        result.details.http.response_page = rows[i].page;
        expect(rows[i].page, contradiction("a.example", &request, &result), rows[i].contradicts);
    }
}

/* `*` stands for the path of the method. */
static const struct {
    const char *why, *target, *url;
    int status;
    bool contradicts;
} http_rows[] = {
    {"the target", "a.example", "http://a.example*", 200, false},
    {"in other case, with its port", "a.example", "HTTP://A.example:80*", 200, false},
    {"with another port", "a.example", "http://a.example:8080*", 200, true},
    {"by TLS", "a.example", "https://a.example*", 200, true},
    {"another path", "a.example", "http://a.example*x", 200, true},
    {"with a query", "a.example", "http://a.example*?x", 200, true},
    {"the host alone", "a.example", "http://a.example/", 200, true},
    {"a U-label",
     "b\xc3\xbc"
     "cher.example",
     "http://xn--bcher-kva.example*", 200, false},
    {"an address", "192.0.2.1", "http://192.0.2.1*", 200, false},
    {"an IPv6 address", "2001:db8::1", "http://[2001:DB8:0::1]*", 200, false},
    {"nothing told", "a.example", NULL, 200, false},
    {"no status told", "a.example", "http://a.example*", 0, false},
    {"elsewhere", "a.example", "http://b.example*", 200, true},
    {"below it", "a.example", "http://www.a.example*", 200, true},
    {"as a user", "a.example", "http://a.example@b.example*", 200, true},
    {"as a user with a password", "a.example", "http://a.example:80@b.example*", 200, true},
    {"behind something", "a.example", "b.example?http://a.example*", 200, true},
    {"of another scheme", "a.example", "ftp://a.example*", 200, true},
    {"no URL", "a.example", "a.example", 200, true},
    {"an open bracket", "2001:db8::1", "http://[2001:db8::1", 200, true},
    {"created", "a.example", "http://a.example*", 201, false},
    {"not found", "a.example", "http://a.example*", 404, true},
    {"moved", "a.example", "http://a.example*", 301, true},
    {"a part", "a.example", "http://a.example*", 206, true},
    {"to be continued", "a.example", "http://a.example*", 100, true},
};

static const char *with_path(const char *url, enum dcv_method method)
{
    const char *star = url ? strchr(url, '*') : NULL;
    if (!star)
        return url;
    return arena_printf(arena, "%.*s/.well-known/%s/t%s", (int)(star - url), url,
                        method == DCV_ACME_HTTP_01 ? "acme-challenge" : "pki-validation", star + 1);
}

static void test_pages_are_of_the_asked_url(void **state)
{
    (void)state;
    static const enum dcv_method methods[] = {DCV_ACME_HTTP_01, DCV_WEBSITE_CHANGE};
    for (size_t i = 0; i < sizeof http_rows / sizeof *http_rows; i++)
        for (size_t k = 0; k < 2; k++) {
            const struct check_request request = {
                .check_type = CHECK_DCV,
                .dcv = {.method = methods[k], .token = "t", .http_token_path = "t"}};
            struct check_result result = {.check_type = CHECK_DCV, .method = methods[k]};
            result.details.http.response_url = with_path(http_rows[i].url, methods[k]);
            if (http_rows[i].status)
                result.details.http.response_status_code = OPT_INT(http_rows[i].status);
            expect(http_rows[i].why, contradiction(http_rows[i].target, &request, &result),
                   http_rows[i].contradicts);
        }
}

/* What Open MPIC's perspectives tell: what they followed, without the hops. */
static void test_redirects_of_others_have_a_status_that_may_be_followed(void **state)
{
    (void)state;
    static const struct {
        int status;
        bool contradicts;
    } rows[] = {{301, false}, {302, false}, {303, true}, {307, false}, {308, false}, {300, true}};
    const struct check_request request = {.check_type = CHECK_DCV,
                                          .dcv = {.method = DCV_ACME_HTTP_01, .token = "t"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct redirect_report history[21];
        for (size_t k = 0; k < 21; k++)
            history[k] = (struct redirect_report){rows[i].status, "/x"};
        struct check_result result = {.check_type = CHECK_DCV, .method = DCV_ACME_HTTP_01};
        result.details.http.response_history = history;
        result.details.http.response_history_count = 19;
        expect("19", contradiction("a.example", &request, &result), rows[i].contradicts);
        result.details.http.response_history_count = 20;
        expect("20", contradiction("a.example", &request, &result), true);
    }
}

static const struct {
    const char *why, *target, *sni, *alpn, *digest;
    bool contradicts;
} tls_rows[] = {
    {"all as asked", "a.example", "a.example", "acme-tls/1", hash, false},
    {"nothing told", "a.example", NULL, NULL, NULL, false},
    {"digest in upper case", "a.example", NULL, NULL,
     "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", false},
    {"of an address", "192.0.2.1", "1.2.0.192.in-addr.arpa", "acme-tls/1", hash, false},
    {"an address as name", "192.0.2.1", "192.0.2.1", "acme-tls/1", hash, true},
    {"another name", "a.example", "b.example", "acme-tls/1", hash, true},
    {"another protocol", "a.example", "a.example", "http/1.1", hash, true},
    {"another digest", "a.example", "a.example", "acme-tls/1",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ae", true},
};

static void test_handshake_is_the_asked_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tls_rows / sizeof *tls_rows; i++) {
        const struct check_request request = {
            .check_type = CHECK_DCV,
            .dcv = {.method = DCV_ACME_TLS_ALPN_01, .key_authorization_hash = hash}};
        struct check_result result = {.check_type = CHECK_DCV, .method = DCV_ACME_TLS_ALPN_01};
        result.details.tls_alpn.sni = tls_rows[i].sni;
        result.details.tls_alpn.alpn = tls_rows[i].alpn;
        result.details.tls_alpn.digest_seen = tls_rows[i].digest;
        expect(tls_rows[i].why, contradiction(tls_rows[i].target, &request, &result),
               tls_rows[i].contradicts);
    }
}

static void test_certificate_is_for_the_target_alone(void **state)
{
    (void)state;
    static const struct {
        const char *target, *san[3];
        bool contradicts;
    } rows[] = {
        {"a.example", {"DNS:A.example"}, false},
        {"a.example", {"DNS:b.example"}, true},
        {"a.example", {"DNS:a.example", "DNS:b.example"}, true},
        {"a.example", {"URI:a.example"}, true},
        {"192.0.2.1", {"IP:192.0.2.1"}, false},
        {"192.0.2.1", {"DNS:192.0.2.1"}, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct check_request request = {.check_type = CHECK_DCV,
                                              .dcv = {.method = DCV_ACME_TLS_ALPN_01}};
        struct check_result result = {.check_type = CHECK_DCV, .method = DCV_ACME_TLS_ALPN_01};
        result.details.tls_alpn.san = list_of(rows[i].san);
        expect(rows[i].san[0], contradiction(rows[i].target, &request, &result),
               rows[i].contradicts);
    }
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_caa_evidence_is_judged_again),
        CASE(test_restriction_to_an_account_is_judged_again),
        CASE(test_caa_records_at_an_alias_target_and_cut_sets),
        CASE(test_value_that_is_cut_is_judged_as_far_as_it_is_told),
        CASE(test_long_value_is_read_whole),
        CASE(test_caa_lookups_are_of_the_name_and_its_parents),
        CASE(test_aliases_are_followed_from_the_name),
        CASE(test_search_fits_what_it_found),
        CASE(test_search_says_one_thing),
        CASE(test_caa_applies_to_names),
        CASE(test_bogus_is_never_a_yes),
        CASE(test_records_are_of_the_asked_name),
        CASE(test_records_show_what_was_asked_for),
        CASE(test_persistent_record_is_judged_at_the_time_that_is_told),
        CASE(test_page_holds_what_was_asked_for),
        CASE(test_pages_are_of_the_asked_url),
        CASE(test_redirects_of_others_have_a_status_that_may_be_followed),
        CASE(test_handshake_is_the_asked_one),
        CASE(test_certificate_is_for_the_target_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
