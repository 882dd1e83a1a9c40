/*
 * The evidence of every method against its verdict: real checks that passed, as JSON, with each property
 * changed in turn. What then contradicts the yes must not be counted; the properties that say nothing of it
 * are listed, each with its reason.
 */
#include "support/check_world.h"
#include "support/make_cert.h"

#include "base/buf.h"
#include "base/str.h"
#include "core/corroboration/evidence.h"
#include "core/corroboration/quorum.h"
#include "core/rules/dcv_record.h"
#include "crypto/digest.h"
#include "wire/wire.h"

#include <fnmatch.h>
#include <jansson.h>
#include <string.h>

#define TARGET  "www.example.com"
#define TOKEN   "tok1"
#define KEY     "tok1.thumbprint"
#define DIGEST  "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
#define VALUE   "a-challenge-of-many-characters"
#define ACCOUNT "https://ca.example/acct/1"
#define OTHER   "other.example"
#define HASH                                                                                       \
    "000102030405060708090a0b0c0d0e0f"                                                             \
    "101112131415161718191a1b1c1d1e1f"

static const char *const issuers[] = {"ca.example"};
static const struct strv issuer_list = {.items = issuers, .count = 1, .present = true};

/* --- judging ---------------------------------------------------------------------------------- */

/* NULL if the answer counts. */
static const char *refusal(const json_t *answer, struct arena *arena)
{
    const struct wire_expectation expected = {&w.request, "here"};
    struct check_result result;
    struct target target;
    struct err err = {0};
    char *text = json_dumps(answer, JSON_COMPACT);
    bool is_read = wire_decode_check_result(bytes_of(text), &expected, arena, &result, &err);
    free(text);
    if (!is_read)
        return arena_strdup(arena, err.text);
    assert_true(target_parse(w.request.target, &target, &err));
    const char *fault = evidence_contradiction(&w.request, &target, &result, arena);
    if (fault)
        return fault;
    return result_corroborates(&w.request, &result) ? NULL : "it does not corroborate";
}

static json_t *run(void)
{
    struct buf out = {0};
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    wire_encode_check_result(result, &out);
    json_t *answer = json_loads(buf_str(&out), 0, NULL);
    buf_clear(&out);
    assert_non_null(answer);
    return answer;
}

/* --- changing --------------------------------------------------------------------------------- */

/* A path like "lookups.0.name" below details. */
static json_t *find(json_t *node, const char *path)
{
    while (node && *path) {
        char key[64];
        size_t n = strcspn(path, ".");
        assert_true(n < sizeof key);
        memcpy(key, path, n);
        key[n] = '\0';
        node = json_is_array(node) ? json_array_get(node, (size_t)atoi(key))
                                   : json_object_get(node, key);
        path += n + (path[n] == '.');
    }
    return node;
}

static void replace(json_t *details, const char *path, json_t *value)
{
    const char *dot = strrchr(path, '.');
    char parent_path[200];
    snprintf(parent_path, sizeof parent_path, "%.*s", dot ? (int)(dot - path) : 0, path);
    json_t *parent = find(details, parent_path);
    const char *key = dot ? dot + 1 : path;
    assert_non_null(parent);
    if (json_is_array(parent))
        json_array_set_new(parent, (size_t)atoi(key), value);
    else
        json_object_set_new(parent, key, value);
}

/* Of a value that is there: others of its type. */
static json_t *other_value(const json_t *value, int which)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return which == 0   ? json_string(OTHER)
               : which == 1 ? json_string("")
               : which == 2 ? json_sprintf("%s.%s", json_string_value(value), OTHER)
                            : NULL;
    case JSON_INTEGER:
        return which == 0   ? json_integer(json_integer_value(value) + 1000)
               : which == 1 ? json_integer(-1)
                            : NULL;
    case JSON_TRUE:
    case JSON_FALSE:
        return which == 0 ? json_boolean(json_is_false(value)) : NULL;
    case JSON_ARRAY:
        return which == 0 && json_array_size(value) > 0 ? json_array() : NULL;
    case JSON_OBJECT:
    case JSON_REAL:
    case JSON_NULL:
        break;
    }
    return NULL;
}

