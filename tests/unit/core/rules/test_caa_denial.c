/* Which denials of DS prove that a name has no chain of trust. */
#include "core/rules/caa.h"

#include "support/unit.h"
#include "unit/core/rules/ds_denials.h"

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

#define SALT ((struct bytes){(const uint8_t *)"\xaa\xbb\xcc\xdd", 4})
/* The hashes of RFC 5155 appendix A: 12 iterations, salt aabbccdd. */
#define H_EXAMPLE "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"
#define H_NS1     "2t7b4g4vsa5smi47k61mv5bv1a22bojr"
#define H_A       "35mthgpgcu1qg68fab165klnsnk3dpvl"
#define H_X_W     "b4um86eghhds6nea196smvmlo4ors995"
#define H_W       "k8udemvp1j2f7eg6jebps17vp3n8i58h"
#define H_XX      "t644ebqk9bibcna874givr6joj62mlhv"

static struct dns_record rfc5155(struct arena *arena, const char *owner, const char *next,
                                 int flags, const int *types)
{
    return nsec3(arena, (struct nsec3_fields){.owner = owner,
                                              .next = next,
                                              .types = types,
                                              .algorithm = 1,
                                              .flags = flags,
                                              .iterations = 12,
                                              .salt = SALT});
}

static bool proves(const char *name, enum dnssec_status dnssec, const struct dns_record *records,
                   size_t count)
{
    struct lookup ds = ds_denial(name, dnssec, records, count);
    return ds_denial_proves_insecure(&ds);
}

static void test_nsec_at_a_zone_cut(void **state)
{
    static const struct {
        const char *why;
        const char *owner;
        int types[5];
        enum dnssec_status dnssec;
        bool expected;
    } rows[] = {
        {"NS without DS and SOA", "a.example", {T_NS, T_RRSIG, T_NSEC}, DNSSEC_SECURE, true},
        {"a record of another name", "b.example", {T_NS, T_RRSIG, T_NSEC}, DNSSEC_SECURE, false},
        {"a record of the parent", "example", {T_NS, T_RRSIG, T_NSEC}, DNSSEC_SECURE, false},
        {"no NS: no zone cut", "a.example", {T_MX, T_RRSIG, T_NSEC}, DNSSEC_SECURE, false},
        {"DS is there", "a.example", {T_NS, T_DS, T_RRSIG, T_NSEC}, DNSSEC_SECURE, false},
        {"SOA: the child's side of the cut",
         "a.example",
         {T_NS, T_SOA, T_RRSIG, T_NSEC},
         DNSSEC_SECURE,
         false},
        {"not validated: it lies in an insecure zone",
         "a.example",
         {T_NS, T_RRSIG, T_NSEC},
         DNSSEC_INSECURE,
         false},
        {"not examined", "a.example", {T_NS, T_RRSIG, T_NSEC}, DNSSEC_INDETERMINATE, false},
        {"bogus", "a.example", {T_NS, T_RRSIG, T_NSEC}, DNSSEC_BOGUS, false},
        {"no status", "a.example", {T_NS, T_RRSIG, T_NSEC}, DNSSEC_NONE, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dns_record record = nsec(*state, rows[i].owner, rows[i].types);
        if (proves("a.example", rows[i].dnssec, &record, 1) != rows[i].expected)
            fail_msg("%s", rows[i].why);
    }
}

static void test_only_nodata_for_ds_is_a_denial_at_a_cut(void **state)
{
    struct dns_record record = nsec(*state, "a.example", TYPES(T_NS, T_RRSIG, T_NSEC));
    struct lookup ds = ds_denial("a.example", DNSSEC_SECURE, &record, 1);
    assert_true(ds_denial_proves_insecure(&ds));
    ds.outcome = DNS_NXDOMAIN;
    assert_false(ds_denial_proves_insecure(&ds));
    ds.outcome = DNS_OK;
    assert_false(ds_denial_proves_insecure(&ds));
    ds.outcome = DNS_SERVFAIL;
    assert_false(ds_denial_proves_insecure(&ds));
    ds.outcome = DNS_NODATA;
    ds.type_code = 257;
    assert_false(ds_denial_proves_insecure(&ds));
}

static void test_nodata_without_records_proves_nothing(void **state)
{
    (void)state;
    assert_false(proves("a.example", DNSSEC_SECURE, NULL, 0));
    assert_false(proves("a.example", DNSSEC_INSECURE, NULL, 0));
}

#define ZEROS_31 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void test_malformed_nsec_proves_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *rdata;
        size_t length;
        bool expected;
    } rows[] = {
        {"well formed", "\1b\0\0\1\x20", 6, true},
        {"the root for a next name", "\0\0\1\x20", 4, true},
        {"two windows in order", "\0\0\1\x20\1\1\x40", 7, true},
        {"a later window says nothing of NS", "\0\1\1\x20", 4, false},
        {"no bitmap", "\1b\0", 3, false},
        {"a window without length", "\0\0\1\x20\1", 5, false},
        {"an empty window", "\0\0\0", 3, false},
        {"an empty window behind a good one", "\0\0\1\x20\1\0", 6, false},
        {"a window of 32", "\0\0\x20\x20" ZEROS_31, 35, true},
        {"a window longer than 32", "\0\0\x21\x20" ZEROS_31 "\0", 36, false},
        {"a window longer than the RDATA", "\0\0\2\x20", 4, false},
        {"windows not in order", "\0\1\1\x40\0\1\x20", 7, false},
        {"a window twice", "\0\0\1\x20\0\1\x20", 7, false},
        {"a label of 63",
         "\x3fzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
         "\0\0\1\x20",
         68, true},
        {"a label longer than 63",
         "\x40zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
         "\0\0\1\x20",
         69, false},
        {"a next name without end", "\3abc", 4, false},
        {"no RDATA", "", 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dns_record record = {.owner = "a.example",
                                    .type = T_NSEC,
                                    .rdata = {(const uint8_t *)rows[i].rdata, rows[i].length}};
        if (proves("a.example", DNSSEC_SECURE, &record, 1) != rows[i].expected)
            fail_msg("%s", rows[i].why);
    }
}

