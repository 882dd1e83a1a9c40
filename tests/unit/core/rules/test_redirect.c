#include "core/rules/redirect.h"

#include "base/limits.h"
#include "base/str.h"
#include "support/unit.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define FROM "http://example.com/.well-known/acme-challenge/tok"

static struct url url_of(const char *text, struct arena *arena)
{
    struct url url;
    struct err err;
    if (!url_parse(bytes_of(text), arena, &url, &err))
        fail_msg("%s: %s", text, err.text);
    return url;
}

/* Decides over one Location, NULL for none, coming from FROM as the first URL. */
static struct redirect_decision decide(int status_code, const char *location, struct arena *arena)
{
    static const char *const visited[] = {FROM};
    struct url from = url_of(FROM, arena);
    const struct redirect_query query = {
        .from = &from,
        .status_code = status_code,
        .locations = &location,
        .location_count = location ? 1 : 0,
        .visited = visited,
        .visited_count = 1,
        .http_port = 80,
        .https_port = 443,
        .challenge_value = "Secret Value",
    };
    return redirect_decide(&query, arena);
}

struct redirect_case {
    const char *location;
    const char *to;   /* NULL: refused */
    const char *text; /* of the refusal: occurs in it */
    const char *why;
};

static const struct redirect_case cases[] = {
    {"https://example.com/x", "https://example.com/x", NULL, "another scheme"},
    {"http://other.example/y?z", "http://other.example/y?z", NULL, "another host"},
    {"HTTP://Other.Example./y", "http://other.example/y", NULL, "canonical host"},
    {"http://other.example", "http://other.example/", NULL, "no path"},
    {"/y", "http://example.com/y", NULL, "absolute path"},
    {"y", "http://example.com/.well-known/acme-challenge/y", NULL, "relative path"},
    {"../../y", "http://example.com/y", NULL, "dot segments"},
    {"?y", FROM "?y", NULL, "query only"},
    {"//other.example/y", "http://other.example/y", NULL, "authority only"},
    {"https://other.example/y#frag", "https://other.example/y", NULL, "the fragment is dropped"},
    {"http://other.example:80/", "http://other.example/", NULL, "default port"},
    {"http://other.example:443/", "http://other.example:443/", NULL, "443 with http"},
    {"https://other.example:80/", "https://other.example:80/", NULL, "80 with https"},
    {"http://192.0.2.1/", "http://192.0.2.1/", NULL, "IPv4: the address is tested later"},
    {"http://[2001:DB8::1]:443/", "http://[2001:db8::1]:443/", NULL, "IPv6"},
    {" \thttp://other.example/ ", "http://other.example/", NULL, "blanks around the field value"},
    {"http://com/", "http://com/", NULL, "a single label"},
    {"http://well-known/", "http://well-known/", NULL, "a label of that name alone"},
    {"http://other.example/x.well-known", "http://other.example/x.well-known", NULL, "in the path"},
    {"http://other.example:8080/", NULL, "the port must be 80 or 443", "another port"},
    {"https://other.example:22/", NULL, "the port must be 80 or 443",
     "an Authorized Port that no web server has"},
    {"http://other.example:0/", NULL, "from 1 to 65535", "no port"},
    {"http://other.example:65616/", NULL, "from 1 to 65535", "80 modulo 65536"},
    {"ftp://other.example/", NULL, "http or https", "scheme"},
    {"javascript:alert(1)", NULL, "http or https", "scheme"},
    {"example.com:80/", NULL, "http or https", "a scheme by grammar"},
    {"http:/y", NULL, "no host", "no authority"},
    {"http://user:pw@other.example/", NULL, "user information", "user information"},
    {"http://@other.example/", NULL, "user information", "empty user information"},
    {"http://*.other.example/", NULL, "\"*\"", "wildcard"},
    {"http:///y", NULL, "the host is invalid: it is empty", "no host"},
    {"http://other..example/", NULL, "empty label", "host"},
    {"http://127.1/", NULL, "is a number", "short IPv4"},
    {"http://2130706433/", NULL, "is a number", "one-number IPv4"},
    {"http://[fe80::1%25eth0]/", NULL, "no IPv6 address", "zone id"},
    {"http://hidden.onion/", NULL, "onion", "onion"},
    {"http://b\xC3\xBC"
     "cher.example/",
     NULL, "characters", "a URL is ASCII"},
    {"http://other.example/a b", NULL, "characters", "blank inside"},
    {"http://other.example/\\..", NULL, "characters", "backslash"},
    {"http://other.example\\@evil.example/", NULL, "characters", "readers differ over the host"},
    {"http://other.example/%zz", NULL, "characters", "stray percent"},
    {"http://example.com.well-known/acme-challenge/tok", NULL, "is a \"/\" missing",
     "the path is glued to the host"},
    {"http://EXAMPLE.com.WELL-known/acme-challenge/tok", NULL, "is a \"/\" missing", "any case"},
    {"http://example.com:80.well-known/acme-challenge/tok", NULL, "is a \"/\" missing",
     "the path is glued to the port"},
    {"https://example.com.well-known:443/", NULL, "is a \"/\" missing", "with a port"},
    {"http://other.example/secret%20value", NULL, "expected challenge value", "in the path"},
    {"http://other.example/?x=Secret+Value", NULL, "expected challenge value", "in the query"},
    {"http://other.example/%53ecret%2520Value", NULL, "expected challenge value", "escaped"},
    {"http://other.example/#secret%20value", NULL, "expected challenge value",
     "in the fragment, which is dropped"},
    {"/x/secret%20value/../y", NULL, "expected challenge value", "in a segment that is dropped"},
    {"http://other.example/secret%20valu", "http://other.example/secret%20valu", NULL,
     "not the whole value"},
};