struct change {
    json_t *answer;
    const char *const (*silent)[2]; /* patterns of paths that say nothing of the verdict, and why */
    bool *used;
    size_t tried, missed;
};

static bool is_silent(const struct change *change, const char *path)
{
    for (size_t i = 0; change->silent[i][0]; i++)
        if (fnmatch(change->silent[i][0], path, 0) == 0)
            return change->used[i] = true;
    return false;
}

static void try_changes(struct change *change, const char *path, const json_t *value)
{
    json_t *other;
    for (int which = 0; (other = other_value(value, which)); which++) {
        struct arena *arena = arena_new();
        json_t *copy = json_deep_copy(change->answer);
        char *text = json_dumps(other, JSON_ENCODE_ANY);
        replace(json_object_get(copy, "details"), path, other);
        bool is_counted = !refusal(copy, arena);
        change->tried++;
        if (is_counted && !is_silent(change, path)) {
            change->missed++;
            print_message("counted although %s is %s\n", path, text);
        }
        free(text);
        json_decref(copy);
        arena_free(arena);
    }
}

static void walk(struct change *change, const char *path, json_t *node)
{
    const char *key;
    json_t *item;
    size_t i;
    char below[200];
    if (*path)
        try_changes(change, path, node);
    json_object_foreach(node, key, item)
    {
        snprintf(below, sizeof below, "%s%s%s", path, *path ? "." : "", key);
        walk(change, below, item);
    }
    json_array_foreach(node, i, item)
    {
        snprintf(below, sizeof below, "%s.%zu", path, i);
        walk(change, below, item);
    }
}

/* A change of our own: what `path` is then, as JSON. */
struct lie {
    const char *path, *value;
};

