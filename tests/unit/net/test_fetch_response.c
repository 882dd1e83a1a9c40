#include "net/fetch_response.h"

#include "base/str.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Feeds the lines of a text; returns the error, or NULL. */
static const char *feed(struct fetch_response *response, const char *text)
{
    while (*text) {
        const char *end = strchr(text, '\n');
        size_t n = end ? (size_t)(end - text) + 1 : strlen(text);
        if (!fetch_response_line(response, (struct bytes){(const uint8_t *)text, n}))
            return response->error;
        text += n;
    }
    return NULL;
}

static struct arena *arena;

static struct fetch_response fresh(void)
{
    struct fetch_response response;
    struct fetch_request request = {.body_max_bytes = 10};
    fetch_response_init(&response, arena, &request);
    return response;
}

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void test_headers_of_the_final_response_are_kept(void **state)
{
    (void)state;
    struct fetch_response r = fresh();
    assert_null(feed(&r, "HTTP/1.1 100 Continue\r\nA: interim\r\n\r\n"));
    assert_int_equal(r.phase, FETCH_PHASE_STATUS);
    assert_null(feed(&r, "HTTP/1.0 404\nLocation: \t /x \r\nX-Folded: a\r\n\t b \r\n  c\r\n"
                         "x-EMPTY:\r\nLocation:/y\r\n\r\n"));
    assert_int_equal(r.phase, FETCH_PHASE_BODY);
    assert_int_equal(r.status_code, 404);
    assert_int_equal(r.header_count, 4);
    const char *wanted[][2] = {
        {"Location", "/x"}, {"X-Folded", "a b c"}, {"x-EMPTY", ""}, {"Location", "/y"}};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(r.headers[i].name, wanted[i][0]);
        assert_string_equal(r.headers[i].value, wanted[i][1]);
    }
    assert_null(feed(&r, "X-Trailer: x\r\n"));
    assert_int_equal(r.header_count, 4);
    assert_int_equal(fetch_header_count(r.headers, r.header_count, "LOCATION"), 2);
    assert_string_equal(fetch_header_get(r.headers, r.header_count, "location"), "/x");
    assert_null(fetch_header_get(r.headers, r.header_count, "X-Trailer"));
}

static void test_answers_that_are_not_http_1_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\n", NULL},
        {"HTTP/1.1 200\r\n", NULL},
        {"HTTP/1.9 999 x\r\n", NULL},
        {"HTTP/2 200\r\n", "status line is malformed"},
        {"HTTP/0.9 200 OK\r\n", "status line is malformed"},
        {"HTTP/11 200 OK\r\n", "status line is malformed"},
        {"HTTP/1.1  200 OK\r\n", "status line is malformed"},
        {"HTTP/1.1 20 OK\r\n", "status line is malformed"},
        {"HTTP/1.1 2000 OK\r\n", "status line is malformed"},
        {"HTTP/1.1 200OK\r\n", "status line is malformed"},
        {"HTTP/1.1 099 x\r\n", "from 100 to 999"},
        {"HTTP/1.1 101 x\r\n", "switches protocols"},
        {"HTTP 200\r\n", "no HTTP status line"},
        {" HTTP/1.1 200 OK\r\n", "no HTTP status line"},
        {"http/1.1 200 OK\r\n", "no HTTP status line"},
        {"\r\n", "no HTTP status line"},
        {"\x15\x03\x01\n", "speaks TLS"},
        {"\x16\x03\x03\n", "speaks TLS"},
        {"\x15\x02\n", "no HTTP status line"},
        {"SSH-2.0-OpenSSH\r\n", "speaks SSH"},
        {"220 mail.example ESMTP\r\n", "mail or file protocol"},
        {"PRI * HTTP/2.0\r\n", "speaks HTTP/2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fetch_response r = fresh();
        const char *error = feed(&r, rows[i].text);
        if (!error != !rows[i].error || (error && !strstr(error, rows[i].error)))
            fail_msg("\"%s\": %s", rows[i].text, error);
    }
    struct fetch_response r = fresh();
    assert_false(fetch_response_body(&r, (struct bytes){(const uint8_t *)"\0\0\22\4\0\0", 6}));
    assert_non_null(strstr(r.error, "speaks HTTP/2"));
    r = fresh();
    assert_false(fetch_response_body(&r, (struct bytes){(const uint8_t *)"\0", 1}));
    assert_non_null(strstr(r.error, "no HTTP status line"));
}

#define OK_LINE "HTTP/1.1 200 OK\r\n"

