/* What the operator is told of the coming days, whatever the configuration says. */
#include "config/compliance_watch.h"

#include "core/method/baseline.h"
#include "support/unit.h"

#include <string.h>

static struct strv changes_on(const char *date, struct arena *arena)
{
    int64_t now_s;
    assert_true(baseline_parse_date(date, &now_s));
    return compliance_changes(now_s, arena);
}

static void test_changes_are_told_ninety_days_before(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    /* The number of perspectives is a matter of the configuration: compliance_watch() tells it. */
    assert_int_equal(changes_on("2026-11-25", arena).count, 0);
    assert_false(changes_on("2026-12-14", arena).present);
    struct strv changes = changes_on("2026-12-15", arena);
    assert_int_equal(changes.count, 3);
    assert_non_null(
        strstr(changes.items[0], "from 2027-03-15 on, in 90 days: must not be relied on"));
    assert_non_null(strstr(changes.items[1], "validationmethods"));
    assert_non_null(strstr(changes.items[2], "reused for 100 days"));
    changes = changes_on("2027-03-14", arena);
    assert_non_null(strstr(changes.items[0], "in 1 day: "));
    assert_int_equal(changes_on("2027-03-15", arena).count, 0);
    assert_int_equal(changes_on("2028-01-01", arena).count, 1);
    assert_int_equal(changes_on("2029-03-01", arena).count, 1);
    assert_int_equal(changes_on("2030-01-01", arena).count, 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_are_told_ninety_days_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
