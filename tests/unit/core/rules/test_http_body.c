#include "core/rules/http_body.h"
#include "support/judge_body.h"
#include "support/unit.h"

#include <string.h>

static int setup(void **state)
{
    *state = arena_new();
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

#define KEY_AUTHORIZATION "tok1.thumb-print_"
#define NBSP              "\xc2\xa0"
#define BOM               "\xef\xbb\xbf"

static const struct dcv_params acme = {
    .method = DCV_ACME_HTTP_01, .token = "tok1", .key_authorization = KEY_AUTHORIZATION};
static const struct dcv_params website = {
    .method = DCV_WEBSITE_CHANGE, .challenge_value = "Secret", .require_exact_case = true};

static struct http_judgement judge(const struct dcv_params *params, const char *body,
                                   struct arena *arena)
{
    const struct http_final final = {.status_code = 200, .body = bytes_of(body)};
    return judge_body(params, &final, arena);
}

/* --- the head ------------------------------------------------------------------------------ */

static void test_status_other_than_2xx_or_partial_is_no_success(void **state)
{
    for (int status = 100; status < 600; status++) {
        const struct http_final final = {.status_code = status,
                                         .body = bytes_of(KEY_AUTHORIZATION)};
        struct http_judgement got = judge_body(&acme, &final, *state);
        bool good = status >= 200 && status <= 299 && status != 206;
        assert_int_equal(got.problem, good ? PROBLEM_NONE : PROBLEM_HTTP_STATUS);
        assert_int_equal(got.text != NULL, !good);
    }
    struct http_final final = {.status_code = 404};
    assert_string_equal(judge_body(&acme, &final, *state).text,
                        "An HTTP error occurred: Response status 404, Response reason: none given");
    final.reason = bytes_of("Gone fishing\x07");
    assert_string_equal(
        judge_body(&acme, &final, *state).text,
        "An HTTP error occurred: Response status 404, Response reason: Gone fishing\\007");
}

static void test_content_coding_other_than_identity_is_named(void **state)
{
    static const struct {
        const char *coding;
        bool accepted;
    } rows[] = {
        {NULL, true},          {"", true},      {"identity", true}, {"Identity", true},
        {" identity\t", true}, {"gzip", false}, {"br", false},      {"identity, gzip", false},
        {"identit", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct http_final final = {.status_code = 200,
                                         .content_encoding = rows[i].coding,
                                         .body = bytes_of(KEY_AUTHORIZATION)};
        struct http_judgement got = judge_body(&acme, &final, *state);
        assert_int_equal(got.problem, rows[i].accepted ? PROBLEM_NONE : PROBLEM_HTTP_STATUS);
    }
    const struct http_final final = {.status_code = 200, .content_encoding = "gzip\x1b[2J"};
    assert_string_equal(
        judge_body(&acme, &final, *state).text,
        "An HTTP error occurred: Response status 200, Response reason: "
        "none given (Content-Encoding \"gzip\\027[2J\", although none was accepted)");
}

/* --- acme-http-01 -------------------------------------------------------------------------- */

static void test_acme_body_is_the_key_authorization_and_white_space_after_it(void **state)
{
    static const struct {
        const char *body;
        bool matches;
        const char *why;
    } rows[] = {
        {KEY_AUTHORIZATION, true, "as it is"},
        {KEY_AUTHORIZATION "\n", true, "a line end"},
        {KEY_AUTHORIZATION "\r\n \t\v\f", true, "all the white space of ASCII"},
        {" " KEY_AUTHORIZATION, false, "white space before it"},
        {"\n" KEY_AUTHORIZATION, false, "a line end before it"},
        {BOM KEY_AUTHORIZATION, false, "a byte order mark"},
        {KEY_AUTHORIZATION NBSP, false, "a no-break space is content"},
        {KEY_AUTHORIZATION "x", false, "more"},
        {KEY_AUTHORIZATION " x", false, "more after a blank"},
        {"tok1.thumb-print", false, "less"},
        {"TOK1.thumb-print_", false, "case counts"},
        {"", false, "nothing"},
        {"\n", false, "nothing but a line end"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (judge(&acme, rows[i].body, *state).problem !=
            (rows[i].matches ? PROBLEM_NONE : PROBLEM_NO_MATCH))
            fail_msg("%s", rows[i].why);
}

static void test_acme_body_with_a_nul_is_compared_as_bytes(void **state)
{
    static const char body[] = KEY_AUTHORIZATION "\0";
    const struct http_final final = {.status_code = 200,
                                     .body = {(const uint8_t *)body, sizeof body}};
    assert_int_equal(judge_body(&acme, &final, *state).problem, PROBLEM_NO_MATCH);
}

static void test_acme_body_beyond_its_limit_is_too_large(void **state)
{
    size_t limit = http_body_limit(&acme);
    assert_int_equal(limit, strlen(KEY_AUTHORIZATION) + 128);
    char *body = arena_alloc(*state, limit + 2);
    memset(body, '\n', limit + 1);
    memcpy(body, KEY_AUTHORIZATION, strlen(KEY_AUTHORIZATION));
    struct http_final final = {.status_code = 200, .body = {(const uint8_t *)body, limit}};
    assert_int_equal(judge_body(&acme, &final, *state).problem, PROBLEM_NONE);
    final.is_longer = true; /* of what is not seen nothing is known */
    assert_int_equal(judge_body(&acme, &final, *state).problem, PROBLEM_BODY_TOO_LARGE);
    final.is_longer = false;
    final.body.n = limit + 1;
    struct http_judgement got = judge_body(&acme, &final, *state);
    assert_int_equal(got.problem, PROBLEM_BODY_TOO_LARGE);
    assert_string_equal(got.text, "The response body is longer than 145 bytes.");
}

/* Long enough that whoever compares a first part only would not see what follows. */
static void test_acme_body_after_a_long_key_authorization_counts(void **state)
{
    char *key = arena_alloc(*state, 201);
    memset(key, 'k', 200);
    const struct dcv_params params = {.method = DCV_ACME_HTTP_01, .key_authorization = key};
    static const struct {
        const char *after;
        enum problem problem;
        const char *why;
    } rows[] = {
        {"", PROBLEM_NONE, "nothing after it"},
        {"\r\n", PROBLEM_NONE, "a line end"},
        {"garbage", PROBLEM_NO_MATCH, "garbage"},
        {"\r\ngarbage", PROBLEM_NO_MATCH, "garbage on the next line"},
        {"\n" BOM, PROBLEM_NO_MATCH, "a byte order mark at the end"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (judge(&params, arena_printf(*state, "%s%s", key, rows[i].after), *state).problem !=
            rows[i].problem)
            fail_msg("%s", rows[i].why);
    const char *garbage_beyond = arena_printf(*state, "%s%*sgarbage", key, 128, "");
    struct http_final final = {.status_code = 200,
                               .body = {(const uint8_t *)garbage_beyond, http_body_limit(&params)},
                               .is_longer = true};
    assert_int_equal(judge_body(&params, &final, *state).problem, PROBLEM_BODY_TOO_LARGE);
    key[199] = '\0'; /* one character less was expected: now the last is garbage */
    assert_int_equal(judge(&params, arena_printf(*state, "%sk", key), *state).problem,
                     PROBLEM_NO_MATCH);
}

static void test_acme_without_a_key_authorization_is_never_met(void **state)
{
    const struct dcv_params nothing = {.method = DCV_ACME_HTTP_01, .key_authorization = ""};
    assert_int_equal(judge(&nothing, "", *state).problem, PROBLEM_NO_MATCH);
    assert_int_equal(judge(&nothing, "\n", *state).problem, PROBLEM_NO_MATCH);
    const struct dcv_params absent = {.method = DCV_ACME_HTTP_01};
    assert_int_equal(judge(&absent, "", *state).problem, PROBLEM_NO_MATCH);
}

/* --- website-change ------------------------------------------------------------------------ */

struct website_row {
    const char *challenge, *regex;
    bool any_case;
    const char *body;
    enum problem problem;
    const char *why;
};

static const struct website_row website_rows[] = {
    {"Secret", NULL, false, "Secret", PROBLEM_NONE, "alone"},
    {"Secret", NULL, false, "<meta content=\"Secret\">", PROBLEM_NONE, "anywhere"},
    {"Secret", NULL, false, "secret", PROBLEM_NO_MATCH, "case counts"},
    {"Secret", NULL, true, "<SECRET>", PROBLEM_NONE, "unless it was said not to"},
    {"Secret", NULL, false, "Sec ret", PROBLEM_NO_MATCH, "in one piece"},
    {"Secret", NULL, false, "", PROBLEM_NO_MATCH, "nothing"},
    {"Secret", "^Secret \\d+$", false, "Secret 12", PROBLEM_NONE, "both match"},
    {"Secret", "^Secret \\d+$", false, " \r\nSecret 12\v ", PROBLEM_NONE, "trimmed at both ends"},
    {"Secret", "^Secret \\d+$", false, NBSP "Secret 12", PROBLEM_NO_MATCH, "of ASCII blanks only"},
    {"Secret", "^Secret \\d+$", false, "Secret xx", PROBLEM_NO_MATCH, "the expression does not"},
    {"Secret", "^Secret \\d+$", true, "SECRET 12", PROBLEM_NO_MATCH, "in it case counts"},
    {"Secret", "\\d+", false, "12", PROBLEM_NO_MATCH, "the value does not"},
    {"", "\\d+", false, "12", PROBLEM_NONE, "the expression alone"},
    {NULL, "\\d+", false, "12", PROBLEM_NONE, "likewise"},
    {"", "\\d+", false, "x", PROBLEM_NO_MATCH, "which must match"},
    {"", "a*", false, " \n", PROBLEM_NO_MATCH, "an empty page proves nothing"},
    {"", NULL, false, "anything", PROBLEM_NO_MATCH, "nothing was asked for"},
    {NULL, "", false, "anything", PROBLEM_NO_MATCH, "nothing was asked for"},
    {"", "^(a|aa)+$", false, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
     PROBLEM_REGEX_LIMIT, "too many steps"},
};

static void test_website_body_holds_the_value_and_matches_the_expression(void **state)
{
    for (size_t i = 0; i < sizeof website_rows / sizeof website_rows[0]; i++) {
        const struct website_row *row = &website_rows[i];
        const struct dcv_params params = {.method = DCV_WEBSITE_CHANGE,
                                          .challenge_value = row->challenge,
                                          .match_regex = row->regex,
                                          .require_exact_case = !row->any_case};
        struct http_judgement got = judge(&params, row->body, *state);
        if (got.problem != row->problem)
            fail_msg("%s: %s", row->why, problem_str(got.problem));
        assert_int_equal(got.text == NULL, got.problem == PROBLEM_NONE);
    }
}

static void test_website_body_beyond_its_limit_is_seen_to_the_limit(void **state)
{
    size_t limit = http_body_limit(&website);
    assert_int_equal(limit, 16384);
    char *body = arena_alloc(*state, limit + 8);
    memset(body, 'x', limit + 8);
    memcpy(body + limit - strlen("Secret"), "Secret", strlen("Secret"));
    struct http_final final = {
        .status_code = 200, .body = {(const uint8_t *)body, limit}, .is_longer = true};
    assert_int_equal(judge_body(&website, &final, *state).problem, PROBLEM_NONE);
    memset(body, 'x', limit);
    memcpy(body + limit - 1, "Secret", strlen("Secret"));
    final.body.n = limit + 8; /* what lies beyond the limit does not count, even if it is there */
    assert_int_equal(judge_body(&website, &final, *state).problem, PROBLEM_NO_MATCH);
}

static void test_website_body_beyond_its_limit_is_too_large_for_an_expression(void **state)
{
    const struct dcv_params params = {
        .method = DCV_WEBSITE_CHANGE, .challenge_value = "Secret", .match_regex = "^Secret$"};
    const struct http_final final = {
        .status_code = 200, .body = bytes_of("Secret"), .is_longer = true};
    struct http_judgement got = judge_body(&params, &final, *state);
    assert_int_equal(got.problem, PROBLEM_BODY_TOO_LARGE);
    assert_string_equal(got.text, "The response body is longer than 16384 bytes.");
    /* Exactly the limit is no more than the limit. */
    size_t limit = http_body_limit(&params);
    uint8_t *body = arena_alloc(*state, limit);
    memset(body, ' ', limit);
    memcpy(body + limit - strlen("Secret"), "Secret", strlen("Secret"));
    const struct http_final full = {.status_code = 200, .body = {body, limit}};
    assert_int_equal(judge_body(&params, &full, *state).problem, PROBLEM_NONE);
}

static void test_page_bytes_are_100_or_the_length_of_the_value(void **state)
{
    (void)state;
    assert_int_equal(http_body_page_bytes(&acme), 100);
    assert_int_equal(http_body_page_bytes(&website), 100);
    char value[151];
    memset(value, 'x', 150);
    value[150] = '\0';
    const struct dcv_params long_key = {.method = DCV_ACME_HTTP_01, .key_authorization = value};
    const struct dcv_params long_value = {.method = DCV_WEBSITE_CHANGE, .challenge_value = value};
    assert_int_equal(http_body_page_bytes(&long_key), 150);
    assert_int_equal(http_body_page_bytes(&long_value), 150);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

/* Nobody forgets the search: without it the page proves nothing. */
static void test_website_body_that_was_not_searched_yet_proves_nothing(void **state)
{
    const struct dcv_params params = {
        .method = DCV_WEBSITE_CHANGE, .challenge_value = "Secret", .match_regex = "t\\d+"};
    const struct http_final final = {.status_code = 200, .body = bytes_of("\n Secret1  ")};
    const struct http_judgement open = http_body_judge(&params, &final, *state);
    assert_int_equal(open.problem, PROBLEM_REGEX_LIMIT);
    assert_int_equal(open.to_search.n, strlen("Secret1"));
    assert_ptr_equal(open.to_search.p, final.body.p + 2);
    assert_int_equal(http_body_give_up().problem, PROBLEM_REGEX_LIMIT);
    assert_int_equal(http_body_give_up().to_search.n, 0);
    struct http_judgement got = http_body_conclude(&open, REGEX_LIMIT, 0);
    assert_int_equal(got.problem, PROBLEM_REGEX_LIMIT);
    assert_int_equal(got.to_search.n, 0);
    got = http_body_conclude(&open, REGEX_NO_MATCH, 0);
    assert_int_equal(got.problem, PROBLEM_NO_MATCH);
    got = http_body_conclude(&open, REGEX_MATCH, 7);
    assert_int_equal(got.problem, PROBLEM_NONE);
    assert_int_equal(got.seen_bytes, 9); /* the match, and the blanks before it */
    got = http_body_conclude(&open, REGEX_MATCH, 2);
    assert_int_equal(got.seen_bytes, 8); /* the value */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(test_status_other_than_2xx_or_partial_is_no_success),
        CASE(test_content_coding_other_than_identity_is_named),
        CASE(test_acme_body_is_the_key_authorization_and_white_space_after_it),
        CASE(test_acme_body_with_a_nul_is_compared_as_bytes),
        CASE(test_acme_body_beyond_its_limit_is_too_large),
        CASE(test_acme_body_after_a_long_key_authorization_counts),
        CASE(test_acme_without_a_key_authorization_is_never_met),
        CASE(test_website_body_holds_the_value_and_matches_the_expression),
        CASE(test_website_body_beyond_its_limit_is_seen_to_the_limit),
        CASE(test_website_body_beyond_its_limit_is_too_large_for_an_expression),
        CASE(test_website_body_that_was_not_searched_yet_proves_nothing),
        CASE(test_page_bytes_are_100_or_the_length_of_the_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