static void test_redirect_by_table(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct redirect_case *c = &cases[i];
        struct redirect_decision decision = decide(302, c->location, arena);
        enum problem expected = c->to ? PROBLEM_NONE : PROBLEM_REDIRECT_INVALID;
        if (decision.problem != expected)
            fail_msg("%s (%s): %s", c->location, c->why, problem_str(decision.problem));
        if (c->to && !str_eq(url_format(&decision.to, arena), c->to))
            fail_msg("%s (%s): %s", c->location, c->why, url_format(&decision.to, arena));
        if (!c->to && !strstr(decision.text, c->text))
            fail_msg("%s (%s): %s", c->location, c->why, decision.text);
    }
    arena_free(arena);
}

static void test_redirect_follows_four_status_codes_only(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (int code = 300; code < 400; code++) {
        struct redirect_decision decision = decide(code, "/x", arena);
        bool followed = code == 301 || code == 302 || code == 307 || code == 308;
        assert_int_equal(decision.problem, followed ? PROBLEM_NONE : PROBLEM_REDIRECT_INVALID);
    }
    assert_string_equal(decide(303, "/x", arena).text,
                        "Invalid redirect. Redirect code: 303, target: /x (only 301, 302, 307 and "
                        "308 may be followed: BR 3.2.2.4.18)");
    assert_string_equal(decide(304, NULL, arena).text,
                        "Invalid redirect. Redirect code: 304, target: none (only 301, 302, 307 "
                        "and 308 may be followed: BR 3.2.2.4.18)");
    arena_free(arena);
}

static void test_redirect_without_location_is_a_wrong_status(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct redirect_decision decision = decide(301, NULL, arena);
    assert_int_equal(decision.problem, PROBLEM_HTTP_STATUS);
    assert_string_equal(decision.text,
                        "An HTTP error occurred: Response status 301, Response reason: none "
                        "given (a redirect without a Location field)");
    arena_free(arena);
}

static void test_redirect_texts_escape_and_cut_the_target(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    char location[200] = "http://other.example/\x1B";
    memset(location + strlen(location), 'a', 150);
    struct redirect_decision decision = decide(302, location, arena);
    assert_non_null(strstr(decision.text, "target: http://other.example/\\027aaa"));
    assert_non_null(strstr(decision.text, "aaa... (it has characters"));
    assert_true(strlen(decision.text) < 240);
    arena_free(arena);
}

static void test_redirect_with_two_locations_is_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    static const char *const visited[] = {FROM}, *const same[] = {"/x", "/x"};
    struct url from = url_of(FROM, arena);
    const struct redirect_query query = {.from = &from,
                                         .status_code = 301,
                                         .locations = same,
                                         .location_count = 2,
                                         .visited = visited,
                                         .visited_count = 1};
    struct redirect_decision decision = redirect_decide(&query, arena);
    assert_int_equal(decision.problem, PROBLEM_REDIRECT_INVALID);
    assert_non_null(strstr(decision.text, "more than one Location"));
    arena_free(arena);
}

static void test_redirect_target_is_bounded_before_and_after_resolving(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    static char location[LIMIT_URL_BYTES + 2];
    memset(location, 'a', sizeof location - 1);
    location[0] = '/';
    struct redirect_decision decision = decide(301, location, arena);
    assert_int_equal(decision.problem, PROBLEM_REDIRECT_INVALID);
    assert_non_null(strstr(decision.text, "2048 bytes"));
    location[LIMIT_URL_BYTES] = '\0'; /* itself it fits, "http://example.com" before it does not */
    assert_non_null(strstr(decide(301, location, arena).text, "2048 bytes"));
    location[LIMIT_URL_BYTES - strlen("http://example.com")] = '\0';
    assert_int_equal(decide(301, location, arena).problem, PROBLEM_NONE);
    arena_free(arena);
}

