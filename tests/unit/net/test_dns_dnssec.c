/* What DNSSEC makes of an answer: the real libunbound against zones that Knot DNS signs. */
#include "net/dns.h"

#include "base/log.h"
#include "base/str.h"
#include "support/dns_ask.h"
#include "support/knot.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A DS record of the right form that fits no key. */
#define FALSE_DS "DS 12345 13 2 0000000000000000000000000000000000000000000000000000000000000000\n"

static const struct knot_zone zones[] = {
    {"lab", KNOT_NSEC,
     "www A 192.0.2.1\n"
     "www TXT \"secure\"\n"
     "toplain CNAME www.plain\n"
     "tobogus CNAME www.bogus\n"
     "toisland CNAME www.island\n"
     "toelsewhere CNAME www.elsewhere.\n"
     "old DNAME n3.lab.\n"
     "ent.below A 192.0.2.1\n"
     "secure NS ns.secure\nns.secure A 127.0.0.1\n%DS secure.lab%"
     "n3 NS ns.n3\nns.n3 A 127.0.0.1\n%DS n3.lab%"
     "optout NS ns.optout\nns.optout A 127.0.0.1\n%DS optout.lab%"
     "plain NS ns.plain\nns.plain A 127.0.0.1\n"
     "bogus NS ns.bogus\nns.bogus A 127.0.0.1\nbogus " FALSE_DS
     "stripped NS ns.stripped\nns.stripped A 127.0.0.1\nstripped " FALSE_DS
     "island NS ns.island\nns.island A 127.0.0.1\nisland " FALSE_DS},
    {"secure.lab", KNOT_NSEC,
     "www A 192.0.2.2\n*.wild A 192.0.2.3\n@ CAA 0 issue \"ca.example\"\n"},
    {"n3.lab", KNOT_NSEC3, "www A 192.0.2.4\n"},
    {"optout.lab", KNOT_OPT_OUT, "www A 192.0.2.5\nun NS ns.un\nns.un A 127.0.0.1\n"},
    {"un.optout.lab", KNOT_UNSIGNED, "www A 192.0.2.6\n"},
    {"plain.lab", KNOT_UNSIGNED, "www A 192.0.2.7\n"},
    {"bogus.lab", KNOT_NSEC, "www A 192.0.2.8\n"},
    {"stripped.lab", KNOT_UNSIGNED, "www A 192.0.2.9\n"},
    {"island.lab", KNOT_NSEC, "www A 192.0.2.10\n"},
    {"elsewhere", KNOT_UNSIGNED, "www A 192.0.2.11\n"},
};

enum { ZONE_COUNT = sizeof zones / sizeof *zones };

struct fixture {
    struct knot *knot;
    struct loop *loop;
    struct arena *arena;
    struct dns *dns;
    struct dns_settings settings;
    const char *anchors[1];
    const char *addresses[1];
    const char *insecure[1];
    struct dns_stub stubs[ZONE_COUNT];
};

static struct dns *new_dns(struct fixture *f)
{
    struct err err = {0};
    struct dns *dns = dns_new(f->loop, &f->settings, &err);
    if (!dns)
        fail_msg("%s", err.text);
    return dns;
}

static int start_all(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->knot = knot_new(zones, ZONE_COUNT);
    f->loop = loop_new();
    f->arena = arena_new();
    f->anchors[0] = knot_ds(f->knot, "lab");
    f->addresses[0] = knot_address(f->knot);
    f->insecure[0] = "Island.Lab.";
    /* A stub for each: a delegation has no port, and would lead to port 53. */
    for (size_t i = 0; i < ZONE_COUNT; i++)
        f->stubs[i] =
            (struct dns_stub){.name = zones[i].name, .addresses = f->addresses, .address_count = 1};
    f->settings = (struct dns_settings){
        .timeout_ms = 5000,
        .trust_anchors = f->anchors,
        .trust_anchor_count = 1,
        .stub_zones = f->stubs,
        .stub_count = ZONE_COUNT,
        .insecure_zones = f->insecure,
        .insecure_count = 1,
        .cache_max_ttl_s = 60,
        .cache_max_negative_ttl_s = 5,
    };
    f->dns = new_dns(f);
    *state = f;
    return 0;
}

static int stop_all(void **state)
{
    struct fixture *f = *state;
    dns_free(f->dns);
    loop_free(f->loop);
    arena_free(f->arena);
    knot_free(f->knot);
    free(f);
    return 0;
}

static struct dns_answer ask(struct fixture *f, const char *name, uint16_t type)
{
    return dns_ask(f->arena, f->loop, f->dns, &(struct dns_query){.name = name, .type = type});
}

