#include "core/corroboration/observation.h"
#include "support/unit.h"

#include "base/buf.h"

#include <string.h>

#define MAX_RESULTS 6

/* Perspectives that saw CAA records, each another answer but for the last, and none at all. */
static void set_caa_result(struct check_result *result, char letter)
{
    static const char *const one[] = {"0 issue \"a\""}, *const other[] = {"0 issue \"b\""};
    struct caa_details *caa = &result->details.caa;
    result->check_type = CHECK_CAA;
    result->verdict = letter == 'n' ? VERDICT_PASS : VERDICT_FAIL;
    caa->caa_record_present = OPT_BOOL(letter != 'n');
    caa->records_seen = (struct strv){.items = (const char **)(letter == 'c' ? other : one),
                                      .count = letter != 'n',
                                      .present = true};
    caa->found_at = letter == 'A' ? "a.example" : letter == 'B' ? "example" : NULL;
}

/* The words of a letter; every other letter is a perspective that could not tell, `.` one that was not
 * awaited. */
static void set_result(struct check_result *result, char letter)
{
    static const char *const one[] = {"1"}, *const two[] = {"1", "2"}, *const turned[] = {"2", "1"};
    struct strv *records = &result->details.record.records_seen;
    if (strchr("ABbcn", letter)) {
        set_caa_result(result, letter);
        return;
    }
    result->check_type = CHECK_DCV;
    result->method = DCV_DNS_CHANGE;
    result->verdict = strchr("PTtp", letter)   ? VERDICT_PASS
                      : strchr("FNHf", letter) ? VERDICT_FAIL
                                               : VERDICT_UNKNOWN;
    switch (letter) {
    case '?':
        result->problem = PROBLEM_DNS_TIMEOUT;
        break;
    case '!':
        result->problem = PROBLEM_REMOTE_CHECK;
        break;
    case '.':
        result->problem = PROBLEM_NOT_AWAITED;
        break;
    case 'P':
    case 'F':
        *records = (struct strv){.items = (const char **)one, .count = 1, .present = true};
        break;
    case 'T':
        *records = (struct strv){.items = (const char **)two, .count = 2, .present = true};
        break;
    case 't':
        *records = (struct strv){.items = (const char **)turned, .count = 2, .present = true};
        break;
    case 'N':
        records->present = true; /* none */
        result->problem = PROBLEM_NXDOMAIN;
        break;
    case 'H':
        result->details.http.response_page = "";
        result->details.http.response_status_code = OPT_INT(404);
        break;
    default: /* p, f: says nothing of what was seen, as Open MPIC's perspectives where they fail */
        break;
    }
}

/* "seen + abc, seen - d, seen ? e": each group, its verdict and perspectives; codes are a, b, … */
static const char *groups_of(const char *letters, struct arena *arena)
{
    static const char *const codes[MAX_RESULTS] = {"a", "b", "c", "d", "e", "f"};
    struct perspective_result results[MAX_RESULTS] = {0};
    struct attempt attempt = {.results = results};
    for (; letters[attempt.count]; attempt.count++) {
        results[attempt.count].code = codes[attempt.count];
        set_result(&results[attempt.count].result, letters[attempt.count]);
    }
    struct observations seen = observations_of(&attempt, arena);
    struct buf text = {.max = 1024};
    for (size_t i = 0; i < seen.count + seen.silent_count; i++) {
        assert_int_equal(seen.groups[i].check_completed, i < seen.count);
        const struct observation_group *group = &seen.groups[i];
        buf_printf(&text, "%s%s%s", i ? ", " : "", group->seen,
                   group->check_passed      ? " + "
                   : group->check_completed ? " - "
                                            : " ? ");
        for (size_t j = 0; j < group->perspectives.count; j++)
            buf_printf(&text, "%s", group->perspectives.items[j]);
    }
    const char *copy = arena_strdup(arena, buf_str(&text));
    buf_clear(&text);
    return copy;
}

static void test_observations_by_table(void **state)
{
    (void)state;
    static const struct {
        const char *letters, *groups, *why;
    } rows[] = {
        {"", "", "nobody"},
        {"??", "could not tell: dns_timeout ? ab", "nobody could tell"},
        {"P?!?",
         "records: 1 + a, could not tell: dns_timeout ? bd, could not tell: remote_check ? c",
         "who could not tell stands behind, by problem"},
        {"P..?", "records: 1 + a, could not tell: dns_timeout ? d", "not awaited: nothing to tell"},
        {"PPP", "records: 1 + abc", "agreed"},
        {"Tt", "records: 1 | 2 + ab", "the order of records does not matter"},
        {"PTT", "records: 1 | 2 + bc, records: 1 + a", "other records; the largest group first"},
        {"PF?", "records: 1 + a, records: 1 - b, could not tell: dns_timeout ? c",
         "the same records, and another verdict"},
        {"NNH", "nxdomain - ab, status 404, page (base64):  - c", "other reasons"},
        {"fNN", "nxdomain - bc",
         "who does not say what it saw, and comes to the same, does not disagree"},
        {"HfHf", "status 404, page (base64):  - ac", "the same of a page"},
        {"pTT", "records: 1 | 2 + bc", "the same of a yes"},
        {"NfH", "nxdomain - a, status 404, page (base64):  - c", "others do disagree"},
        {"pFF", "records: 1 - bc, what was expected + a", "another verdict is a disagreement"},
        {"fPP", "records: 1 + bc, something else - a", "the same the other way"},
        {"fff", "something else - abc", "none says what it saw"},
        {"AB", "CAA at a.example: 0 issue \"a\" - a, CAA at example: 0 issue \"a\" - b",
         "the same records, found elsewhere"},
        {"bcb", "CAA at ?: 0 issue \"a\" - ac, CAA at ?: 0 issue \"b\" - b",
         "other CAA records, and nobody says where"},
        {"nAn", "no CAA records + ac, CAA at a.example: 0 issue \"a\" - b", "none is an answer"},
        {"pff", "something else - bc, what was expected + a", "the same with two verdicts"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        const char *groups = groups_of(rows[i].letters, arena);
        if (strcmp(groups, rows[i].groups) != 0)
            fail_msg("%s (%s): %s", rows[i].letters, rows[i].why, groups);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_observations_by_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
