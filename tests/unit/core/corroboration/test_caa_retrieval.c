/* Whether enough perspectives saw the same CAA record set, whatever it permits. */
#include "base/limits.h"
#include "core/corroboration/caa_retrieval.h"
#include "support/unit.h"

#include <string.h>

enum { PLACES = 4 };

static const char *const one[] = {"0 issue \"a.example\"", "0 issue \"b.example\""};
static const char *const turned[] = {"0 issue \"b.example\"", "0 issue \"a.example\""};
static const char *const other[] = {"0 issue \"c.example\""};
static const char *const cut[] = {"0 issue \"a.examp"};

/* S the set, permitted; F the same, not permitted; C the same, critical; T in another order; O another
 * set; U the set at a parent; N none; X cut; A an accepted failure; B bogus; ? could not tell;
 * D no such TLD; E the set of another name, not permitted; M the same, of the reference; L a set that the
 * lookups deny; P none, not permitted; Q none, but found somewhere. */
static void set_result(struct check_result *result, char letter)
{
    struct caa_details *caa = &result->details.caa;
    *result = (struct check_result){.check_type = CHECK_CAA, .verdict = VERDICT_PASS};
    caa->caa_record_present = OPT_BOOL(letter != 'N');
    caa->found_at = letter == 'U' ? "example" : letter == 'N' ? NULL : "a.example";
    caa->records_seen = (struct strv){letter == 'T'   ? turned
                                      : letter == 'O' ? other
                                      : letter == 'X' ? cut
                                                      : one,
                                      letter == 'N'                    ? 0
                                      : letter == 'O' || letter == 'X' ? 1
                                                                       : 2,
                                      letter != 'N'};
    static const struct lookup_report nothing[] = {{"a.example", "CAA", "nodata", "secure"}};
    if (strchr("EM", letter))
        caa->found_at = "b.example";
    if (strchr("PQ", letter)) {
        caa->caa_record_present = OPT_BOOL(false);
        caa->records_seen.count = 0;
        if (letter == 'P')
            caa->found_at = NULL;
    }
    if (letter == 'L') {
        caa->lookups = nothing;
        caa->lookup_count = 1;
    }
    result->from_reference = letter == 'M';
    if (strchr("FCDEMLP", letter)) {
        result->verdict = VERDICT_FAIL;
        result->problem = letter == 'D'   ? PROBLEM_NO_SUCH_TLD
                          : letter == 'C' ? PROBLEM_CAA_CRITICAL
                                          : PROBLEM_CAA_NOT_PERMITTED;
    }
    if (letter == '?') {
        result->verdict = VERDICT_UNKNOWN;
        result->problem = PROBLEM_DNS_TIMEOUT;
    }
    if (letter == 'A')
        caa->caa_record_present = (struct opt_bool){0};
    if (letter == 'B')
        result->details.dnssec = DNSSEC_BOGUS;
}

static void test_retrieval_needs_quorum_regions_and_primary(void **state)
{
    static const struct {
        const char *seen;
        char primary;
        size_t quorum, seeing;
        bool one_region, is_agreed;
    } rows[] = {
        {"SSSS", 0, 3, 4, false, true},
        {"FFFF", 0, 3, 4, false, true}, /* it forbids: that is what is there */
        {"SFCT", 0, 3, 4, false, true}, /* judged as each is configured, in any order */
        {"SSSO", 0, 3, 3, false, true},
        {"SSOO", 0, 3, 2, false, false},
        {"SSSU", 0, 4, 3, false, false},
        {"NNN?", 0, 3, 3, false, true},
        {"NNSS", 0, 3, 2, false, false},
        {"SS??", 0, 3, 2, false, false},
        {"AAAA", 0, 3, 0, false, false},
        {"BBBB", 0, 3, 0, false, false},
        {"XXXX", 0, 3, 0, false, false},
        {"DDDD", 0, 3, 0, false, false},
        {"????", 0, 3, 0, false, false},
        {"UUUU", 0, 3, 4, false, true},
        {"EEEE", 0, 3, 0, false, false},
        {"MMMM", 0, 3, 0, false, false},
        {"LLLL", 0, 3, 0, false, false},
        {"PPPP", 0, 3, 0, false, false},
        {"QQQQ", 0, 3, 0, false, false},
        {"SSEE", 0, 2, 2, false, true},
        {"SSSS", 'E', 3, 4, false, false},
        {"SSSS", 0, 3, 4, true, false},
        {"SSSS", 'F', 3, 4, false, true},
        {"SSSS", 'O', 3, 4, false, false},
        {"SSSS", '?', 3, 4, false, false},
        {"SSSS", 0, 0, 4, false, false},
    };
    const struct mpic_request request = {.check = {.check_type = CHECK_CAA, .target = "a.example"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct perspective_result results[PLACES] = {0}, primary = {0};
        for (size_t k = 0; k < PLACES; k++) {
            results[k].rir = rows[i].one_region || k % 2 ? RIR_ARIN : RIR_APNIC;
            set_result(&results[k].result, rows[i].seen[k]);
        }
        if (rows[i].primary)
            set_result(&primary.result, rows[i].primary);
        const struct attempt attempt = {results, PLACES};
        const struct mpic_response response = {.request = &request,
                                               .attempts = &attempt,
                                               .attempt_count = 1,
                                               .quorum_count = rows[i].quorum,
                                               .primary = rows[i].primary ? &primary : NULL};
        struct caa_retrieval retrieval = caa_retrieve(&response, *state);
        if (retrieval.is_agreed != rows[i].is_agreed || retrieval.seeing != rows[i].seeing)
            fail_msg("%s %c: %zu saw the same, %s", rows[i].seen,
                     rows[i].primary ? rows[i].primary : '-', retrieval.seeing,
                     retrieval.is_agreed ? "agreed" : "not agreed");
    }
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_retrieval_needs_quorum_regions_and_primary, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
