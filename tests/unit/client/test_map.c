/* The map of the perspectives: what is drawn where, and that it is well-formed. */
#include "client/map.h"

#include "base/str.h"
#include "client/coast.h"
#include "support/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX = 30 };

static struct world {
    struct arena *arena;
    struct buf out;
    struct perspective_info infos[MAX];
    struct map map;
} w;

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.arena = arena_new();
    w.infos[0] = (struct perspective_info){
        .code = "west", .has_coordinates = true, .latitude = 0, .longitude = -90};
    w.infos[1] = (struct perspective_info){
        .code = "middle", .has_coordinates = true, .latitude = 45, .longitude = 0};
    w.infos[2] = (struct perspective_info){
        .code = "east", .has_coordinates = true, .latitude = -45, .longitude = 90};
    w.map = (struct map){.title = "A title", .perspectives = w.infos, .count = 3};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_clear(&w.out);
    arena_free(w.arena);
    return 0;
}

static const char *drawn(void)
{
    buf_clear(&w.out);
    map_draw(&w.map, w.arena, &w.out);
    return buf_str(&w.out);
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    while ((text = strstr(text, part))) {
        count++;
        text += strlen(part);
    }
    return count;
}

static void test_points_lie_where_their_coordinates_say(void **state)
{
    (void)state;
    const char *text = drawn();
    /* Four pixels a degree, 44 above. */
    assert_has(text, "<circle cx=\"360.0\" cy=\"404.0\"");
    assert_has(text, "<circle cx=\"720.0\" cy=\"224.0\"");
    assert_has(text, "<circle cx=\"1080.0\" cy=\"584.0\"");
    assert_has(text, ">middle</text>");
    assert_has(text, ">A title</text>");
    assert_int_equal(count_of(text, "<path class=\"cohort\""), 0);
    assert_int_equal(count_of(text, "<polygon"), coast_outline_count);
}

static void test_members_of_a_cohort_are_joined_by_the_shortest_lines(void **state)
{
    (void)state;
    static const size_t members[] = {2, 0, 1};
    const struct cohort cohort = {.members = members, .count = 3};
    w.map.cohorts = (struct cohort_plan){.cohorts = &cohort, .count = 1};
    const char *text = drawn();
    /* Two lines, both to the one in the middle, and one in the legend; one colour. */
    assert_int_equal(count_of(text, "<path class=\"cohort\" stroke=\"#1b6ca8\""), 3);
    assert_int_equal(count_of(text, "fill=\"#1b6ca8\""), 3);
    assert_has(text, "d=\"M720.0 224.0L360.0 404.0\"");
    assert_has(text, ">cohort 1: east, west, middle</text>");
}

static void test_cohorts_differ_in_colour(void **state)
{
    (void)state;
    static const size_t members[][2] = {{0, 1}, {2, 3}};
    const struct cohort cohorts[] = {{members[0], 2}, {members[1], 2}};
    w.infos[3] = w.infos[2];
    w.infos[3].code = "far-east";
    w.infos[3].longitude = 150;
    w.infos[4] = (struct perspective_info){.code = "nowhere"};
    w.map.count = 5;
    w.map.cohorts = (struct cohort_plan){.cohorts = cohorts, .count = 2};
    const char *text = drawn();
    assert_int_equal(count_of(text, "fill=\"#1b6ca8\""), 2);
    assert_int_equal(count_of(text, "fill=\"#c8324a\""), 2);
    assert_int_equal(count_of(text, "<circle"), 4);
    assert_has(text, ">without coordinates: nowhere</text>");
}

static void test_member_without_coordinates_has_no_line(void **state)
{
    (void)state;
    static const size_t members[] = {0, 1, 2};
    const struct cohort cohort = {.members = members, .count = 3};
    w.infos[1].has_coordinates = false;
    w.map.cohorts = (struct cohort_plan){.cohorts = &cohort, .count = 1};
    assert_int_equal(count_of(drawn(), "<path class=\"cohort\""), 2);
    w.infos[0].has_coordinates = w.infos[2].has_coordinates = false;
    assert_int_equal(count_of(drawn(), "<path class=\"cohort\""), 1);
}