/* RFC 5155 appendix B.3: the referral to the unsigned zone c.example, whose hash 4g6p… lies in the
 * opt-out span after a.example. */
static void test_nsec3_opt_out_span_of_rfc5155_proves_insecure(void **state)
{
    struct dns_record records[] = {
        rfc5155(*state, H_A ".example", H_X_W, 1, TYPES(T_NS, T_DS, T_RRSIG)),
        rfc5155(*state, H_EXAMPLE ".example", H_NS1, 1, TYPES(T_NS, T_SOA, T_MX, T_RRSIG)),
    };
    assert_true(proves("c.example", DNSSEC_INSECURE, records, 2));
    assert_true(proves("c.example", DNSSEC_SECURE, records, 2));
    assert_true(proves("mc.c.example", DNSSEC_INSECURE, records, 2)); /* below: same next closer */
    assert_false(proves("c.example", DNSSEC_INDETERMINATE, records, 2));
    assert_false(proves("c.example", DNSSEC_BOGUS, records, 2));
    /* a.example has a record, with DS; the parameters are those of the appendix. */
    assert_false(proves("a.example", DNSSEC_SECURE, records, 2));
    /* xx.example's hash lies in no span. */
    assert_false(proves("xx.example", DNSSEC_INSECURE, records, 2));
    /* Without the closest encloser the span may belong to anything. */
    assert_false(proves("c.example", DNSSEC_INSECURE, records, 1));
    /* The zone's own name has no cut within the zone; other zones are not its business. */
    assert_false(proves("example", DNSSEC_INSECURE, records, 2));
    assert_false(proves("c.test", DNSSEC_INSECURE, records, 2));
    assert_false(proves("c.sub-example", DNSSEC_INSECURE, records, 2));
}

