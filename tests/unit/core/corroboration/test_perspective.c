#include "core/corroboration/perspective.h"
#include "support/unit.h"

#include <math.h>

#define CODES(...)                                                                                 \
    {                                                                                              \
        .items = (const char *const[]){__VA_ARGS__},                                               \
        .count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), .present = true      \
    }

static void test_rir_parse_known_names_any_case_gives_them(void **state)
{
    (void)state;
    for (int rir = RIR_NONE + 1; rir < RIR_COUNT; rir++)
        assert_int_equal(rir_parse(rir_str((enum rir)rir)), rir);
    assert_int_equal(rir_parse("ripe ncc"), RIR_RIPE_NCC);
    assert_int_equal(rir_parse("aPnIc"), RIR_APNIC);
}

static void test_rir_parse_unknown_names_gives_none(void **state)
{
    (void)state;
    static const char *const unknown[] = {"", "RIPE", "RIPE  NCC", " ARIN", "ARIN ", "IANA"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        assert_int_equal(rir_parse(unknown[i]), RIR_NONE);
    assert_int_equal(rir_parse(NULL), RIR_NONE);
    assert_null(rir_str(RIR_NONE));
}

static struct perspective_info at(const char *code, double latitude, double longitude)
{
    return (struct perspective_info){
        .code = code, .has_coordinates = true, .latitude = latitude, .longitude = longitude};
}

static void test_distance_between_known_places_is_the_great_circle(void **state)
{
    (void)state;
    static const struct {
        double from[2], to[2], km;
        const char *why;
    } rows[] = {
        {{0, 0}, {0, 0}, 0, "same place"},
        {{0, 0}, {0, 90}, 10007.557, "a quarter of the equator"},
        {{0, 0}, {0, 180}, 20015.115, "antipodes on the equator"},
        {{90, 0}, {-90, 77}, 20015.115, "pole to pole"},
        {{-0.82, -99.09}, {0.82, 80.91}, 20015.115, "antipodes that rounding carries too far"},
        {{0, 179.5}, {0, -179.5}, 111.195, "across the date line"},
        {{52.37, 4.90}, {50.11, 8.68}, 364.4, "Amsterdam to Frankfurt"},
        {{39.96, -83.0}, {38.95, -77.45}, 489.3, "Columbus to Dulles"},
        {{35.68, 139.69}, {34.69, 135.50}, 396.5, "Tokyo to Osaka"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct perspective_info a = at("a", rows[i].from[0], rows[i].from[1]);
        struct perspective_info b = at("b", rows[i].to[0], rows[i].to[1]);
        double km = perspective_distance_km(&a, &b);
        if (!(fabs(km - rows[i].km) <= 1.0))
            fail_msg("%s: %f km, expected %f", rows[i].why, km, rows[i].km);
        assert_true(fabs(km - perspective_distance_km(&b, &a)) < 1e-9);
    }
}

static void assert_pair(const struct perspective_info *a, const struct perspective_info *b,
                        bool too_close, bool unknown)
{
    assert_int_equal(perspectives_are_too_close(a, b), too_close);
    assert_int_equal(perspectives_are_too_close(b, a), too_close);
    assert_int_equal(perspectives_distance_is_unknown(a, b), unknown);
    assert_int_equal(perspectives_distance_is_unknown(b, a), unknown);
}

static void test_too_close_by_coordinates_is_under_500_km(void **state)
{
    (void)state;
    struct perspective_info origin = at("a", 0, 0);
    /* 500 km are 4.496602 degrees of the equator. */
    struct perspective_info within = at("b", 0, 4.4966);
    struct perspective_info beyond = at("b", 0, 4.4967);
    assert_pair(&origin, &within, true, false);
    assert_pair(&origin, &beyond, false, false);
    struct perspective_info nowhere = at("b", NAN, 10);
    assert_pair(&origin, &nowhere, true, false);
}

static void test_too_close_by_listing_holds_in_both_directions(void **state)
{
    (void)state;
    struct perspective_info plain = {.code = "a"};
    struct perspective_info lists = {.code = "b", .too_close_codes = CODES("x", "a")};
    struct perspective_info lists_other = {.code = "c", .too_close_codes = CODES("x")};
    assert_pair(&plain, &lists, true, false);
    assert_pair(&lists, &lists_other, false, false);
    struct perspective_info twin = {.code = "a"};
    assert_pair(&plain, &twin, true, true);
    struct perspective_info far = at("a", 0, 0);
    struct perspective_info far_but_listed = at("b", 0, 90);
    far_but_listed.too_close_codes = lists.too_close_codes;
    assert_pair(&far, &far_but_listed, true, false);
}

static void test_distance_is_unknown_where_one_has_no_place(void **state)
{
    (void)state;
    struct perspective_info nothing = {.code = "a"};
    struct perspective_info located = at("b", 0, 0);
    struct perspective_info declares_none = {.code = "c", .too_close_codes = {.present = true}};
    assert_pair(&nothing, &located, false, true);
    assert_pair(&nothing, &declares_none, false, true);
    assert_pair(&located, &declares_none, false, false);
    assert_false(perspective_has_place(&nothing));
    assert_true(perspective_has_place(&located));
    assert_true(perspective_has_place(&declares_none));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rir_parse_known_names_any_case_gives_them),
        cmocka_unit_test(test_rir_parse_unknown_names_gives_none),
        cmocka_unit_test(test_distance_between_known_places_is_the_great_circle),
        cmocka_unit_test(test_too_close_by_coordinates_is_under_500_km),
        cmocka_unit_test(test_too_close_by_listing_holds_in_both_directions),
        cmocka_unit_test(test_distance_is_unknown_where_one_has_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