static const struct {
    const char *why;
    const char *name;
    uint16_t type;
    enum dns_outcome status;
    enum dnssec_status dnssec;
} rows[] = {
    {"signed, with an anchor", "www.lab", DNS_A, DNS_OK, DNSSEC_SECURE},
    {"signed, below a DS", "www.secure.lab", DNS_A, DNS_OK, DNSSEC_SECURE},
    {"a record at the apex", "secure.lab", DNS_CAA, DNS_OK, DNSSEC_SECURE},
    {"made from a wildcard", "a.wild.secure.lab", DNS_A, DNS_OK, DNSSEC_SECURE},
    {"NSEC3", "www.n3.lab", DNS_A, DNS_OK, DNSSEC_SECURE},
    {"through a DNAME", "www.old.lab", DNS_A, DNS_OK, DNSSEC_SECURE},
    {"no such type", "www.lab", DNS_CAA, DNS_NODATA, DNSSEC_SECURE},
    {"an empty non-terminal", "below.lab", DNS_CAA, DNS_NODATA, DNSSEC_SECURE},
    {"no such type, NSEC3", "www.n3.lab", DNS_CAA, DNS_NODATA, DNSSEC_SECURE},
    {"no such name", "nx.lab", DNS_A, DNS_NXDOMAIN, DNSSEC_SECURE},
    {"no such name, NSEC3", "nx.n3.lab", DNS_A, DNS_NXDOMAIN, DNSSEC_SECURE},
    {"no such name in an opt-out span: not proven", "nx.optout.lab", DNS_A, DNS_NXDOMAIN,
     DNSSEC_INSECURE},
    {"proven to have no DS", "www.plain.lab", DNS_A, DNS_OK, DNSSEC_INSECURE},
    {"no such name there", "nx.plain.lab", DNS_A, DNS_NXDOMAIN, DNSSEC_INSECURE},
    {"unsigned, in an opt-out span", "www.un.optout.lab", DNS_A, DNS_OK, DNSSEC_INSECURE},
    {"from a secure alias to insecure data", "toplain.lab", DNS_A, DNS_OK, DNSSEC_INSECURE},
    {"an insecure zone of the configuration", "www.island.lab", DNS_A, DNS_OK,
     DNSSEC_INDETERMINATE},
    {"its apex", "island.lab", DNS_SOA, DNS_OK, DNSSEC_INDETERMINATE},
    {"a denial there", "nx.island.lab", DNS_A, DNS_NXDOMAIN, DNSSEC_INDETERMINATE},
    {"from a secure alias into it", "toisland.lab", DNS_A, DNS_OK, DNSSEC_INDETERMINATE},
    {"no anchor above it", "www.elsewhere", DNS_A, DNS_OK, DNSSEC_INDETERMINATE},
    {"from a secure alias to there", "toelsewhere.lab", DNS_A, DNS_OK, DNSSEC_INDETERMINATE},
    {"the DS fits no key", "www.bogus.lab", DNS_A, DNS_BOGUS, DNSSEC_BOGUS},
    {"a denial by such a zone", "nx.bogus.lab", DNS_A, DNS_BOGUS, DNSSEC_BOGUS},
    {"a missing type in such a zone", "www.bogus.lab", DNS_CAA, DNS_BOGUS, DNSSEC_BOGUS},
    {"from a secure alias to such a zone", "tobogus.lab", DNS_A, DNS_BOGUS, DNSSEC_BOGUS},
    {"signatures were stripped", "www.stripped.lab", DNS_A, DNS_BOGUS, DNSSEC_BOGUS},
    {"the denial of a DS", "plain.lab", DNS_DS, DNS_NODATA, DNSSEC_SECURE},
    {"the denial of a DS in an opt-out span", "un.optout.lab", DNS_DS, DNS_NODATA, DNSSEC_INSECURE},
    {"a DS", "secure.lab", DNS_DS, DNS_OK, DNSSEC_SECURE},
};

static void test_security_of_answers_follows_the_chain_of_trust(void **state)
{
    struct fixture *f = *state;
    for (int is_retry = 0; is_retry < 2; is_retry++) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct dns_query query = {.name = rows[i].name,
                                      .type = rows[i].type,
                                      .fresh = is_retry ? dns_fresh(f->dns) : 0};
            struct dns_answer answer = dns_ask(f->arena, f->loop, f->dns, &query);
            if (answer.outcome != rows[i].status || answer.dnssec != rows[i].dnssec)
                fail_msg("%s: %s, %s (%s)", rows[i].why, dns_outcome_str(answer.outcome),
                         dnssec_str(answer.dnssec), answer.reason);
        }
    }
}

/* libunbound delivers bogus data as success, the records in place. */
static void test_bogus_answer_shows_nothing_but_the_reason(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 2; i++) { /* from the network, and from the cache */
        struct dns_answer answer = ask(f, "www.bogus.lab", DNS_A);
        assert_int_equal(answer.outcome, DNS_BOGUS);
        assert_int_equal(answer.record_count, 0);
        assert_int_equal(answer.denial_count, 0);
        assert_int_equal(answer.cname_count, 0);
        assert_false(answer.rcode.present);
        assert_int_equal(answer.extended_error_count, 1);
        assert_int_equal(answer.extended_errors[0].code, 6);
    }
    struct dns_answer answer = ask(f, "new.bogus.lab", DNS_A);
    assert_non_null(strstr(answer.reason, "bogus.lab")); /* in libunbound's words */
}