static void test_pairs_that_are_too_close_are_dashed(void **state)
{
    (void)state;
    assert_int_equal(count_of(drawn(), "<path class=\"close\""), 0);
    w.infos[1].latitude = w.infos[0].latitude + 4;
    w.infos[1].longitude = w.infos[0].longitude;
    const char *text = drawn();
    assert_has(text, "<path class=\"close\" d=\"M360.0 404.0L360.0 388.0\"/>");
    assert_has(text, ">too close to be in one cohort</text>");
}

static void test_text_of_others_is_escaped(void **state)
{
    (void)state;
    w.map.title = "<a> & b";
    w.infos[0].code = "x</text><script>";
    const char *text = drawn();
    assert_has(text, ">&lt;a&gt; &amp; b</text>");
    assert_has(text, ">x&lt;/text&gt;&lt;script&gt;</text>");
    assert_int_equal(count_of(text, "<script"), 0);
}

struct label {
    double x, y;
};

static size_t labels_of(const char *text, struct label *labels)
{
    size_t count = 0;
    while ((text = strstr(text, "<text x=\""))) {
        double x, y;
        char *end;
        x = strtod(text + 9, &end);
        y = strtod(end + strlen("\" y=\""), &end);
        if (str_starts_with(end, "\" class=\"code\""))
            labels[count++] = (struct label){x, y};
        text = end;
    }
    return count;
}

static void test_labels_of_neighbours_do_not_cover_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < 12; i++)
        w.infos[i] = (struct perspective_info){.code = arena_printf(w.arena, "region-%02zu", i),
                                               .has_coordinates = true,
                                               .latitude = 50,
                                               .longitude = 8 + (double)i / 4};
    /* At the border, where no label fits to the right. */
    w.infos[12] = w.infos[0];
    w.infos[12].longitude = 180;
    w.map.count = 13;
    struct label labels[MAX];
    const char *text = drawn();
    assert_int_equal(labels_of(text, labels), 13);
    for (size_t i = 0; i < 13; i++)
        for (size_t j = 0; j < i; j++)
            if (fabs(labels[i].x - labels[j].x) < 9 * 7.9 - 0.2 &&
                fabs(labels[i].y - labels[j].y) < 15 - 0.2)
                fail_msg("labels %zu and %zu: %s", j, i, text);
    assert_true(labels[12].x < 1440);
    assert_true(count_of(text, "<path class=\"leader\"") > 0);
}

static void test_place_where_no_label_fits_still_has_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < MAX; i++) {
        w.infos[i] = w.infos[0];
        w.infos[i].code = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    }
    w.map.count = MAX;
    struct label labels[MAX];
    assert_int_equal(labels_of(drawn(), labels), MAX);
}

static void test_outlines_are_polygons_on_the_globe(void **state)
{
    (void)state;
    for (size_t i = 0; i < coast_outline_count; i++) {
        assert_true(coast_outlines[i].count >= 3);
        for (size_t j = 0; j < coast_outlines[i].count; j++) {
            assert_in_range(coast_outlines[i].points[j].longitude + 180, 0, 360);
            assert_in_range(coast_outlines[i].points[j].latitude + 90, 0, 180);
        }
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_points_lie_where_their_coordinates_say),
        CASE(test_members_of_a_cohort_are_joined_by_the_shortest_lines),
        CASE(test_cohorts_differ_in_colour),
        CASE(test_member_without_coordinates_has_no_line),
        CASE(test_pairs_that_are_too_close_are_dashed),
        CASE(test_text_of_others_is_escaped),
        CASE(test_labels_of_neighbours_do_not_cover_each_other),
        CASE(test_place_where_no_label_fits_still_has_one),
        CASE(test_outlines_are_polygons_on_the_globe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