static void test_redirect_lab_ports_may_be_named(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    static const char *const visited[] = {FROM};
    static const struct {
        const char *location;
        bool allowed;
    } rows[] = {
        {"http://a.example:5002/", true},  {"https://a.example:5001/", true},
        {"https://a.example:80/", true},   {"http://a.example/", true},
        {"http://a.example:5003/", false},
    };
    struct url from = url_of(FROM, arena);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct redirect_query query = {.from = &from,
                                             .status_code = 301,
                                             .locations = &rows[i].location,
                                             .location_count = 1,
                                             .visited = visited,
                                             .visited_count = 1,
                                             .http_port = 5002,
                                             .https_port = 5001};
        struct redirect_decision decision = redirect_decide(&query, arena);
        if ((decision.problem == PROBLEM_NONE) != rows[i].allowed)
            fail_msg("%s", rows[i].location);
    }
    arena_free(arena);
}

static void test_redirect_to_a_url_asked_before_is_a_circle(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    static const char *const visited[] = {FROM, "https://example.com/a"};
    static const struct {
        const char *location;
        bool circle;
    } rows[] = {
        {FROM, true},
        {"http://EXAMPLE.com:80/.well-known/x/../acme-challenge/tok#x", true},
        {"", true},
        {"#x", true},
        {" \t ", true},
        {"https://example.com:443/a", true},
        {"http://example.com/a", false},
        {"https://example.com/A", false},
        {"https://example.com/a?", false},
    };
    struct url from = url_of("https://example.com/a", arena);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct redirect_query query = {.from = &from,
                                             .status_code = 301,
                                             .locations = &rows[i].location,
                                             .location_count = 1,
                                             .visited = visited,
                                             .visited_count = 2};
        struct redirect_decision decision = redirect_decide(&query, arena);
        if (decision.problem != (rows[i].circle ? PROBLEM_TOO_MANY_REDIRECTS : PROBLEM_NONE))
            fail_msg("%s: %s", rows[i].location, problem_str(decision.problem));
        assert_int_equal(rows[i].circle, decision.text != NULL);
    }
    arena_free(arena);
}

static void test_redirect_that_resolves_to_the_challenge_value_is_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    static const char *const visited[] = {FROM}, *const location = "value.txt";
    struct url from = url_of(FROM, arena);
    struct redirect_query query = {.from = &from,
                                   .status_code = 302,
                                   .locations = &location,
                                   .location_count = 1,
                                   .visited = visited,
                                   .visited_count = 1,
                                   .challenge_value = "acme-challenge/value"};
    struct redirect_decision decision = redirect_decide(&query, arena);
    assert_int_equal(decision.problem, PROBLEM_REDIRECT_INVALID);
    assert_non_null(strstr(decision.text, "expected challenge value"));
    query.challenge_value = "acme-challenge/other";
    assert_int_equal(redirect_decide(&query, arena).problem, PROBLEM_NONE);
    arena_free(arena);
}

static void test_redirect_nineteen_are_followed_and_no_more(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const char *visited[REDIRECTS_MAX + 1];
    const char *location = "/next";
    for (size_t i = 0; i < COUNT(visited); i++)
        visited[i] = arena_printf(arena, "http://example.com/%zu", i);
    struct url from = url_of("http://example.com/x", arena);
    for (size_t count = 1; count <= COUNT(visited); count++) {
        const struct redirect_query query = {.from = &from,
                                             .status_code = 301,
                                             .locations = &location,
                                             .location_count = 1,
                                             .visited = visited,
                                             .visited_count = count};
        struct redirect_decision decision = redirect_decide(&query, arena);
        if (count <= REDIRECTS_MAX)
            assert_int_equal(decision.problem, PROBLEM_NONE);
        else
            assert_string_equal(decision.text, "More than 19 redirects");
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redirect_by_table),
        cmocka_unit_test(test_redirect_follows_four_status_codes_only),
        cmocka_unit_test(test_redirect_without_location_is_a_wrong_status),
        cmocka_unit_test(test_redirect_texts_escape_and_cut_the_target),
        cmocka_unit_test(test_redirect_with_two_locations_is_refused),
        cmocka_unit_test(test_redirect_target_is_bounded_before_and_after_resolving),
        cmocka_unit_test(test_redirect_lab_ports_may_be_named),
        cmocka_unit_test(test_redirect_to_a_url_asked_before_is_a_circle),
        cmocka_unit_test(test_redirect_that_resolves_to_the_challenge_value_is_refused),
        cmocka_unit_test(test_redirect_nineteen_are_followed_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