/* Its words are for the operator: in the log at level debug, and nowhere else. */
static void test_explanation_of_the_library_is_logged_at_debug(void **state)
{
    struct fixture *f = *state;
    FILE *log = tmpfile();
    assert_non_null(log);
    log_setup(LOG_DEBUG, LOG_FORMAT_JSON, fileno(log));
    struct dns_answer answer = ask(f, "explained.bogus.lab", DNS_A);
    log_setup(LOG_INFO, LOG_FORMAT_JSON, fileno(log));
    ask(f, "quiet.bogus.lab", DNS_A);
    log_setup(LOG_WARN, LOG_FORMAT_TEXT, STDERR_FILENO);
    char text[4096];
    ssize_t n = pread(fileno(log), text, sizeof text - 1, 0);
    fclose(log);
    assert_true(n > 0);
    text[n] = '\0';
    const char *explained = strstr(text, "\"event\":\"DNSSEC validation failed\"");
    assert_non_null(explained);
    assert_non_null(strstr(explained, "\"explanation\":\"validation failure"));
    assert_non_null(strstr(text, "\"event\":\"DNS answer\",\"name\":\"explained.bogus.lab"));
    assert_null(strstr(text, "quiet"));
    assert_null(strstr(answer.reason, "validation failure"));
}

static size_t count_type(const struct dns_answer *answer, uint16_t type)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->denial_count; i++)
        count += answer->denial[i].type == type;
    return count;
}

/* The proof that a delegation is unsigned: NSEC of the delegation itself, or NSEC3 around it. */
static void test_denial_of_a_ds_is_handed_out(void **state)
{
    struct fixture *f = *state;
    struct dns_answer answer = ask(f, "plain.lab", DNS_DS);
    assert_int_equal(count_type(&answer, DNS_SOA), 1);
    assert_int_equal(count_type(&answer, DNS_NSEC), 1);
    for (size_t i = 0; i < answer.denial_count; i++)
        if (answer.denial[i].type == DNS_NSEC)
            assert_string_equal(answer.denial[i].owner, "plain.lab");
    answer = ask(f, "un.optout.lab", DNS_DS);
    assert_true(count_type(&answer, DNS_NSEC3) >= 1);
    assert_int_equal(count_type(&answer, DNS_NSEC), 0);
    answer = ask(f, "nx.lab", DNS_CAA);
    assert_true(count_type(&answer, DNS_NSEC) >= 1);
}

static void test_aliases_of_secure_answers_are_shown(void **state)
{
    struct fixture *f = *state;
    struct dns_answer answer = ask(f, "toplain.lab", DNS_A);
    assert_int_equal(answer.cname_count, 1);
    assert_string_equal(answer.cname_chain[0], "www.plain.lab");
    answer = ask(f, "www.old.lab", DNS_A);
    assert_int_equal(answer.cname_count, 1);
    assert_string_equal(answer.cname_chain[0], "www.n3.lab");
    assert_string_equal(answer.records[0].owner, "www.n3.lab");
    answer = ask(f, "nx.old.lab", DNS_A);
    assert_int_equal(answer.outcome, DNS_NXDOMAIN);
    assert_string_equal(answer.cname_chain[0], "nx.n3.lab");
}

static void test_anchors_in_a_file_validate_as_well(void **state)
{
    struct fixture *f = *state;
    char path[] = "/tmp/test_dns_dnssec.XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    fprintf(file, "; a comment\n\n%s ; and another\n", f->anchors[0]);
    fclose(file);
    struct dns_settings settings = f->settings;
    settings.trust_anchor_file = path;
    settings.trust_anchor_count = 0;
    struct err err = {0};
    struct dns *dns = dns_new(f->loop, &settings, &err);
    if (!dns)
        fail_msg("%s", err.text);
    struct dns_query query = {.name = "www.secure.lab", .type = DNS_A};
    assert_int_equal(dns_ask(f->arena, f->loop, dns, &query).dnssec, DNSSEC_SECURE);
    query.name = "www.plain.lab";
    assert_int_equal(dns_ask(f->arena, f->loop, dns, &query).dnssec, DNSSEC_INSECURE);
    dns_free(dns);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_security_of_answers_follows_the_chain_of_trust),
        cmocka_unit_test(test_bogus_answer_shows_nothing_but_the_reason),
        cmocka_unit_test(test_explanation_of_the_library_is_logged_at_debug),
        cmocka_unit_test(test_denial_of_a_ds_is_handed_out),
        cmocka_unit_test(test_aliases_of_secure_answers_are_shown),
        cmocka_unit_test(test_anchors_in_a_file_validate_as_well),
    };
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
