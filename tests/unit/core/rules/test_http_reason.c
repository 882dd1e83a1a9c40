#include "core/rules/http_reason.h"
#include "support/judge_body.h"
#include "support/unit.h"

#include <string.h>

static const struct dcv_params acme = {
    .method = DCV_ACME_HTTP_01, .token = "tok1", .key_authorization = "tok1.thumb"};
static const struct dcv_params website = {
    .method = DCV_WEBSITE_CHANGE, .challenge_value = "Secret", .require_exact_case = true};
static const struct dcv_params expression = {.method = DCV_WEBSITE_CHANGE,
                                             .challenge_value = "Secret",
                                             .require_exact_case = true,
                                             .match_regex = "^Secret$"};
static const struct dcv_params costly = {
    .method = DCV_WEBSITE_CHANGE, .challenge_value = "", .match_regex = "^(a|aa)+$"};

#define A60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const struct dcv_params *params;
    struct http_final final;
    const char *body;
    const char *parts[3]; /* of the sentence */
} rows[] = {
    {&acme,
     {.status_code = 404, .reason = {(const uint8_t *)"Not Found", 9}},
     "<h1>no such page</h1>",
     {"answered with status 404 (Not Found), but only a status of 2xx", "is \"<h1>no such page"}},
    {&acme, {.status_code = 500}, "", {"status 500, but", "The page is empty."}},
    {&acme, {.status_code = 206}, "x", {"status 206", "only a part"}},
    {&acme,
     {.status_code = 200, .content_encoding = "gzip"},
     "\x1f\x8b",
     {"status 200", "encoded (Content-Encoding: gzip)", "\\031\\139"}},
    {&acme,
     {.status_code = 200, .is_longer = true},
     A60 A60,
     {"more than 138 bytes", "begins with \"aaa", "aaa...\"."}},
    {&acme,
     {.status_code = 200},
     "wrong",
     {"is not the key authorization \"tok1.thumb\"", "The page is \"wrong\"."}},
    {&acme, {.status_code = 200}, "\xef\xbb\xbftok1.thumb", {"byte order mark"}},
    {&acme, {.status_code = 200}, "\ntok1.thumb", {"white space"}},
    {&acme, {.status_code = 200}, "<html>", {"a page for people"}},
    {&acme, {.status_code = 200}, "tok1\r\n", {"the token alone"}},
    {&acme, {.status_code = 200}, "tok1.other", {"another account key"}},
    {&website, {.status_code = 200}, "x", {"does not hold the challenge value \"Secret\""}},
    {&website, {.status_code = 200}, "sEcret", {"case counts"}},
    {&website, {.status_code = 200, .is_longer = true}, "x", {"first 16384 bytes"}},
    {&expression, {.status_code = 200}, "a Secret", {"does not match match_regex \"^Secret$\""}},
    {&costly, {.status_code = 200}, A60 "b", {"page of 61 bytes", "too many steps: \"^(a|aa)+$\""}},
};

static void test_reasons_say_where_what_was_expected_and_what_came(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const struct http_place place = {"http://www.example.com/x", "192.0.2.1"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_final final = rows[i].final;
        final.body = bytes_of(rows[i].body);
        struct http_judgement judgement = judge_body(rows[i].params, &final, arena);
        assert_true(judgement.problem != PROBLEM_NONE);
        const char *text = http_reason(rows[i].params, &final, &judgement, &place, arena);
        if (strncmp(text, "http://www.example.com/x at 192.0.2.1 ", 38) != 0)
            fail_msg("row %zu: %s", i, text);
        for (size_t j = 0; j < 3 && rows[i].parts[j]; j++)
            if (!strstr(text, rows[i].parts[j]))
                fail_msg("row %zu: \"%s\" is not in %s", i, rows[i].parts[j], text);
    }
    arena_free(arena);
}

static void test_reason_of_a_search_that_never_began_says_so(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const struct http_place place = {"http://www.example.com/x", "192.0.2.1"};
    const struct http_final final = {.status_code = 200, .body = bytes_of("Secret")};
    const struct http_judgement late = http_body_give_up();
    const char *text = http_reason(&expression, &final, &late, &place, arena);
    assert_non_null(strstr(text, "no time left to match it with match_regex \"^Secret$\""));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reasons_say_where_what_was_expected_and_what_came),
        cmocka_unit_test(test_reason_of_a_search_that_never_began_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
