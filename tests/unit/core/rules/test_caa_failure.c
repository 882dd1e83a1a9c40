/* BR 4.2.2.1: failed lookups that may count as permission, and what must be shown for it. */
#include "core/rules/caa.h"

#include "base/str.h"
#include "support/unit.h"
#include "unit/core/rules/caa_sets.h"
#include "unit/core/rules/ds_denials.h"

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

static const struct target target = {.kind = TARGET_DNS, .canonical = "a.b.example"};
static const char *const one_issuer[] = {"ca.example"};
static const char *const no_issuer[] = {"other.example"};

struct acceptance {
    struct caa_params params;
    struct strv issuers;
    struct caa_query query;
    struct lookup lookups[3];
    struct caa_try tries[3];
    struct dns_record denial;
    struct lookup ds;
    struct caa_failure_query failure;
};

/* All conditions hold for a failure at a.b.example: b.example is proven Insecure. */
static void make_acceptance(struct acceptance *a, struct arena *arena, const char *letters)
{
    *a = (struct acceptance){.params.allow_lookup_failure = true,
                             .issuers = {one_issuer, 1, true},
                             .denial = nsec(arena, "b.example", TYPES(T_NS, T_RRSIG, T_NSEC))};
    make_lookups(a->lookups, letters);
    a->query = (struct caa_query){.target = &target, .params = &a->params, .issuers = &a->issuers};
    a->ds = ds_denial("b.example", DNSSEC_SECURE, &a->denial, 1);
    for (size_t i = 0; i < 3; i++)
        a->tries[i] =
            (struct caa_try){.failures = 2,
                             .chain = {.state = CAA_CHAIN_KNOWN, .asked = a->lookups[i].name},
                             .last = {.outcome = DNS_TIMEOUT, .end = DNS_END_TIMEOUT}};
    a->failure = (struct caa_failure_query){.query = &a->query,
                                            .lookups = a->lookups,
                                            .lookup_count = strlen(letters),
                                            .tries = a->tries,
                                            .ds = &a->ds,
                                            .ds_count = 1};
}

static void assert_refused(struct acceptance *a, struct arena *arena, const char *says)
{
    const char *reason = NULL;
    if (caa_failure_is_accepted(&a->failure, arena, &reason))
        fail_msg("accepted: %s", reason);
    if (!strstr(reason, says))
        fail_msg("reason: %s", reason);
}

static void test_failure_is_accepted_when_all_conditions_hold(void **state)
{
    static const char *const accepted[] = {"tnn", "snn", "rnn", "tff", "tnf", "txn", "ttn", "tsf"};
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        struct acceptance a;
        const char *reason = NULL;
        make_acceptance(&a, *state, accepted[i]);
        if (!caa_failure_is_accepted(&a.failure, *state, &reason))
            fail_msg("%s: %s", accepted[i], reason);
        assert_non_null(strstr(reason, "a.b.example failed again"));
        assert_non_null(strstr(reason, "no DS at b.example"));
    }
}

static void test_failure_kinds_that_are_never_accepted(void **state)
{
    static const char *const refused[] = {"bnn", "mnn", "inn", "ann", "lnn", "enn"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct acceptance a;
        make_acceptance(&a, *state, refused[i]);
        assert_refused(&a, *state, "it is not shown that this was a failure outside");
    }
}

static void test_failure_next_to_a_worse_one_is_not_accepted(void **state)
{
    static const char *const refused[] = {"tbn", "tmn", "tin", "tan", "tln", "tnb"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct acceptance a;
        make_acceptance(&a, *state, refused[i]);
        assert_refused(&a, *state, "it is not shown that this was a failure outside");
    }
}

static void test_failure_above_the_nearest_set_is_irrelevant(void **state)
{
    struct acceptance a;
    const char *reason = NULL;
    make_acceptance(&a, *state, "tfb");
    assert_true(caa_failure_is_accepted(&a.failure, *state, &reason));
}

/* However long it took: a limit of ours is no failure outside. */
static void test_failure_by_a_limit_of_ours_is_not_accepted(void **state)
{
    struct acceptance a;
    static const char *const trees[] = {"tnn", "snn", "rnn"};
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
        make_acceptance(&a, *state, trees[i]);
        a.lookups[0].end = DNS_END_LIMIT;
        a.lookups[0].duration_ms = 3600000;
        assert_refused(&a, *state, "it is not shown that this was a failure outside");
    }
    make_acceptance(&a, *state, "ttn");
    a.lookups[1].end = DNS_END_LIMIT;
    assert_refused(&a, *state, "it is not shown that this was a failure outside");
}

