/* What the coming days change. */
#include "core/corroboration/calendar.h"

#include "core/method/baseline.h"
#include "support/unit.h"

#include <string.h>

static const struct calendar_change *changes_after(const char *date, struct arena *arena,
                                                   size_t *count)
{
    int64_t time_s;
    assert_true(baseline_parse_date(date, &time_s));
    return calendar_changes(time_s, arena, count);
}

static void test_changes_come_by_day_with_their_clauses(void **state)
{
    (void)state;
    static const struct {
        const char *from, *part;
    } rows[] = {
        {"2026-12-15",
         "at least 5 remote perspectives of two RIR regions are demanded (BR 3.2.2.9)"},
        {"2027-03-15", "validations made before by them must not be used: contact-phone-txt (BR "
                       "3.2.2.4.16), contact-phone-caa (BR 3.2.2.4.17), reverse-address-lookup (BR "
                       "3.2.2.5.3)"},
        {"2027-03-15", "(BR 4.2.2.1.2)"},
        {"2027-03-15", "reused for 100 days (BR 4.2.1), and a certificate is valid for 100 days"},
        {"2028-03-15", "contact-email-txt (BR 3.2.2.4.14), contact-email-caa (BR 3.2.2.4.13)"},
        {"2029-03-15", "reused for 10 days (BR 4.2.1), and a certificate is valid for 47 days"},
    };
    struct arena *arena = arena_new();
    size_t count;
    const struct calendar_change *changes = changes_after("2026-11-25", arena, &count);
    assert_int_equal(count, sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(changes[i].from_text, rows[i].from);
        if (!strstr(changes[i].text, rows[i].part))
            fail_msg("\"%s\" is not in \"%s\"", rows[i].part, changes[i].text);
    }
    arena_free(arena);
}

static void test_what_has_begun_is_no_change_any_more(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    size_t count;
    const struct calendar_change *changes = changes_after("2028-03-15", arena, &count);
    assert_int_equal(count, 1);
    assert_string_equal(changes[0].from_text, "2029-03-15");
    changes_after("2029-03-15", arena, &count);
    assert_int_equal(count, 0);
    /* From before all of it: in the order of days, none twice. */
    changes = changes_after("2019-01-01", arena, &count);
    for (size_t i = 1; i < count; i++)
        assert_true(changes[i - 1].from_s <= changes[i].from_s);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_come_by_day_with_their_clauses),
        cmocka_unit_test(test_what_has_begun_is_no_change_any_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
