/* How evidence is shortened: the shares of several answers, and the records that stay. */
#include "core/corroboration/evidence_share.h"

#include "base/str.h"
#include "support/unit.h"

#include <stdint.h>

static void test_what_small_parts_leave_goes_to_the_large_ones(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        size_t sizes[4];
        size_t total, share;
    } rows[] = {
        {"all fit", {10, 20, 30, 40}, 100, SIZE_MAX},
        {"one floods: the others stay whole", {10, 20, 30, 400}, 100, 40},
        {"two flood", {10, 20, 300, 400}, 100, 35},
        {"all flood", {1000, 1000, 1000, 1000}, 100, 25},
        {"nothing is left", {1, 1, 1, 1}, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (evidence_share(rows[i].sizes, 4, rows[i].total) != rows[i].share)
            fail_msg("%s", rows[i].why);
    assert_true(evidence_share(NULL, 0, 5) == SIZE_MAX);
}

static const char *joined(struct strv records, struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < records.count; i++)
        text = arena_printf(arena, "%s|%s", text, records.items[i]);
    return text;
}

#define STRV(...)                                                                                  \
    {                                                                                              \
        .items = (const char *[]){__VA_ARGS__},                                                    \
        .count = sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), .present = true           \
    }

static void test_the_records_that_decide_stay(void **state)
{
    struct arena *arena = *state = arena_new();
    const struct {
        const char *why;
        struct strv seen;
        const char *reason;
        size_t max;
        const char *kept;
    } rows[] = {
        {"the issuer of the request, whatever stands before it",
         STRV("0 iodef \"a\"", "0 issue \"x\"", "0 issue \"y\"", "0 issue \"CA.example; a=b\""),
         NULL, 1, "|0 issue \"CA.example; a=b\""},
        {"the record of the reason, of a list that the perspective has of its own",
         STRV("0 issue \"x\"", "0 issue \"own.example\"", "0 issue \"z\""),
         "issue \"own.example\" permits", 1, "|0 issue \"own.example\""},
        {"a critical record forbids", STRV("0 issue \"x\"", "128 tbs \"\"", "0 issue \"z\""), NULL,
         2, "|0 issue \"x\"|128 tbs \"\""},
        {"kinds that permit before others", STRV("0 iodef \"a\"", "nonsense", "0 issuewild \"z\""),
         NULL, 2, "|0 iodef \"a\"|0 issuewild \"z\""},
        {"all fit", STRV("b", "a"), NULL, 2, "|b|a"},
    };
    const struct check_request request = {.check_type = CHECK_CAA,
                                          .caa = {.caa_domains = STRV("ca.example")}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct check_result result = {
            .check_type = CHECK_CAA,
            .details = {.reason = rows[i].reason, .caa.records_seen = rows[i].seen}};
        const char *kept =
            joined(evidence_choose_records(&request, &result, rows[i].max, arena), arena);
        if (!str_eq(kept, rows[i].kept))
            fail_msg("%s: %s", rows[i].why, kept);
    }
    arena_free(arena);
}

static void test_the_record_that_matched_stays(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const struct check_request request = {.check_type = CHECK_DCV};
    const struct check_result result = {
        .check_type = CHECK_DCV,
        .details.record = {.records_seen = STRV("a", "b", "secret"), .matched_record = "secret"}};
    assert_string_equal(joined(evidence_choose_records(&request, &result, 2, arena), arena),
                        "|a|secret");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_small_parts_leave_goes_to_the_large_ones),
        cmocka_unit_test(test_the_records_that_decide_stay),
        cmocka_unit_test(test_the_record_that_matched_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