static void test_failure_must_be_allowed_and_repeated(void **state)
{
    struct acceptance a;
    make_acceptance(&a, *state, "tnn");
    a.params.allow_lookup_failure = false;
    assert_refused(&a, *state, "the request does not allow it");
    make_acceptance(&a, *state, "tnn");
    a.tries[0].failures = 1;
    assert_refused(&a, *state, "the lookup for a.b.example was not repeated");
    make_acceptance(&a, *state, "ttn");
    a.tries[1].failures = 1;
    assert_refused(&a, *state, "the lookup for b.example was not repeated");
}

static void test_failure_needs_proof_for_each_failing_name(void **state)
{
    struct acceptance a;
    make_acceptance(&a, *state, "tnn");
    a.failure.ds_count = 0;
    assert_refused(&a, *state, "no validated denial of DS proves that a.b.example is insecure");
    make_acceptance(&a, *state, "tnn");
    a.ds.dnssec = DNSSEC_INDETERMINATE;
    assert_refused(&a, *state, "no validated denial of DS");
    make_acceptance(&a, *state, "tnn");
    a.ds.outcome = DNS_SERVFAIL;
    assert_refused(&a, *state, "no validated denial of DS");
    /* A proof for a sibling, and for a name below. */
    make_acceptance(&a, *state, "tnn");
    a.ds.name = a.denial.owner = "c.example";
    assert_refused(&a, *state, "no validated denial of DS");
    make_acceptance(&a, *state, "tnn");
    a.ds.name = a.denial.owner = "x.a.b.example";
    assert_refused(&a, *state, "no validated denial of DS");
    /* b.example's proof says nothing of example, which failed as well. */
    make_acceptance(&a, *state, "tnt");
    assert_refused(&a, *state, "no validated denial of DS proves that example is insecure");
}

static void test_failure_is_not_accepted_against_a_set_above(void **state)
{
    struct acceptance a;
    make_acceptance(&a, *state, "tnf");
    a.issuers.items = no_issuer;
    assert_refused(&a, *state, "the record set at example does not permit: CAA records at example");
    make_acceptance(&a, *state, "tfn");
    struct dns_record bad = {.owner = "b.example", .type = 257, .rdata = BYTES("\0")};
    a.lookups[1].records = &bad;
    assert_refused(&a, *state, "cannot be split");
}

/* --- a SERVFAIL counts only where the resolver says that somebody outside failed ------------- */