static void test_malformed_headers_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } rows[] = {
        {OK_LINE "X\r\n", "malformed"},
        {OK_LINE ": x\r\n", "malformed"},
        {OK_LINE "X : x\r\n", "malformed"},
        {OK_LINE "X(: x\r\n", "malformed"},
        {OK_LINE " X: x\r\n", "begins with a blank"},
        {OK_LINE "Content-Length: 5\r\ncontent-length: 5\r\n\r\n", NULL},
        {OK_LINE "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "Content-Length"},
        {OK_LINE "Content-Length: 5, 5\r\n\r\n", "Content-Length"},
        {OK_LINE "Content-Length: -5\r\n\r\n", "Content-Length"},
        {OK_LINE "Content-Length:\r\n\r\n", "Content-Length"},
        {OK_LINE "Transfer-Encoding: Chunked\r\n\r\n", NULL},
        {OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n", "transfer coding"},
        {OK_LINE "Transfer-Encoding: chunked\r\n , gzip\r\n\r\n", "transfer coding"},
        {OK_LINE "Transfer-Encoding: identity\r\n\r\n", "transfer coding"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fetch_response r = fresh();
        const char *error = feed(&r, rows[i].text);
        if (!error != !rows[i].error || (error && !strstr(error, rows[i].error)))
            fail_msg("\"%s\": %s", rows[i].text, error);
    }
    struct fetch_response r = fresh();
    assert_null(feed(&r, OK_LINE));
    assert_false(fetch_response_line(&r, (struct bytes){(const uint8_t *)"X: a\0b\r\n", 8}));
}

/* Each line was joined to a copy of all before it: 15 MB of memory for 64 KB. */
static void test_folded_lines_are_joined_in_place(void **state)
{
    (void)state;
    struct fetch_response r = fresh();
    assert_null(feed(&r, OK_LINE "X: a\r\n b\r\n\tcd \r\n  \r\nY: e\r\n f\r\n"));
    assert_string_equal(r.headers[0].value, "a b cd ");
    assert_string_equal(r.headers[1].value, "e f");
    size_t moves = 0;
    for (size_t i = 0; i < 200; i++) {
        const char *before = r.headers[1].value;
        assert_null(feed(&r, " 0123456789\r\n"));
        moves += r.headers[1].value != before;
    }
    assert_int_equal(strlen(r.headers[1].value), 3 + 200 * 11);
    assert_true(moves < 12);
}

static void test_headers_are_limited_in_lines_and_bytes(void **state)
{
    (void)state;
    const char *const lines[] = {"X: a\r\n", " fold\r\n"};
    for (size_t kind = 0; kind < 2; kind++) {
        struct fetch_response r = fresh();
        assert_null(feed(&r, OK_LINE "X: a\r\n"));
        for (size_t i = 1; i < FETCH_FIELDS_MAX; i++)
            assert_null(feed(&r, lines[kind]));
        assert_non_null(strstr(feed(&r, lines[kind]), "too many"));
    }
    struct fetch_response r = fresh();
    r.headers_max_bytes = strlen(OK_LINE "X: a\r\n\r\n");
    assert_null(feed(&r, OK_LINE "X: a\r\n\r\n"));
    assert_non_null(strstr(feed(&r, "X: trailer\r\n"), "too large"));
    r = fresh();
    assert_int_equal(r.headers_max_bytes, 65536);
}

static void test_interim_responses_are_limited(void **state)
{
    (void)state;
    struct fetch_response r = fresh();
    for (int i = 0; i < FETCH_INTERIM_MAX; i++)
        assert_null(feed(&r, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"));
    assert_null(feed(&r, OK_LINE "\r\n"));
    assert_int_equal(r.header_count, 0);
    r = fresh();
    for (int i = 0; i < FETCH_INTERIM_MAX; i++)
        assert_null(feed(&r, "HTTP/1.1 100 x\r\n\r\n"));
    assert_non_null(strstr(feed(&r, "HTTP/1.1 100 x\r\n\r\n"), "without end"));
}

static void test_body_is_cut_at_its_limit(void **state)
{
    (void)state;
    for (size_t sent = 9; sent <= 11; sent++) {
        struct fetch_response r = fresh();
        assert_null(feed(&r, OK_LINE "\r\n"));
        assert_true(fetch_response_body(&r, bytes_of("01234")));
        assert_true(fetch_response_body(&r, bytes_of("")));
        bool goes_on = fetch_response_body(&r, (struct bytes){(const uint8_t *)"56789a", sent - 5});
        assert_int_equal(goes_on, sent <= 10);
        assert_int_equal(r.body_cut, sent > 10);
        assert_int_equal(r.body_bytes, sent < 10 ? sent : 10);
        assert_memory_equal(r.body, "0123456789", r.body_bytes);
        fetch_response_clear(&r);
        fetch_response_clear(&r);
    }
    struct fetch_response r = fresh();
    r.body_max_bytes = 0;
    assert_null(feed(&r, OK_LINE "\r\n"));
    assert_false(fetch_response_body(&r, bytes_of("x")));
    assert_true(r.body_cut);
    fetch_response_clear(&r);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_headers_of_the_final_response_are_kept),
        CASE(test_answers_that_are_not_http_1_are_named),
        CASE(test_malformed_headers_are_refused),
        CASE(test_folded_lines_are_joined_in_place),
        CASE(test_headers_are_limited_in_lines_and_bytes),
        CASE(test_interim_responses_are_limited),
        CASE(test_body_is_cut_at_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
