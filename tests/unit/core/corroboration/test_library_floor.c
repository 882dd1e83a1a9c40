/* Which versions of a library a CA may rely on. */
#include "core/corroboration/library_floor.h"

#include "support/unit.h"

#include <string.h>

static const struct library_floor floor_ = {
    .library = "libx", .minimum = "1.25.2", .why = "lacks y", .mend = "install z"};

static void test_versions_compare_as_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *version;
        bool is_current;
    } rows[] = {
        {"1.25.2", true},     {"1.25.3", true},
        {"1.25.10", true},    {"1.26", true},
        {"1.26.0", true},     {"2.0", true},
        {"2", true},          {"10.0.0", true},
        {"1.25.2.1", true},   {"1.26.0rc1", true},
        {"1.25.2rc1", false}, {"1.25.1", false},
        {"1.25", false},      {"1.9.9", false},
        {"1.17.1", false},    {"0.99.99", false},
        {"1", false},         {"", false},
        {"x1.26", false},     {"1.", false},
        {"1..9", false},      {"-1.26.2", false},
        {" 1.26.2", false},   {"1.26.2.0.5", true},
        {"9999999999", true}, {"1.9999999999999999999999", true},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct library_ruling ruling =
            library_floor_rule(&floor_, rows[i].version, NULL, "key", arena);
        if ((ruling.standing == LIBRARY_CURRENT) != rows[i].is_current)
            fail_msg("%s", rows[i].version);
        assert_int_equal(ruling.text == NULL, rows[i].is_current);
    }
    arena_free(arena);
}

static void test_only_the_very_version_is_accepted(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct library_ruling ruling = library_floor_rule(&floor_, "1.17.1", "1.17.1", "a.key", arena);
    assert_int_equal(ruling.standing, LIBRARY_ACCEPTED);
    assert_string_equal(ruling.text, "libx 1.17.1 is older than 1.25.2: it lacks y; accepted by "
                                     "a.key, better install z");
    ruling = library_floor_rule(&floor_, "1.17.1", "1.17.0", "a.key", arena);
    assert_int_equal(ruling.standing, LIBRARY_REFUSED);
    assert_string_equal(ruling.text, "libx 1.17.1 is older than 1.25.2: it lacks y; install z, or "
                                     "take the risk with a.key: \"1.17.1\", not \"1.17.0\"");
    ruling = library_floor_rule(&floor_, "1.17.1", NULL, "a.key", arena);
    assert_int_equal(ruling.standing, LIBRARY_REFUSED);
    assert_string_equal(ruling.text, "libx 1.17.1 is older than 1.25.2: it lacks y; install z, or "
                                     "take the risk with a.key: \"1.17.1\"");
    /* Above the floor nothing needs acceptance, and what is accepted below it does no harm. */
    ruling = library_floor_rule(&floor_, "1.26.2", "1.17.1", "a.key", arena);
    assert_int_equal(ruling.standing, LIBRARY_CURRENT);
    arena_free(arena);
}

static void test_what_can_be_accepted_is_a_release_below_the_floor(void **state)
{
    (void)state;
    assert_true(library_floor_can_accept(&floor_, "1.17.1"));
    assert_true(library_floor_can_accept(&floor_, "1.25.1"));
    static const char *const others[] = {"1.25.2", "1.26.2", "yes", "", "1.17.1-2", "1.17.", "any"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (library_floor_can_accept(&floor_, others[i]))
            fail_msg("%s", others[i]);
}

static void test_standing_has_a_word(void **state)
{
    (void)state;
    assert_string_equal(library_standing_str(LIBRARY_CURRENT), "current");
    assert_string_equal(library_standing_str(LIBRARY_ACCEPTED), "accepted");
    assert_string_equal(library_standing_str(LIBRARY_REFUSED), "below");
}

static void test_libunbound_has_a_floor(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const struct library_floor *floor = &library_floor_unbound;
    assert_int_equal(library_floor_rule(floor, "1.26.2", NULL, "k", arena).standing,
                     LIBRARY_CURRENT);
    struct library_ruling old = library_floor_rule(floor, "1.17.1", NULL, "k", arena);
    assert_int_equal(old.standing, LIBRARY_REFUSED);
    assert_non_null(strstr(old.text, "Debian 13"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions_compare_as_numbers),
        cmocka_unit_test(test_only_the_very_version_is_accepted),
        cmocka_unit_test(test_what_can_be_accepted_is_a_release_below_the_floor),
        cmocka_unit_test(test_standing_has_a_word),
        cmocka_unit_test(test_libunbound_has_a_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