static void test_servfail_counts_only_with_a_cause_outside(void **state)
{
    static const struct {
        enum dns_cause cause;
        bool is_outside;
        bool is_excusable;
    } rows[] = {
        {DNS_CAUSE_SILENT, true, true},     {DNS_CAUSE_RCODE, true, true},
        {DNS_CAUSE_LAME, false, false},     {DNS_CAUSE_NO_ADDRESS, false, false},
        {DNS_CAUSE_NONE, false, false},     {DNS_CAUSE_UNEQUAL, false, false},
        {DNS_CAUSE_UNUSABLE, false, false}, {DNS_CAUSE_REMEMBERED, false, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct acceptance a;
        const char *reason = NULL;
        make_acceptance(&a, *state, "snn");
        a.lookups[0].cause = rows[i].cause;
        assert_int_equal(lookup_failed_outside(&a.lookups[0]), rows[i].is_outside);
        assert_int_equal(caa_failure_is_excusable(&a.lookups[0]), rows[i].is_excusable);
        assert_int_equal(caa_failure_is_accepted(&a.failure, *state, &reason), rows[i].is_outside);
    }
    struct lookup bogus = {.outcome = DNS_BOGUS, .cause = DNS_CAUSE_REMEMBERED};
    assert_false(caa_failure_is_excusable(&bogus));
}

/* --- aliases -------------------------------------------------------------------------------- */

static const char *const wire_names[][2] = {{"t.other", "\1T\5other"},
                                            {"a.b.example", "\1a\1b\7example"}};

static struct lookup cname_to(struct arena *arena, const char *wire, size_t n, const char *name)
{
    struct dns_record *record = arena_alloc(arena, sizeof *record);
    *record = (struct dns_record){.owner = name, .type = 5, .rdata = {(const uint8_t *)wire, n}};
    return (struct lookup){.name = name,
                           .type = "CNAME",
                           .type_code = 5,
                           .outcome = DNS_OK,
                           .end = DNS_END_RESOLVER,
                           .records = record,
                           .record_count = 1};
}

static void test_chain_follows_aliases_to_the_name_that_fails(void **state)
{
    struct caa_chain chain = {.asked = "a.b.example"};
    assert_string_equal(caa_chain_end(&chain), "a.b.example");
    struct lookup step = cname_to(*state, wire_names[0][1], 9, "a.b.example");
    caa_chain_learn(&chain, &step, *state);
    assert_int_equal(chain.state, CAA_CHAIN_OPEN);
    assert_string_equal(caa_chain_end(&chain), "t.other"); /* lower case, no final dot */
    step = (struct lookup){.outcome = DNS_NODATA, .end = DNS_END_RESOLVER};
    caa_chain_learn(&chain, &step, *state);
    assert_int_equal(chain.state, CAA_CHAIN_KNOWN);
    assert_string_equal(caa_chain_end(&chain), "t.other");
}

static void test_chain_ends_where_the_servers_fail_and_nowhere_else(void **state)
{
    static const struct {
        struct lookup step;
        enum caa_chain_state state;
    } rows[] = {
        {{.outcome = DNS_NXDOMAIN, .end = DNS_END_RESOLVER}, CAA_CHAIN_KNOWN},
        {{.outcome = DNS_NODATA, .end = DNS_END_RESOLVER}, CAA_CHAIN_KNOWN},
        {{.outcome = DNS_TIMEOUT, .end = DNS_END_TIMEOUT}, CAA_CHAIN_SILENT},
        {{.outcome = DNS_SERVFAIL, .end = DNS_END_RESOLVER, .cause = DNS_CAUSE_SILENT},
         CAA_CHAIN_SILENT},
        {{.outcome = DNS_SERVFAIL, .end = DNS_END_RESOLVER, .cause = DNS_CAUSE_RCODE},
         CAA_CHAIN_KNOWN},
        {{.outcome = DNS_REFUSED, .end = DNS_END_RESOLVER, .cause = DNS_CAUSE_RCODE},
         CAA_CHAIN_KNOWN},
        {{.outcome = DNS_REFUSED, .end = DNS_END_RESOLVER}, CAA_CHAIN_UNKNOWN},
        {{.outcome = DNS_TIMEOUT, .end = DNS_END_TIMEOUT, .cause = DNS_CAUSE_FORWARDER},
         CAA_CHAIN_UNKNOWN},
        {{.outcome = DNS_TIMEOUT, .end = DNS_END_LIMIT}, CAA_CHAIN_UNKNOWN},
        {{.outcome = DNS_SERVFAIL, .end = DNS_END_RESOLVER}, CAA_CHAIN_UNKNOWN},
        {{.outcome = DNS_BOGUS, .end = DNS_END_RESOLVER}, CAA_CHAIN_UNKNOWN},
        {{.outcome = DNS_LOCAL}, CAA_CHAIN_UNKNOWN},
        {{.outcome = DNS_OK, .end = DNS_END_RESOLVER}, CAA_CHAIN_UNKNOWN}, /* no record */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct caa_chain chain = {.asked = "a"};
        caa_chain_learn(&chain, &rows[i].step, *state);
        assert_int_equal(chain.state, rows[i].state);
    }
}

static void test_chain_that_loops_or_does_not_end_is_unknown(void **state)
{
    struct caa_chain chain = {.asked = "a.b.example"};
    struct lookup back = cname_to(*state, wire_names[1][1], 13, "a.b.example");
    caa_chain_learn(&chain, &back, *state);
    assert_int_equal(chain.state, CAA_CHAIN_UNKNOWN);
    chain = (struct caa_chain){.asked = "a.b.example"};
    struct lookup root = cname_to(*state, "", 1, "a.b.example");
    caa_chain_learn(&chain, &root, *state);
    assert_int_equal(chain.state, CAA_CHAIN_UNKNOWN);
    chain = (struct caa_chain){.asked = "a.b.example"};
    struct lookup cut = cname_to(*state, "\3t", 2, "a.b.example");
    caa_chain_learn(&chain, &cut, *state);
    assert_int_equal(chain.state, CAA_CHAIN_UNKNOWN);
    chain = (struct caa_chain){.asked = "a.b.example"};
    for (int i = 0; i < CAA_CHAIN_MAX; i++) {
        char *wire = arena_strdup(*state, "\1a");
        wire[1] = (char)('a' + i);
        struct lookup next = cname_to(*state, wire, 3, "x");
        caa_chain_learn(&chain, &next, *state);
        assert_int_equal(chain.state, CAA_CHAIN_OPEN);
    }
    struct lookup one_more = cname_to(*state, "\1z", 3, "x");
    caa_chain_learn(&chain, &one_more, *state);
    assert_int_equal(chain.state, CAA_CHAIN_UNKNOWN);
}

static void test_failure_at_an_alias_target_needs_proof_for_both(void **state)
{
    struct acceptance a;
    const char *reason = NULL;
    make_acceptance(&a, *state, "tnn");
    a.tries[0].chain.targets[a.tries[0].chain.count++] = "t.other";
    assert_refused(&a, *state, "no validated denial of DS proves that t.other is insecure");
    struct dns_record denial = nsec(*state, "other", TYPES(T_NS, T_RRSIG, T_NSEC));
    struct lookup both[] = {a.ds, ds_denial("other", DNSSEC_SECURE, &denial, 1)};
    a.failure.ds = both;
    a.failure.ds_count = 2;
    assert_true(caa_failure_is_accepted(&a.failure, *state, &reason));
    assert_non_null(
        strstr(reason, "no DS at b.example, nor at other for its alias target t.other"));
    /* The target's proof alone says nothing of the asked name. */
    a.failure.ds = &both[1];
    a.failure.ds_count = 1;
    assert_refused(&a, *state, "no validated denial of DS proves that a.b.example is insecure");
}

static void test_failure_with_an_unknown_chain_is_not_accepted(void **state)
{
    static const enum caa_chain_state states[] = {CAA_CHAIN_OPEN, CAA_CHAIN_UNKNOWN};
    for (size_t i = 0; i < 2; i++) {
        struct acceptance a;
        make_acceptance(&a, *state, "tnn");
        a.tries[0].chain.state = states[i];
        assert_refused(&a, *state, "it is not known where the aliases of a.b.example lead");
    }
}

static void test_failure_where_nobody_answers_is_not_accepted(void **state)
{
    struct acceptance a;
    make_acceptance(&a, *state, "tnn");
    a.tries[0].chain.state = CAA_CHAIN_SILENT;
    assert_refused(&a, *state, "nobody answers any question about a.b.example");
}

/* Whatever it says now: what was answered, or could not be asked, is no failure outside. */
static void test_failure_that_ends_when_asked_once_more_is_not_accepted(void **state)
{
    static const struct lookup lasts[] = {
        {.outcome = DNS_OK, .end = DNS_END_RESOLVER},
        {.outcome = DNS_NODATA, .end = DNS_END_RESOLVER},
        {.outcome = DNS_NXDOMAIN, .end = DNS_END_RESOLVER},
        {.outcome = DNS_BOGUS, .end = DNS_END_RESOLVER},
        {.outcome = DNS_TIMEOUT, .end = DNS_END_LIMIT},
        {.outcome = DNS_SERVFAIL, .end = DNS_END_RESOLVER, .cause = DNS_CAUSE_UNUSABLE},
        {0},
    };
    for (size_t i = 0; i < sizeof lasts / sizeof *lasts; i++) {
        struct acceptance a;
        make_acceptance(&a, *state, "tnn");
        a.tries[0].last = lasts[i];
        assert_refused(&a, *state, "asked once more, the lookup for a.b.example ended with");
    }
}

/* --- names to prove ------------------------------------------------------------------------- */

static void test_proof_names_are_the_name_and_those_above_once(void **state)
{
    (void)state;
    struct caa_proof_names names = {0};
    caa_proof_names_add(&names, "a.b.example");
    caa_proof_names_add(&names, "c.b.example");
    assert_int_equal(names.count, 4);
    assert_string_equal(names.items[0], "a.b.example");
    assert_string_equal(names.items[1], "b.example");
    assert_string_equal(names.items[2], "example");
    assert_string_equal(names.items[3], "c.b.example");
}

static void test_proof_names_are_bounded(void **state)
{
    struct caa_proof_names names = {0};
    caa_proof_names_add(&names, "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.example");
    assert_int_equal(names.count, CAA_PROOF_LABELS_MAX);
    assert_string_equal(names.items[0], "c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.example");
    for (int i = 0; i < 2 * CAA_PROOF_NAMES_MAX; i++)
        caa_proof_names_add(&names, arena_printf(*state, "name%d", i));
    assert_int_equal(names.count, CAA_PROOF_NAMES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_failure_is_accepted_when_all_conditions_hold, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_failure_kinds_that_are_never_accepted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_failure_next_to_a_worse_one_is_not_accepted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_failure_above_the_nearest_set_is_irrelevant, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_failure_by_a_limit_of_ours_is_not_accepted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_failure_must_be_allowed_and_repeated, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_failure_needs_proof_for_each_failing_name, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_failure_is_not_accepted_against_a_set_above, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_servfail_counts_only_with_a_cause_outside, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_failure_where_nobody_answers_is_not_accepted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_failure_that_ends_when_asked_once_more_is_not_accepted,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_chain_follows_aliases_to_the_name_that_fails, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_chain_ends_where_the_servers_fail_and_nowhere_else,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_chain_that_loops_or_does_not_end_is_unknown, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_failure_at_an_alias_target_needs_proof_for_both,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failure_with_an_unknown_chain_is_not_accepted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_proof_names_are_the_name_and_those_above_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_proof_names_are_bounded, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
