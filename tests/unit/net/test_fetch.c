/* net/fetch with the real libcurl: what is sent, and what becomes of answers, against servers that
 * play scripts. */
#include "net/fetch.h"

#include "base/mem.h"
#include "base/str.h"
#include "support/fetch_run.h"
#include "support/unit.h"
#include "support/web_script.h"

#include <stdlib.h>
#include <string.h>

static struct fetch_run run;

static int setup(void **state)
{
    (void)state;
    fetch_run_init(&run);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fetch_run_clear(&run);
    return 0;
}

#define OK_LINE   "HTTP/1.1 200 OK\r\n"
#define PLAY(...) ((const struct web_step[]){{WEB_READ_REQUEST}, __VA_ARGS__, {WEB_END}})
#define SEND(text)                                                                                 \
    {                                                                                              \
        WEB_SEND, text, sizeof(text) - 1                                                           \
    }

/* ---- answers ---- */

static void test_answers_become_results(void **state)
{
    (void)state;
    const struct {
        const struct web_step *steps;
        enum peer_status status;
        int status_code; /* 0: no response */
        const char *body, *error, *why;
    } rows[] = {
        {PLAY(SEND(OK_LINE "Content-Length: 5\r\n\r\nhello")), PEER_OK, 200, "hello", "", "plain"},
        {PLAY(SEND(OK_LINE "\r\nhello")), PEER_OK, 200, "hello", "", "body to the end"},
        {PLAY(SEND("HTTP/1.0 404 No\r\n\r\n")), PEER_OK, 404, "", "", "1.0, no body"},
        {PLAY(SEND("HTTP/1.1 204 No\r\n\r\n")), PEER_OK, 204, "", "", "no content"},
        {PLAY(SEND(OK_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n"),
              {WEB_WAIT, NULL, 0, 20}, SEND("2;x=y\r\nlo\r\n0\r\nTrailer: x\r\n\r\n")),
         PEER_OK, 200, "hello", "", "chunks in pieces, trailer"},
        {PLAY({WEB_DRIP, OK_LINE "Content-Length: 5\r\n\r\nhello", 0, 1}), PEER_OK, 200, "hello",
         "", "byte by byte"},
        {PLAY(SEND("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
                   "Content-Length: 0\r\n\r\n")),
         PEER_OK, 302, "", "", "redirects are not followed"},
        {PLAY(SEND("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"a\"\r\n"
                   "Content-Length: 0\r\n\r\n")),
         PEER_OK, 401, "", "", "no authentication"},
        {PLAY(SEND(OK_LINE "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08")),
         PEER_OK, 200, "\x1f\x8b\x08", "", "nothing is decompressed"},
        {PLAY(SEND("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" OK_LINE
                   "Content-Length: 1\r\n\r\nx")),
         PEER_OK, 200, "x", "", "interim responses"},
        {PLAY(SEND(OK_LINE "Content-Length: 1\r\nConnection: keep-alive\r\n\r\nxyz")), PEER_OK, 200,
         "x", "", "bytes after the body"},

        {PLAY(SEND(OK_LINE "Content-Length: 6\r\n\r\nhello")), PEER_DISCONNECTED, 200, "hello", "",
         "shorter than announced"},
        {PLAY(SEND(OK_LINE "Transfer-Encoding: chunked\r\n\r\n5\r\nhel")), PEER_DISCONNECTED, 200,
         "hel", "", "cut in a chunk"},
        {PLAY(SEND(OK_LINE "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")), PEER_DISCONNECTED,
         200, "hello", "", "cut before the last chunk"},
        {PLAY(SEND(OK_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\nxx\r\n")), PEER_NOT_HTTP,
         200, "hel", "chunk", "no chunk size"},
#define CHUNKED OK_LINE "Transfer-Encoding: chunked\r\n\r\n"
        {PLAY(SEND(CHUNKED "\r\n")), PEER_NOT_HTTP, 200, "", "chunk", "an empty chunk size"},
        {PLAY(SEND(CHUNKED "-1\r\nx\r\n")), PEER_NOT_HTTP, 200, "", "chunk", "a negative size"},
        {PLAY(SEND(CHUNKED "fffffffffffffffff\r\n")), PEER_NOT_HTTP, 200, "", "chunk",
         "a size beyond 64 bits"},
        {PLAY(SEND(CHUNKED "1\r\nxyz\r\n0\r\n\r\n")), PEER_NOT_HTTP, 200, "x", "chunk",
         "a chunk longer than its size"},
        {PLAY(SEND(CHUNKED "0\r\nT: "), {WEB_REPEAT, "0123456789", 0, 1000000}), PEER_NOT_HTTP, 200,
         "", "", "a trailer without end"},
        {PLAY(SEND(CHUNKED "0\r\n"), {WEB_REPEAT, "T: 0123456789\r\n", 0, 1000000}), PEER_NOT_HTTP,
         200, "", "too large", "trailers without end"},
        {PLAY(SEND(CHUNKED "1;"), {WEB_REPEAT, "0123456789", 0, 100000000}), PEER_NOT_HTTP, 200, "",
         "far more", "a chunk extension without end"},
        {PLAY({WEB_END}), PEER_DISCONNECTED, 0, "", "before it answered", "nothing"},
        {PLAY({WEB_RESET}), PEER_DISCONNECTED, 0, "", "reset", "a reset"},
        {PLAY(SEND(OK_LINE "Content-Length: 6\r\n\r\nhel"), {WEB_WAIT, NULL, 0, 50}, {WEB_RESET}),
         PEER_DISCONNECTED, 200, "hel", "after 3 bytes", "a reset in the body"},
        {PLAY(SEND(OK_LINE "X: a\r\n")), PEER_DISCONNECTED, 0, "", "", "cut in the headers"},
        {PLAY(SEND("HTTP/1.1 100 Continue\r\n\r\n")), PEER_DISCONNECTED, 0, "", "",
         "only an interim response"},
        {PLAY(SEND("HTTP/1.")), PEER_DISCONNECTED, 0, "", "", "cut in the status line"},

        {PLAY(SEND("hello")), PEER_NOT_HTTP, 0, "", "no HTTP status line", "HTTP/0.9"},
        {PLAY(SEND("\x15\x03\x01\x00\x02\x02\x46")), PEER_NOT_HTTP, 0, "", "TLS", "a TLS alert"},
        {PLAY(SEND("SSH-2.0-OpenSSH_9.2\r\n")), PEER_NOT_HTTP, 0, "", "SSH", "an SSH banner"},
        {PLAY(SEND("\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80")), PEER_NOT_HTTP, 0, "", "HTTP/2",
         "an HTTP/2 SETTINGS frame"},
        {PLAY(SEND("220 mail.example ESMTP\r\n")), PEER_NOT_HTTP, 0, "", "mail", "a mail server"},
        {PLAY(SEND("HTTP/2 200 OK\r\n\r\n")), PEER_NOT_HTTP, 0, "", "", "version 2 in text"},
        {PLAY(SEND("HTTP/3.0 200 OK\r\n\r\n")), PEER_NOT_HTTP, 0, "", "", "version 3 in text"},
        {PLAY(SEND("HTTP/7.1 200 OK\r\n\r\n")), PEER_NOT_HTTP, 0, "", "", "version 7"},
        {PLAY(SEND(OK_LINE "X\r\n\r\n")), PEER_NOT_HTTP, 0, "", "", "header without colon"},
        {PLAY(SEND(OK_LINE "X: a\0b\r\n\r\n")), PEER_NOT_HTTP, 0, "", "", "NUL in a header"},
        {PLAY(SEND(OK_LINE "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx")), PEER_NOT_HTTP, 0,
         "", "Content-Length", "two lengths"},
        {PLAY(SEND(OK_LINE "Content-Length: x\r\n\r\nxx")), PEER_NOT_HTTP, 0, "", "Content-Length",
         "no number"},
        {PLAY(SEND(OK_LINE "Content-Length: 99999999999999999999\r\n\r\nxx")), PEER_NOT_HTTP, 0, "",
         "", "absurd length"},
        {PLAY(SEND(OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n")), PEER_NOT_HTTP, 0, "",
         "transfer coding", "a coding that curl would undo"},
        {PLAY(SEND(OK_LINE
                   "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")),
         PEER_NOT_HTTP, 0, "", "two framings", "a length beside chunks"},
        {PLAY(SEND(OK_LINE
                   "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n1\r\nx\r\n0\r\n\r\n")),
         PEER_NOT_HTTP, 0, "", "two framings", "chunks beside a length"},
        {PLAY(SEND(OK_LINE
                   "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")),
         PEER_NOT_HTTP, 0, "", "two framings", "chunked twice"},
        {PLAY(SEND("HTTP/1.1 101 Switch\r\nUpgrade: h2c\r\n\r\n")), PEER_NOT_HTTP, 0, "",
         "switches", "unasked upgrade"},
        {PLAY({WEB_REPEAT, "HTTP/1.1 100 Continue\r\n\r\n", 0, 100000}), PEER_NOT_HTTP, 0, "",
         "without end", "interim responses without end"},
        {PLAY(SEND(OK_LINE),
              {WEB_REPEAT, "X: 0123456789012345678901234567890123456789\r\n", 0, 100000}),
         PEER_NOT_HTTP, 0, "", "too many", "header fields without end"},
        {PLAY(SEND(OK_LINE "X: "),
              {WEB_REPEAT, "0123456789012345678901234567890123456789", 0, 1000000}),
         PEER_NOT_HTTP, 0, "", "", "one header field without end"},
        {PLAY({WEB_REPEAT, "HTTP/1.1 0123456789012345678901234567890123456789", 0, 1000000}),
         PEER_NOT_HTTP, 0, "", "", "a status line without end"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct web_script *web = web_script_start(rows[i].steps);
        const struct fetch_result *r = fetch_run_get(&run, web_script_port(web), "/", 8000);
        if (r->status != rows[i].status || r->status_code != rows[i].status_code ||
            r->has_response != (rows[i].status_code != 0) ||
            !bytes_eq(r->body, bytes_of(rows[i].body)) || r->body_cut ||
            !strstr(r->error_text, rows[i].error) ||
            (r->error_text[0] == '\0') != (r->status == PEER_OK))
            fail_msg("%s: %s, status %d, body \"%s\", %s", rows[i].why, peer_status_str(r->status),
                     r->status_code, (const char *)r->body.p, r->error_text);
        assert_string_equal(r->address, "127.0.0.1");
        assert_int_equal(r->port, web_script_port(web));
        assert_true(r->connect_us > 0 && r->connect_us <= r->total_us);
        assert_null(r->tls_version);
        free(web_script_stop(web));
    }
}

static void test_headers_of_the_answer_are_told_as_sent(void **state)
{
    (void)state;
    struct web_script *web = web_script_start(PLAY(
        SEND("HTTP/1.1 100 x\r\nA: no\r\n\r\nHTTP/1.1 200 x\r\nlOcation: /a\r\nSet-Cookie: b\r\n"
             "Location:   /c  \r\nX: d\r\n  e\r\nContent-Length: 0\r\n\r\n")));
    const struct fetch_result *r = fetch_run_get(&run, web_script_port(web), "/", 8000);
    assert_int_equal(r->status, PEER_OK);
    assert_int_equal(r->header_count, 5);
    assert_string_equal(r->headers[0].name, "lOcation");
    assert_string_equal(r->headers[0].value, "/a");
    assert_string_equal(r->headers[2].value, "/c");
    assert_string_equal(r->headers[3].value, "d e");
    assert_int_equal(fetch_header_count(r->headers, r->header_count, "Location"), 2);
    free(web_script_stop(web));
}

static void test_long_bodies_are_cut_and_the_transfer_stopped(void **state)
{
    (void)state;
    const struct web_step *const scripts[] = {
        PLAY(SEND(OK_LINE "\r\n"), {WEB_REPEAT, "0123456789", 0, 100000000}),
        PLAY(SEND(OK_LINE "Content-Length: 1000000000\r\n\r\n"),
             {WEB_REPEAT, "0123456789", 0, 100000000}),
        PLAY(SEND(OK_LINE "Transfer-Encoding: chunked\r\n\r\n"),
             {WEB_REPEAT, "a\r\n0123456789\r\n", 0, 100000000}),
        PLAY(SEND(OK_LINE "Content-Length: 1001\r\n\r\n"), {WEB_REPEAT, "0123456789", 0, 100},
             SEND("0")),
    };
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        struct web_script *web = web_script_start(scripts[i]);
        const struct fetch_result *r = fetch_run_get(&run, web_script_port(web), "/", 8000);
        assert_int_equal(r->status, PEER_OK);
        assert_string_equal(r->error_text, "");
        assert_true(r->body_cut);
        assert_int_equal(r->body.n, 1000);
        assert_memory_equal(r->body.p + 990, "0123456789", 10);
        free(web_script_stop(web)); /* ends: the client is gone */
    }
    struct web_script *web = web_script_start(
        PLAY(SEND(OK_LINE "Content-Length: 1000\r\n\r\n"), {WEB_REPEAT, "0123456789", 0, 100}));
    const struct fetch_result *r = fetch_run_get(&run, web_script_port(web), "/", 8000);
    assert_true(r->status == PEER_OK && !r->body_cut && r->body.n == 1000);
    free(web_script_stop(web));
}

/* ---- requests ---- */

static char *recorded_request(const struct fetch_request *request, struct web_script *web)
{
    const struct fetch_result *r = fetch_run(&run, request, 8000);
    if (r->status != PEER_OK)
        fail_msg("%s: %s", peer_status_str(r->status), r->error_text);
    return web_script_stop(web);
}

static const struct web_step empty_answer[] = {
    {WEB_READ_REQUEST}, {WEB_SEND, OK_LINE "Content-Length: 0\r\n\r\n"}, {WEB_END}};

static void test_get_is_sent_as_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *url, *target, *host;
    } rows[] = {
        {"http://host.test/", "/", "host.test"},
        {"http://host.test:80/a", "/a", "host.test"},
        {"http://host.test:8080/a", "/a", "host.test:8080"},
        {"http://[2001:db8::1]/a", "/a", "[2001:db8::1]"},
        {"http://192.0.2.1/a", "/a", "192.0.2.1"},
        {"http://host.test/a/../b/./c//d%2e%2E/%zz?x=/../y", "/a/../b/./c//d%2e%2E/%zz?x=/../y",
         "host.test"},
        {"http://host.test?q", "/?q", "host.test"},
        {"http://host.test/a#fragment", "/a", "host.test"},
        {"http://host_a.test/a{}[]|^`\"'<>", "/a{}[]|^`\"'<>", "host_a.test"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct web_script *web = web_script_start(empty_answer);
        struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
        struct fetch_request request = {
            .method = "GET", .url = rows[i].url, .pin = &pin, .user_agent = "agent/1 (x)"};
        char *text = recorded_request(&request, web);
        char *wanted = arena_printf(run.arena,
                                    "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: agent/1 (x)\r\n"
                                    "Accept: */*\r\nAccept-Encoding: identity\r\n"
                                    "Connection: close\r\n\r\n",
                                    rows[i].target, rows[i].host);
        assert_string_equal(text, wanted);
        free(text);
    }
}

static void test_headers_of_the_caller_are_sent(void **state)
{
    (void)state;
    const struct fetch_header headers[] = {{"X-One", "a"},        {"x-two", ""},
                                           {"X-One", "b c"},      {"Accept", "text/plain"},
                                           {"User-Agent", "own"}, {"Accept-Encoding", "br"}};
    struct web_script *web = web_script_start(empty_answer);
    struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
    struct fetch_request request = {.method = "GET",
                                    .url = "http://host.test/",
                                    .pin = &pin,
                                    .headers = headers,
                                    .header_count = 6};
    char *text = recorded_request(&request, web);
    assert_string_equal(text, "GET / HTTP/1.1\r\nHost: host.test\r\nX-One: a\r\nx-two:\r\n"
                              "X-One: b c\r\nAccept: text/plain\r\nUser-Agent: own\r\n"
                              "Accept-Encoding: br\r\nConnection: close\r\n\r\n");
    free(text);
}

static void test_host_and_user_agent_of_the_caller_are_the_only_ones(void **state)
{
    (void)state;
    const struct fetch_header headers[] = {{"Host", "other.test:8080"},
                                           {"Accept-Encoding", "identity"},
                                           {"user-agent", "own"},
                                           {"Accept", "*/*"},
                                           {"Host", "third.test"}};
    const char *const agents[] = {"", "from the request", NULL};
    for (size_t i = 0; i < 3; i++) {
        struct web_script *web = web_script_start(empty_answer);
        struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
        struct fetch_request request = {.method = "GET",
                                        .url = "http://host.test/",
                                        .pin = &pin,
                                        .headers = headers,
                                        .header_count = 4,
                                        .user_agent = agents[i]};
        char *text = recorded_request(&request, web);
        assert_string_equal(text, "GET / HTTP/1.1\r\nHost: other.test:8080\r\n"
                                  "Accept-Encoding: identity\r\nuser-agent: own\r\n"
                                  "Accept: */*\r\nConnection: close\r\n\r\n");
        free(text);
        request.header_count = 5;
        assert_int_equal(fetch_run(&run, &request, 8000)->status, PEER_LOCAL);
    }
    struct web_script *web = web_script_start(empty_answer);
    struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
    struct fetch_request request = {
        .method = "GET", .url = "http://host.test/", .pin = &pin, .user_agent = ""};
    char *text = recorded_request(&request, web);
    assert_null(strstr(text, "User-Agent"));
    free(text);
}

static void test_post_is_sent_at_once_and_whole(void **state)
{
    (void)state;
    size_t n = 3 << 20; /* curl would ask before from 1 MiB on */
    char *body = xmalloc(n + 1);
    memset(body, 'b', n);
    body[n] = '\0';
    for (int is_large = 0; is_large < 2; is_large++) {
        const struct fetch_header headers[] = {{"Content-Type", "application/json"}};
        struct web_script *web = web_script_start(empty_answer);
        struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
        struct fetch_request request = {.method = "POST",
                                        .url = "http://host.test/dcv",
                                        .pin = &pin,
                                        .headers = headers,
                                        .header_count = is_large ? 0 : 1,
                                        .body = is_large ? bytes_of(body) : bytes_of("{}")};
        char *text = recorded_request(&request, web);
        assert_true(str_starts_with(text, "POST /dcv HTTP/1.1\r\n"));
        assert_null(strstr(text, "Expect"));
        assert_null(strstr(text, "x-www-form-urlencoded"));
        const char *content = strstr(text, "\r\n\r\n") + 4;
        assert_string_equal(content, is_large ? body : "{}");
        assert_true(is_large || strstr(text, "\r\nContent-Length: 2\r\n") != NULL);
        free(text);
    }
    struct web_script *web = web_script_start(empty_answer);
    struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
    struct fetch_request request = {.method = "POST", .url = "http://host.test/", .pin = &pin};
    char *text = recorded_request(&request, web);
    assert_non_null(strstr(text, "\r\nContent-Length: 0\r\n"));
    free(text);
    free(body);
}

static void test_requests_that_are_never_sent_fail_here(void **state)
{
    (void)state;
    static const struct fetch_header bad[] = {
        {"connection", "x"},
        {"Content-Length", "1"},
        {"Expect", ""},
        {"X y", "a"},
        {"", "a"},
        {"X", "a\r\nY: b"},
        {"X:", "a"},
        {"X\r\nY", "a"},
        {"Transfer-Encoding", "chunked"},
        {"X", "\x7f"},
        {"Upgrade", "h2c"},
    };
    struct web_script *web = web_script_start(empty_answer);
    struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct fetch_request request = {.method = "GET",
                                        .url = "http://host.test/",
                                        .pin = &pin,
                                        .headers = &bad[i],
                                        .header_count = 1};
        if (fetch_run(&run, &request, 8000)->status != PEER_LOCAL)
            fail_msg("\"%s\" was sent", bad[i].name);
    }
    const char *urls[] = {"ftp://host.test/",
                          "file:///etc/passwd",
                          "host.test",
                          "http://u:p@host.test/",
                          "http://u@host.test/",
                          "http://",
                          "http://host.test/a b",
                          "http://host.test:99999/",
                          "http://a\nb/",
                          "gopher://host.test/",
                          ""};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct fetch_request request = {.method = "GET", .url = urls[i], .pin = &pin};
        const struct fetch_result *r = fetch_run(&run, &request, 8000);
        if (r->status != PEER_LOCAL || !r->error_text[0])
            fail_msg("\"%s\" was sent: %s", urls[i], peer_status_str(r->status));
    }
    const char *addresses[] = {"localhost", "",      "127.0.0.1:80", "127.1",
                               "::1%lo",    "[::1]", "0x7f000001"};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct fetch_pin wrong = {addresses[i], pin.port};
        struct fetch_request request = {.method = "GET", .url = "http://host.test/", .pin = &wrong};
        if (fetch_run(&run, &request, 8000)->status != PEER_LOCAL)
            fail_msg("went to \"%s\"", addresses[i]);
    }
    struct fetch_request put = {.method = "PUT", .url = "http://host.test/", .pin = &pin};
    assert_int_equal(fetch_run(&run, &put, 8000)->status, PEER_LOCAL);
    struct fetch_request agent = {
        .method = "GET", .url = "http://host.test/", .pin = &pin, .user_agent = "a\r\nX: b"};
    assert_int_equal(fetch_run(&run, &agent, 8000)->status, PEER_LOCAL);
    char *text = web_script_stop(web);
    assert_string_equal(text, "");
    free(text);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_answers_become_results),
        CASE(test_headers_of_the_answer_are_told_as_sent),
        CASE(test_long_bodies_are_cut_and_the_transfer_stopped),
        CASE(test_get_is_sent_as_it_is),
        CASE(test_headers_of_the_caller_are_sent),
        CASE(test_host_and_user_agent_of_the_caller_are_the_only_ones),
        CASE(test_post_is_sent_at_once_and_whole),
        CASE(test_requests_that_are_never_sent_fail_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