static void test_nsec3_span_demands_opt_out_and_a_proper_encloser(void **state)
{
    static const struct {
        const char *why;
        int span_flags;
        int encloser[5];
        bool expected;
    } rows[] = {
        {"opt-out", 1, {T_NS, T_SOA, T_RRSIG}, true},
        {"an encloser that is no zone", 1, {T_MX, T_RRSIG}, true},
        {"no opt-out: the name would not exist", 0, {T_NS, T_SOA, T_RRSIG}, false},
        {"unknown flags: to be ignored", 3, {T_NS, T_SOA, T_RRSIG}, false},
        {"the encloser is delegated: not of this zone", 1, {T_NS, T_RRSIG}, false},
        {"the encloser is redirected", 1, {T_DNAME, T_SOA, T_RRSIG}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dns_record records[] = {
            rfc5155(*state, H_EXAMPLE ".example", H_NS1, 0, rows[i].encloser),
            rfc5155(*state, H_A ".example", H_X_W, rows[i].span_flags, TYPES(T_MX)),
        };
        if (proves("c.example", DNSSEC_INSECURE, records, 2) != rows[i].expected)
            fail_msg("%s", rows[i].why);
    }
}

static void test_nsec3_span_at_the_end_of_the_chain_wraps_around(void **state)
{
    struct dns_record encloser =
        rfc5155(*state, H_EXAMPLE ".example", H_NS1, 0, TYPES(T_NS, T_SOA));
    struct dns_record records[] = {encloser,
                                   rfc5155(*state, H_W ".example", H_X_W, 1, TYPES(T_MX))};
    assert_true(proves("xx.example", DNSSEC_INSECURE, records, 2)); /* t6… > k8… */
    assert_true(proves("c.example", DNSSEC_INSECURE, records, 2));  /* 4g… < b4… */
    assert_false(proves("ai.example", DNSSEC_INSECURE, records, 2)); /* gj… between b4… and k8… */
    /* A chain of one covers all but itself. */
    struct dns_record one = rfc5155(*state, H_EXAMPLE ".example", H_EXAMPLE, 1, TYPES(T_NS, T_SOA));
    assert_true(proves("c.example", DNSSEC_INSECURE, &one, 1));
}

/* RFC 5155 section 1.3: between two hashes means neither of them. What has the hash at an end of the span
 * exists, and its own record would say what it is. */
static void test_nsec3_span_ends_before_the_next_hash(void **state)
{
    /* c.example has 4g6p9u5gvfshp30pqecj98b3maqbn1ck. */
#define ALL_BUT_THE_LAST "4g6p9u5gvfshp30pqecj98b3maqbn1c"
    static const struct {
        const char *owner, *next;
        bool expected;
    } rows[] = {
        {ALL_BUT_THE_LAST "j.example", ALL_BUT_THE_LAST "l", true},
        {ALL_BUT_THE_LAST "j.example", ALL_BUT_THE_LAST "k", false},
        {ALL_BUT_THE_LAST "i.example", ALL_BUT_THE_LAST "j", false},
        {ALL_BUT_THE_LAST "l.example", ALL_BUT_THE_LAST "m", false},
        {"v" ALL_BUT_THE_LAST ".example", ALL_BUT_THE_LAST "l", true}, /* the last of the chain */
        {"v" ALL_BUT_THE_LAST ".example", ALL_BUT_THE_LAST "k", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dns_record records[] = {
            rfc5155(*state, H_EXAMPLE ".example", H_NS1, 0, TYPES(T_NS, T_SOA)),
            rfc5155(*state, rows[i].owner, rows[i].next, 1, TYPES(T_MX)),
        };
        if (proves("c.example", DNSSEC_INSECURE, records, 2) != rows[i].expected)
            fail_msg("%s to %s", rows[i].owner, rows[i].next);
    }
#undef ALL_BUT_THE_LAST
}

static void test_nsec3_at_the_name(void **state)
{
    static const struct {
        const char *why;
        int types[5];
        enum dnssec_status dnssec;
        bool expected;
    } rows[] = {
        {"NS without DS and SOA", {T_NS, T_RRSIG}, DNSSEC_SECURE, true},
        {"the same, not validated", {T_NS, T_RRSIG}, DNSSEC_INSECURE, false},
        {"no NS", {T_MX, T_RRSIG}, DNSSEC_SECURE, false},
        {"SOA", {T_NS, T_SOA, T_RRSIG}, DNSSEC_SECURE, false},
        {"DS", {T_NS, T_DS, T_RRSIG}, DNSSEC_SECURE, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dns_record record = rfc5155(*state, H_A ".example", H_X_W, 1, rows[i].types);
        if (proves("a.example", rows[i].dnssec, &record, 1) != rows[i].expected)
            fail_msg("%s", rows[i].why);
    }
}

static void test_nsec3_unusable_records_prove_nothing(void **state)
{
    const struct nsec3_fields good = {.owner = H_A ".example",
                                      .next = H_X_W,
                                      .types = TYPES(T_NS),
                                      .algorithm = 1,
                                      .iterations = 12,
                                      .salt = SALT};
    struct dns_record record = nsec3(*state, good);
    assert_true(proves("a.example", DNSSEC_SECURE, &record, 1));

    struct nsec3_fields fields = good;
    fields.algorithm = 2;
    record = nsec3(*state, fields);
    assert_false(proves("a.example", DNSSEC_SECURE, &record, 1));
    fields = good;
    fields.iterations = 151; /* RFC 9276 section 3.2 */
    record = nsec3(*state, fields);
    assert_false(proves("a.example", DNSSEC_SECURE, &record, 1));
    fields = good;
    fields.iterations = 11; /* another hash then */
    record = nsec3(*state, fields);
    assert_false(proves("a.example", DNSSEC_SECURE, &record, 1));
    fields = good;
    fields.salt = (struct bytes){NULL, 0};
    record = nsec3(*state, fields);
    assert_false(proves("a.example", DNSSEC_SECURE, &record, 1));
    fields = good;
    fields.next = "0p9mhaveqvm6t7vb"; /* 10 bytes */
    record = nsec3(*state, fields);
    assert_false(proves("a.example", DNSSEC_SECURE, &record, 1));
    static const char *const owners[] = {H_A, "0p9mhaveqvm6t7vb.example", "!." H_A ".example",
                                         "\\255mthgpgcu1qg68fab165klnsnk3dpvl.example"};
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        fields = good;
        fields.owner = owners[i];
        record = nsec3(*state, fields);
        assert_false(proves("a.example", DNSSEC_SECURE, &record, 1));
    }
    record = nsec3(*state, good);
    record.rdata.n--; /* cut in the bitmap */
    assert_false(proves("a.example", DNSSEC_SECURE, &record, 1));
    record.rdata.n = 3;
    assert_false(proves("a.example", DNSSEC_SECURE, &record, 1));
    record = nsec3(*state, good);
    record.type = 46; /* an RRSIG is not looked at */
    assert_false(proves("a.example", DNSSEC_SECURE, &record, 1));
}

/* Records of a second chain do not complete the proof of the first. */
static void test_nsec3_chains_are_not_mixed(void **state)
{
    struct dns_record span = rfc5155(*state, H_A ".example", H_X_W, 1, TYPES(T_MX));
    struct nsec3_fields fields = {.owner = H_EXAMPLE ".example",
                                  .next = H_NS1,
                                  .types = TYPES(T_NS, T_SOA),
                                  .algorithm = 1,
                                  .iterations = 12,
                                  .salt = SALT};
    struct dns_record records[] = {span, nsec3(*state, fields)};
    assert_true(proves("c.example", DNSSEC_INSECURE, records, 2));
    fields.iterations = 13;
    records[1] = nsec3(*state, fields);
    assert_false(proves("c.example", DNSSEC_INSECURE, records, 2));
    fields.iterations = 12;
    fields.salt.n = 3;
    records[1] = nsec3(*state, fields);
    assert_false(proves("c.example", DNSSEC_INSECURE, records, 2));
    fields.salt.n = 4;
    fields.owner = H_EXAMPLE ".test";
    records[1] = nsec3(*state, fields);
    assert_false(proves("c.example", DNSSEC_INSECURE, records, 2));
}

static void test_nsec3_climb_ends_at_the_zone(void **state)
{
    struct dns_record records[] = {
        rfc5155(*state, H_XX ".b.example", H_W, 1, TYPES(T_MX)),
        rfc5155(*state, H_EXAMPLE ".b.example", H_NS1, 1, TYPES(T_NS, T_SOA)),
    };
    /* The hash of "example" is there, but that name is above the zone. */
    assert_false(proves("c.b.example", DNSSEC_INSECURE, records, 2));
}

static void prove_overlong_name(void *arena)
{
    char name[256];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct dns_record record = rfc5155(arena, H_A ".aaa", H_X_W, 1, TYPES(T_NS));
    memcpy(name + 251, ".aaa", 4);
    proves(name, DNSSEC_SECURE, &record, 1);
}

/* Names come from targets, which are bounded; a longer one is a bug, not an input. */
static void test_overlong_name_ends_the_process(void **state)
{
    unit_assert_dies(prove_overlong_name, *state);
}

static void test_nsec3_more_records_than_an_honest_answer_are_not_read(void **state)
{
    struct dns_record records[9];
    for (size_t i = 0; i < 8; i++)
        records[i] = rfc5155(*state, H_XX ".example", H_EXAMPLE, 1, TYPES(T_MX));
    records[8] = rfc5155(*state, H_A ".example", H_X_W, 0, TYPES(T_NS));
    assert_false(proves("a.example", DNSSEC_SECURE, records, 9));
    assert_true(proves("a.example", DNSSEC_SECURE, records + 1, 8));
}

/* The longest name there is, and the longest salt. */
static void test_nsec3_longest_name_and_salt(void **state)
{
    char name[254];
    for (size_t i = 0; i < 253; i++)
        name[i] = i % 2 ? '.' : 'a';
    name[253] = '\0';
    uint8_t salt[255] = {1};
    struct dns_record record = nsec3(*state, (struct nsec3_fields){.owner = H_A ".a",
                                                                   .next = H_X_W,
                                                                   .types = TYPES(T_NS),
                                                                   .algorithm = 1,
                                                                   .iterations = 150,
                                                                   .salt = {salt, 255}});
    assert_false(proves(name, DNSSEC_SECURE, &record, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nsec_at_a_zone_cut),
        cmocka_unit_test(test_only_nodata_for_ds_is_a_denial_at_a_cut),
        cmocka_unit_test(test_nodata_without_records_proves_nothing),
        cmocka_unit_test(test_malformed_nsec_proves_nothing),
        cmocka_unit_test(test_nsec3_opt_out_span_of_rfc5155_proves_insecure),
        cmocka_unit_test(test_nsec3_span_demands_opt_out_and_a_proper_encloser),
        cmocka_unit_test(test_nsec3_span_at_the_end_of_the_chain_wraps_around),
        cmocka_unit_test(test_nsec3_span_ends_before_the_next_hash),
        cmocka_unit_test(test_nsec3_at_the_name),
        cmocka_unit_test(test_nsec3_unusable_records_prove_nothing),
        cmocka_unit_test(test_nsec3_chains_are_not_mixed),
        cmocka_unit_test(test_nsec3_climb_ends_at_the_zone),
        cmocka_unit_test(test_overlong_name_ends_the_process),
        cmocka_unit_test(test_nsec3_more_records_than_an_honest_answer_are_not_read),
        cmocka_unit_test(test_nsec3_longest_name_and_salt),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