static void expect_lies(json_t *answer, const struct lie *lies)
{
    for (; lies->path; lies++) {
        json_t *copy = json_deep_copy(answer);
        json_t *value = json_loads(lies->value, JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        replace(json_object_get(copy, "details"), lies->path, value);
        if (!refusal(copy, w.arena))
            fail_msg("counted although %s is %s", lies->path, lies->value);
        json_decref(copy);
    }
}

enum { SILENT_MAX = 32 };

/* Runs the check that is set up, and changes all of its evidence. */
static json_t *expect_evidence_counts(const char *const (*silent)[2], bool used[SILENT_MAX])
{
    json_t *answer = run();
    struct change change = {.answer = answer, .silent = silent, .used = used};
    const char *fault = refusal(answer, w.arena);
    if (fault)
        fail_msg("an honest answer is not counted: %s", fault);
    walk(&change, "", json_object_get(answer, "details"));
    assert_true(change.tried > 10);
    assert_int_equal(change.missed, 0);
    return answer;
}

static void expect_all_used(const char *const (*silent)[2], const bool used[SILENT_MAX])
{
    for (size_t i = 0; silent[i][0]; i++)
        if (!used[i])
            fail_msg("%s is listed, and never counted", silent[i][0]);
}

static json_t *expect_this_counts(const char *const (*silent)[2])
{
    bool used[SILENT_MAX] = {false};
    json_t *answer = expect_evidence_counts(silent, used);
    expect_all_used(silent, used);
    return answer;
}

/* What Open MPIC's perspectives tell, which is little: those properties alone. */
static void expect_reference_counts(const json_t *answer, const char *const *properties)
{
    json_t *sparse = json_deep_copy(answer), *details = json_object();
    for (; *properties; properties++)
        json_object_set(details, *properties,
                        json_object_get(json_object_get(answer, "details"), *properties));
    json_object_set_new(sparse, "details", details);
    const char *fault = refusal(sparse, w.arena);
    if (fault)
        fail_msg("a sparse answer is not counted: %s", fault);
    json_decref(sparse);
}

/* --- CAA -------------------------------------------------------------------------------------- */

static int setup_caa(void **state)
{
    world_setup(state);
    w.request = (struct check_request){.check_type = CHECK_CAA, .target = TARGET};
    w.request.has_caa_params = true;
    w.request.caa.caa_domains = issuer_list;
    fake_dns_set_default(DNS_NODATA, DNSSEC_SECURE);
    return 0;
}

static const char *const caa_reference[] = {"caa_record_present", "found_at", "records_seen", NULL};

#define SENTENCE "the sentence for people"
#define ABSENT   "what is absent is not judged"
#define A_NUMBER "any number fits"
#define A_CUT    "no part of the proof, and a zone cut above what is"

static void test_caa_records_at_an_alias(void **state)
{
    (void)state;
    struct fake_answer *set = fake_dns_answer(w.dns, "example.com", DNS_CAA, DNS_OK);
    fake_answer_alias(set, "shop.other.example");
    fake_answer_caa(set, 0, "issue", "ca.example");
    fake_answer_caa(set, 0, "iodef", "mailto:a@ca.example");
    static const char *const silent[][2] = {
        {"reason", SENTENCE},
        {"duration_ms", A_NUMBER},
        {"ttl_s", A_NUMBER},
        {"lookup_tries", A_NUMBER},
        {"lookups", ABSENT},
        {"lookups.2.*", "above the set"},
        {"records_truncated", "a part decides as all of it"},
        {NULL, NULL},
    };
    json_t *answer = expect_this_counts(silent);
    static const struct lie lies[] = {
        {"records_seen", "[\"0 issue \\\"other.example\\\"\"]"},
        {"records_seen", "[\"0 issue \\\";\\\"\"]"},
        {"records_seen", "[\"0 issue \\\"ca.example\\\"\", \"128 tbs \\\"x\\\"\"]"},
        {"records_seen", "[\"0 issue \\\"ca.example\\\"\", \"1 tbs \\\"x\\\"\"]"},
        {"records_seen", "[\"0 issue \\\"ca.example\\\"\", \"\\\\# 2 0005\"]"},
        {"records_seen", "[\"0 issue \\\"ca.example\\\"\", \"0 issue \\\"ca.exam\"]"},
        {"caa_record_present", "null"},
        {"found_at", "\"com\""},
        {"found_at", "\"www.example.com\""},
        {"dnssec", "\"bogus\""},
        {"extended_dns_errors", "[{\"code\": 3, \"text\": \"\"}]"},
        {"extended_dns_errors", "[{\"code\": 18, \"text\": \"\"}]"},
        {"lookup_failure_accepted", "true"},
        {"applicable", "false"},
        {"cname_chain", "[]"},
        {"lookups.0.outcome", "\"ok\""},
        {"lookups.0.outcome", "\"bogus\""},
        {"lookups.0.outcome", "\"servfail\""},
        {"lookups.0.outcome", "null"},
        {"lookups.0.name", "\"com\""},
        {"lookups.0.status", "\"bogus\""},
        {"lookups.1.status", "\"insecure\""},
        {"lookups.1.outcome", "\"nodata\""},
        {"lookups.2", "{\"name\": \"a.other.example\", \"type\": \"DS\", \"outcome\": \"nodata\"}"},
        {"lookups.2",
         "{\"name\": \"a.shop.other.example\", \"type\": \"CNAME\", \"outcome\": \"nodata\"}"},
        {NULL, NULL},
    };
    expect_lies(answer, lies);
    expect_reference_counts(answer, caa_reference);
    json_decref(answer);
}

static void test_caa_no_records(void **state)
{
    (void)state;
    static const char *const silent[][2] = {
        {"reason", SENTENCE},
        {"duration_ms", A_NUMBER},
        {"lookup_tries", A_NUMBER},
        {"lookups", ABSENT},
        {NULL, NULL},
    };
    json_t *answer = expect_this_counts(silent);
    static const struct lie lies[] = {
        {"caa_record_present", "null"},
        {"found_at", "\"www.example.com\""},
        {"records_seen", "[\"0 issue \\\"ca.example\\\"\"]"},
        {"lookups.0.outcome", "\"ok\""},
        {"lookups.1.outcome", "\"timeout\""},
        {"lookups.2.outcome", "\"nxdomain\""}, /* an Internal Name */
        {"lookups.2.outcome", "\"not_awaited\""},
        {"lookups.2.name", "\"example.com\""},
        {"cname_chain", "[\"other.example.\"]"},
        {NULL, NULL},
    };
    expect_lies(answer, lies);
    expect_reference_counts(answer, caa_reference);
    json_decref(answer);
}

static void test_caa_failure_that_is_accepted(void **state)
{
    (void)state;
    static const uint8_t delegation[] = {0, 0, 1, 0x20}; /* NS, neither DS nor SOA */
    const struct bytes nsec = {delegation, sizeof delegation};
    w.request.caa.allow_lookup_failure = true;
    fake_dns_answer(w.dns, TARGET, DNS_CAA, DNS_SERVFAIL);
    fake_answer_target(fake_dns_answer(w.dns, TARGET, DNS_CNAME, DNS_OK), "shop.other.example");
    fake_dns_answer(w.dns, "shop.other.example", DNS_CNAME, DNS_SERVFAIL);
    fake_dns_answer(w.dns, "shop.other.example", DNS_CAA, DNS_SERVFAIL);
    fake_answer_denial(fake_dns_answer(w.dns, "example.com", DNS_DS, DNS_NODATA), "example.com",
                       DNS_NSEC, nsec);
    fake_answer_denial(fake_dns_answer(w.dns, "other.example", DNS_DS, DNS_NODATA), "other.example",
                       DNS_NSEC, nsec);
    fake_dns_answer(w.dns, TARGET, DNS_DS, DNS_SERVFAIL);
    fake_dns_answer(w.dns, "com", DNS_DS, DNS_OK);
    fake_dns_answer(w.dns, "shop.other.example", DNS_DS, DNS_SERVFAIL);
    fake_dns_answer(w.dns, "example", DNS_DS, DNS_OK);
    static const char *const silent[][2] = {
        {"reason", SENTENCE}, {"duration_ms", A_NUMBER}, {"lookup_tries", A_NUMBER},
        {"lookups", ABSENT},  {"lookups.3.*", A_CUT},    {"lookups.[5-8].*", A_CUT},
        {NULL, NULL},
    };
    json_t *answer = expect_this_counts(silent);
    static const struct lie lies[] = {
        {"lookup_tries", "1"},
        {"caa_record_present", "false"},
        {"dnssec", "\"secure\""},
        {"lookups.0.outcome", "\"nodata\""}, /* no failure at all */
        {"lookups.0.outcome", "\"malformed\""},
        {"lookups.4.outcome", "\"ok\""}, /* a chain of trust */
        {"lookups.4.outcome", "\"nxdomain\""},
        {"lookups.4.status", "\"indeterminate\""},
        {"lookups.4.name", "\"www.other.example\""},
        {"lookups.9.outcome", "\"nodata\""},
        {"lookups.9.cname_chain", "[\"elsewhere.net.\"]"},
        {"lookups.9.cname_chain", "[]"},
        {"lookups.11.outcome", "\"nodata\""}, /* it answers */
        {"lookups.11.name", "\"other.example\""},
        {NULL, NULL},
    };
    expect_lies(answer, lies);
    json_decref(answer);
}

/* --- DNS records ------------------------------------------------------------------------------ */

static int setup_dcv(void **state)
{
    world_setup(state);
    w.request.dcv.key_authorization_hash = DIGEST;
    w.request.dcv.dns_record_type = DCV_RECORD_TXT;
    fake_dns_set_default(DNS_NODATA, DNSSEC_SECURE);
    return 0;
}

static const char *const record_reference[] = {"validation_method",
                                               "records_seen",
                                               "response_code",
                                               "ad_flag",
                                               "found_at",
                                               "cname_chain",
                                               NULL};

/* Of every method that asks one question; two records, at the end of an alias. */
static const struct record_case {
    enum dcv_method method;
    enum dcv_record_type type;
    const char *target, *name;
    uint16_t dns_type;
    const char *matching, *other; /* NULL: only one record */
} record_cases[] = {
    {DCV_ACME_DNS_01, DCV_RECORD_TXT, TARGET, "_acme-challenge." TARGET, DNS_TXT, DIGEST, "x"},
    {DCV_DNS_ACCOUNT_01, DCV_RECORD_TXT, TARGET, NULL, DNS_TXT, DIGEST, "x"},
    {DCV_DNS_CHANGE, DCV_RECORD_TXT, TARGET, "_dnsauth." TARGET, DNS_TXT, "a " VALUE, "x"},
    {DCV_DNS_CHANGE, DCV_RECORD_CNAME, TARGET, "_dnsauth." TARGET, DNS_CNAME, VALUE, NULL},
    {DCV_DNS_CHANGE, DCV_RECORD_CAA, TARGET, "_dnsauth." TARGET, DNS_CAA, VALUE, "x"},
    {DCV_DNS_PERSISTENT, DCV_RECORD_TXT, TARGET, "_validation-persist." TARGET, DNS_TXT,
     "ca.example; accounturi=" ACCOUNT "; persistUntil=4102444800", "ca.example; accounturi=x"},
    {DCV_CONTACT_EMAIL_TXT, DCV_RECORD_TXT, TARGET, "_validation-contactemail." TARGET, DNS_TXT,
     "admin@example.com", "b@example.com"},
    {DCV_CONTACT_PHONE_TXT, DCV_RECORD_TXT, TARGET, "_validation-contactphone." TARGET, DNS_TXT,
     "+1-555-0100", "+1-555-0101"},
    {DCV_IP_ADDRESS, DCV_RECORD_A, TARGET, TARGET, DNS_A, WORLD_IPV4, WORLD_IPV4B},
    {DCV_REVERSE_ADDRESS_LOOKUP, DCV_RECORD_PTR, WORLD_IPV4, "34.216.184.93.in-addr.arpa", DNS_PTR,
     "www.example.com", "other.example.net"},
};

static void add_record(struct fake_answer *answer, uint16_t type, const char *text)
{
    if (type == DNS_TXT)
        fake_answer_txt(answer, text);
    else if (type == DNS_CAA)
        fake_answer_caa(answer, 0, "anything", text);
    else if (type == DNS_A)
        fake_answer_address(answer, text);
    else
        fake_answer_target(answer, text);
}

static void set_up_record(const struct record_case *row)
{
    struct dcv_params *dcv = &w.request.dcv;
    w.request.target = row->target;
    *dcv = (struct dcv_params){.method = row->method,
                               .dns_record_type = row->type,
                               .require_exact_case = true,
                               .key_authorization_hash = DIGEST,
                               .account_uri = ACCOUNT,
                               .expected_account_uri = ACCOUNT,
                               .issuer_domain_names = issuer_list,
                               .dns_name_prefix = row->method == DCV_DNS_CHANGE ? "_dnsauth" : NULL,
                               .challenge_value =
                                   row->method == DCV_DNS_CHANGE ? VALUE : row->matching};
    const char *name =
        row->name ? row->name
                  : arena_printf(w.arena, "%s.%s", dcv_record_prefix(dcv, NULL, w.arena), TARGET);
    struct fake_answer *answer = fake_dns_answer(w.dns, name, row->dns_type, DNS_OK);
    if (row->dns_type != DNS_CNAME)
        fake_answer_alias(answer, "x.dcv.example");
    if (row->other)
        add_record(answer, row->dns_type, row->other);
    add_record(answer, row->dns_type, row->matching);
}

static void test_records_of_every_method(void **state)
{
    (void)state;
    static const char *const silent[][2] = {
        {"duration_ms", A_NUMBER},
        {"ttl_s", A_NUMBER},
        {"records_truncated", "a part decides as all of it"},
        {"records_seen.0", "another record"},
        {"rejected_records*", "of other records"},
        {NULL, NULL},
    };
    static const struct lie lies[] = {
        {"records_seen", "[\"x\"]"},
        {"records_seen", "[\"x\\\\255\"]"},
        {"records_seen", "[\"\\\"x\\\"\"]"},
        {"records_seen", "[]"},
        {"matched_record", "\"\\\"x\\\"\""},
        {"matched_record", "\"\\\\120\""},
        {"response_code", "3"},
        {"dnssec", "\"bogus\""},
        {"dnssec", "\"insecure\""},
        {"extended_dns_errors", "[{\"code\": 6, \"text\": \"\"}]"},
        {"lookups", "[{\"name\": \"a.other.example\", \"type\": \"TXT\", \"outcome\": \"ok\"}]"},
        {"lookups", "[{\"name\": \"a.dcv.example\", \"type\": \"DS\", \"outcome\": \"ok\"}]"},
        {"lookups", "[{\"name\": null, \"type\": \"DS\", \"outcome\": \"ok\"}]"},
        {NULL, NULL},
    };
    bool used[SILENT_MAX] = {false};
    for (size_t i = 0; i < sizeof record_cases / sizeof *record_cases; i++) {
        fake_dns_reset();
        set_up_record(&record_cases[i]);
        print_message("%s\n", dcv_method_str(record_cases[i].method));
        json_t *answer = expect_evidence_counts(silent, used);
        expect_lies(answer, lies);
        expect_reference_counts(answer, record_reference);
        json_decref(answer);
    }
    expect_all_used(silent, used);
}

static void test_contacts_of_a_search(void **state)
{
    (void)state;
    static const enum dcv_method methods[] = {DCV_CONTACT_EMAIL_CAA, DCV_CONTACT_PHONE_CAA};
    static const char *const silent[][2] = {
        {"duration_ms", A_NUMBER},        {"ttl_s", A_NUMBER},
        {"records_truncated", A_NUMBER},  {"lookups", ABSENT},
        {"lookups.2.*", "above the set"}, {NULL, NULL},
    };
    for (size_t i = 0; i < 2; i++) {
        bool is_phone = methods[i] == DCV_CONTACT_PHONE_CAA;
        fake_dns_reset();
        fake_dns_set_default(DNS_NODATA, DNSSEC_SECURE);
        w.request.dcv =
            (struct dcv_params){.method = methods[i],
                                .dns_record_type = DCV_RECORD_CAA,
                                .challenge_value = is_phone ? "+1-555-0100" : "admin@example.com"};
        struct fake_answer *set = fake_dns_answer(w.dns, "example.com", DNS_CAA, DNS_OK);
        fake_answer_alias(set, "shop.other.example");
        fake_answer_caa(set, 0, is_phone ? "contactphone" : "contactemail",
                        w.request.dcv.challenge_value);
        json_t *answer = expect_this_counts(silent);
        static const struct lie lies[] = {
            {"lookups.0.outcome", "\"ok\""},
            {"lookups.0.outcome", "\"timeout\""},
            {"lookups.1.outcome", "\"nodata\""},
            {"lookups.2", "{\"name\": \"a.net\", \"type\": \"TXT\", \"outcome\": \"ok\"}"},
            {"records_seen", "[\"x\"]"},
            {"found_at", "null"},
            {NULL, NULL},
        };
        expect_lies(answer, lies);
        expect_reference_counts(answer, record_reference);
        json_decref(answer);
    }
}

/* --- HTTP ------------------------------------------------------------------------------------- */

#define ACME_URL "http://" TARGET "/.well-known/acme-challenge/" TOKEN
#define SITE_URL "http://" TARGET "/.well-known/pki-validation/file.txt"

static const char *const http_reference[] = {"validation_method", "response_history",
                                             "response_url",      "response_status_code",
                                             "response_page",     NULL};

static void use_hosts(void)
{
    fake_answer_address(fake_dns_answer(w.dns, TARGET, DNS_AAAA, DNS_OK), WORLD_IPV6);
    struct fake_answer *a = fake_dns_answer(w.dns, TARGET, DNS_A, DNS_OK);
    fake_answer_alias(a, "shop.other.example");
    fake_answer_address(a, WORLD_IPV4);
    fake_answer_address(a, "10.0.0.1");
    fake_answer_address(fake_dns_answer(w.dns, OTHER, DNS_A, DNS_OK), WORLD_IPV4B);
}

/* IPv6 does not connect, IPv4 redirects to https elsewhere. */
static void script_redirect(const char *url, const char *page)
{
    struct fake_response *closed = fake_fetch_response(url, WORLD_IPV6);
    closed->status = PEER_CONNECT_FAILED;
    closed->status_code = 0;
    struct fake_response *moved = fake_fetch_response(url, WORLD_IPV4);
    moved->status_code = 302;
    fake_response_header(moved, "Location", "https://" OTHER "/there");
    struct fake_response *there = fake_fetch_response("https://" OTHER "/there", WORLD_IPV4B);
    there->tls_version = "TLSv1.3";
    fake_response_body(there, bytes_of(page));
}

#define NOT_USED "another address than the one that was connected to"

static const char *const http_silent[][2] = {
    {"duration_ms", A_NUMBER},
    {"body_bytes", A_NUMBER}, /* of website-change */
    {"hops", ABSENT},
    {"hops.*.lookups", ABSENT},
    {"hops.*.addresses_tried", ABSENT},
    {"hops.*.addresses_resolved.2", NOT_USED},
    {"hops.*.addresses_refused*", NOT_USED},
    {"hops.0.lookups.1.cname_chain*", "an alias may lead anywhere"},
    {"hops.1.lookups.*.name", "it is the host already"},
    {NULL, NULL},
};

static const struct lie http_lies[] = {
    {"hops.1.tls_version", "\"TLSv1.1\""},
    {"hops.1.tls_version", "\"SSLv3\""},
    {"hops.0.tls_version", "\"TLSv1.3\""},
    {"hops.0.address_used", "\"127.0.0.1\""},
    {"hops.1.address_used", "\"10.0.0.1\""},
    {"hops.1.address_used", "\"" WORLD_IPV6 "\""},
    {"response_history.0.status_code", "303"},
    {"response_history.0.url", "\"ftp://other.example/there\""},
    {"response_history.0.url", "\"https://other.example:8443/there\""},
    {"response_status_code", "206"},
    {"response_status_code", "404"},
    {"response_page", "\"eA==\""},
    {"response_page", "\"no base64\""},
    {"hops.0.lookups.1.outcome", "\"nodata\""},
    {"dnssec", "\"bogus\""},
    {NULL, NULL},
};

static void test_pages_of_both_methods(void **state)
{
    (void)state;
    bool used[SILENT_MAX] = {false};
    for (int is_acme = 0; is_acme < 2; is_acme++) {
        fake_dns_reset();
        fake_dns_set_default(DNS_NODATA, DNSSEC_SECURE);
        use_hosts();
        w.request.dcv = (struct dcv_params){
            .method = is_acme ? DCV_ACME_HTTP_01 : DCV_WEBSITE_CHANGE,
            .token = TOKEN,
            .key_authorization = KEY,
            .http_token_path = "file.txt",
            .challenge_value = VALUE,
            .match_regex = "^<p>",
            .require_exact_case = true,
        };
        script_redirect(is_acme ? ACME_URL : SITE_URL, is_acme ? KEY "\n" : "<p>" VALUE "</p>");
        json_t *answer = expect_evidence_counts(http_silent, used);
        expect_lies(answer, http_lies);
        expect_reference_counts(answer, http_reference);
        json_decref(answer);
    }
    expect_all_used(http_silent, used);
}

/* --- TLS-ALPN --------------------------------------------------------------------------------- */

#define SAN_OF_NAME "\x30\x11\x82\x0f" TARGET
#define HASH_BYTES                                                                                 \
    "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"                             \
    "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f"

static const char *const tls_reference[] = {"validation_method", "common_name", NULL};

static struct bytes certificate(const char *san, size_t san_size, bool is_issued)
{
    const struct cert_spec spec = {
        .subject = "whatever",
        .issuer = "a CA",
        .has_other_issuer = is_issued,
        .extensions = {{OID_SAN, false, {(const uint8_t *)san, san_size}},
                       {OID_ACME_IDENTIFIER, true, BYTES("\x04\x20" HASH_BYTES)}},
    };
    return make_cert(&spec, w.arena);
}

static const char *json_text(struct bytes der)
{
    return arena_printf(w.arena, "\"%s\"", base64_format(w.arena, der));
}

static void test_handshake_and_certificate(void **state)
{
    (void)state;
    w.request.dcv =
        (struct dcv_params){.method = DCV_ACME_TLS_ALPN_01, .key_authorization_hash = HASH};
    use_hosts();
    fake_tls_handshake(WORLD_IPV6)->status = PEER_CONNECT_TIMEOUT;
    fake_handshake_certificate(fake_tls_handshake(WORLD_IPV4),
                               certificate(SAN_OF_NAME, sizeof SAN_OF_NAME - 1, false));
    static const char *const silent[][2] = {
        {"duration_ms", A_NUMBER},
        {"lookups", ABSENT},
        {"addresses_tried", ABSENT},
        {"addresses_resolved.2", NOT_USED},
        {"addresses_refused*", NOT_USED},
        {"lookups.1.cname_chain*", "an alias may lead anywhere"},
        {NULL, NULL},
    };
    json_t *answer = expect_this_counts(silent);
    const char *issued = json_text(certificate(SAN_OF_NAME, sizeof SAN_OF_NAME - 1, true));
    const char *of_other = json_text(certificate("\x30\x03\x82\x01x", 5, false));
    const struct lie lies[] = {
        {"tls_version", "\"TLSv1.1\""},   {"tls_version", "\"TLSv1\""},
        {"alpn", "\"http/1.1\""},         {"certificate", "\"AAAA\""},
        {"certificate", "\"no base64\""}, {"certificate", "\"\""},
        {"certificate", issued},          {"certificate", of_other},
        {"san", "[\"DNS:" OTHER "\"]"},   {"san", "[\"DNS:" TARGET "\", \"DNS:" OTHER "\"]"},
        {"address_used", "\"10.0.0.1\""}, {NULL, NULL},
    };
    expect_lies(answer, lies);
    expect_reference_counts(answer, tls_reference);
    json_decref(answer);
}

#define TEST(name, set_up) cmocka_unit_test_setup_teardown(name, set_up, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_caa_records_at_an_alias, setup_caa),
        TEST(test_caa_no_records, setup_caa),
        TEST(test_caa_failure_that_is_accepted, setup_caa),
        TEST(test_records_of_every_method, setup_dcv),
        TEST(test_contacts_of_a_search, setup_dcv),
        TEST(test_pages_of_both_methods, setup_dcv),
        TEST(test_handshake_and_certificate, setup_dcv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
