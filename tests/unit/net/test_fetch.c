/* net/fetch with the real libcurl, against servers that play scripts. */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "net/fetch.h"

#include "base/mem.h"
#include "base/str.h"
#include "support/fetch_run.h"
#include "support/raw_tcp.h"
#include "support/unit.h"
#include "support/web_script.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* Faults to order from libcurl, by the linker's --wrap. */
static CURLMcode action_fault;
static const char *connect_to_fault;

CURLMcode __real_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int what, int *running);
CURLMcode __wrap_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int what, int *running);
CURLMcode __wrap_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int what, int *running)
{
    CURLMcode code = __real_curl_multi_socket_action(multi, fd, what, running);
    return action_fault != CURLM_OK ? action_fault : code;
}

struct curl_slist *__real_curl_slist_append(struct curl_slist *list, const char *text);
struct curl_slist *__wrap_curl_slist_append(struct curl_slist *list, const char *text);
struct curl_slist *__wrap_curl_slist_append(struct curl_slist *list, const char *text)
{
    bool is_connect_to = str_starts_with(text, "::");
    return __real_curl_slist_append(list,
                                    is_connect_to && connect_to_fault ? connect_to_fault : text);
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
        enum fetch_status status;
        int status_code; /* 0: no response */
        const char *body, *error, *why;
    } rows[] = {
        {PLAY(SEND(OK_LINE "Content-Length: 5\r\n\r\nhello")), FETCH_OK, 200, "hello", "", "plain"},
        {PLAY(SEND(OK_LINE "\r\nhello")), FETCH_OK, 200, "hello", "", "body to the end"},
        {PLAY(SEND("HTTP/1.0 404 No\r\n\r\n")), FETCH_OK, 404, "", "", "1.0, no body"},
        {PLAY(SEND("HTTP/1.1 204 No\r\n\r\n")), FETCH_OK, 204, "", "", "no content"},
        {PLAY(SEND(OK_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n"),
              {WEB_WAIT, NULL, 0, 20}, SEND("2;x=y\r\nlo\r\n0\r\nTrailer: x\r\n\r\n")),
         FETCH_OK, 200, "hello", "", "chunks in pieces, trailer"},
        {PLAY({WEB_DRIP, OK_LINE "Content-Length: 5\r\n\r\nhello", 0, 1}), FETCH_OK, 200, "hello",
         "", "byte by byte"},
        {PLAY(SEND("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
                   "Content-Length: 0\r\n\r\n")),
         FETCH_OK, 302, "", "", "redirects are not followed"},
        {PLAY(SEND("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"a\"\r\n"
                   "Content-Length: 0\r\n\r\n")),
         FETCH_OK, 401, "", "", "no authentication"},
        {PLAY(SEND(OK_LINE "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08")),
         FETCH_OK, 200, "\x1f\x8b\x08", "", "nothing is decompressed"},
        {PLAY(SEND("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" OK_LINE
                   "Content-Length: 1\r\n\r\nx")),
         FETCH_OK, 200, "x", "", "interim responses"},
        {PLAY(SEND(OK_LINE "Content-Length: 1\r\nConnection: keep-alive\r\n\r\nxyz")), FETCH_OK,
         200, "x", "", "bytes after the body"},

        {PLAY(SEND(OK_LINE "Content-Length: 6\r\n\r\nhello")), FETCH_DISCONNECTED, 200, "hello", "",
         "shorter than announced"},
        {PLAY(SEND(OK_LINE "Transfer-Encoding: chunked\r\n\r\n5\r\nhel")), FETCH_DISCONNECTED, 200,
         "hel", "", "cut in a chunk"},
        {PLAY(SEND(OK_LINE "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")), FETCH_DISCONNECTED,
         200, "hello", "", "cut before the last chunk"},
        {PLAY(SEND(OK_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\nxx\r\n")), FETCH_PROTOCOL,
         200, "hel", "chunk", "no chunk size"},
        {PLAY({WEB_END}), FETCH_DISCONNECTED, 0, "", "Empty reply", "nothing"},
        {PLAY({WEB_RESET}), FETCH_DISCONNECTED, 0, "", "reset", "a reset"},
        {PLAY(SEND(OK_LINE "Content-Length: 6\r\n\r\nhel"), {WEB_WAIT, NULL, 0, 50}, {WEB_RESET}),
         FETCH_DISCONNECTED, 200, "hel", "reset", "a reset in the body"},
        {PLAY(SEND(OK_LINE "X: a\r\n")), FETCH_DISCONNECTED, 0, "", "", "cut in the headers"},
        {PLAY(SEND("HTTP/1.1 100 Continue\r\n\r\n")), FETCH_DISCONNECTED, 0, "", "",
         "only an interim response"},
        {PLAY(SEND("HTTP/1.")), FETCH_DISCONNECTED, 0, "", "", "cut in the status line"},

        {PLAY(SEND("hello")), FETCH_PROTOCOL, 0, "", "no HTTP status line", "HTTP/0.9"},
        {PLAY(SEND("\x15\x03\x01\x00\x02\x02\x46")), FETCH_PROTOCOL, 0, "", "TLS", "a TLS alert"},
        {PLAY(SEND("SSH-2.0-OpenSSH_9.2\r\n")), FETCH_PROTOCOL, 0, "", "SSH", "an SSH banner"},
        {PLAY(SEND("\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80")), FETCH_PROTOCOL, 0, "", "HTTP/2",
         "an HTTP/2 SETTINGS frame"},
        {PLAY(SEND("220 mail.example ESMTP\r\n")), FETCH_PROTOCOL, 0, "", "mail", "a mail server"},
        {PLAY(SEND("HTTP/2 200 OK\r\n\r\n")), FETCH_PROTOCOL, 0, "", "", "version 2 in text"},
        {PLAY(SEND("HTTP/3.0 200 OK\r\n\r\n")), FETCH_PROTOCOL, 0, "", "", "version 3 in text"},
        {PLAY(SEND("HTTP/7.1 200 OK\r\n\r\n")), FETCH_PROTOCOL, 0, "", "", "version 7"},
        {PLAY(SEND(OK_LINE "X\r\n\r\n")), FETCH_PROTOCOL, 0, "", "", "header without colon"},
        {PLAY(SEND(OK_LINE "X: a\0b\r\n\r\n")), FETCH_PROTOCOL, 0, "", "", "NUL in a header"},
        {PLAY(SEND(OK_LINE "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx")), FETCH_PROTOCOL, 0,
         "", "Content-Length", "two lengths"},
        {PLAY(SEND(OK_LINE "Content-Length: x\r\n\r\nxx")), FETCH_PROTOCOL, 0, "", "Content-Length",
         "no number"},
        {PLAY(SEND(OK_LINE "Content-Length: 99999999999999999999\r\n\r\nxx")), FETCH_PROTOCOL, 0,
         "", "", "absurd length"},
        {PLAY(SEND(OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n")), FETCH_PROTOCOL, 0, "",
         "transfer coding", "a coding that curl would undo"},
        {PLAY(SEND("HTTP/1.1 101 Switch\r\nUpgrade: h2c\r\n\r\n")), FETCH_PROTOCOL, 0, "",
         "switches", "unasked upgrade"},
        {PLAY({WEB_REPEAT, "HTTP/1.1 100 Continue\r\n\r\n", 0, 100000}), FETCH_PROTOCOL, 0, "",
         "without end", "interim responses without end"},
        {PLAY(SEND(OK_LINE),
              {WEB_REPEAT, "X: 0123456789012345678901234567890123456789\r\n", 0, 100000}),
         FETCH_PROTOCOL, 0, "", "too many", "header fields without end"},
        {PLAY(SEND(OK_LINE "X: "),
              {WEB_REPEAT, "0123456789012345678901234567890123456789", 0, 1000000}),
         FETCH_PROTOCOL, 0, "", "", "one header field without end"},
        {PLAY({WEB_REPEAT, "HTTP/1.1 0123456789012345678901234567890123456789", 0, 1000000}),
         FETCH_PROTOCOL, 0, "", "", "a status line without end"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct web_script *web = web_script_start(rows[i].steps);
        const struct fetch_result *r = fetch_run_get(&run, web_script_port(web), "/", 8000);
        if (r->status != rows[i].status || r->status_code != rows[i].status_code ||
            r->has_response != (rows[i].status_code != 0) ||
            !bytes_eq(r->body, bytes_of(rows[i].body)) || r->body_cut ||
            !strstr(r->error_text, rows[i].error) ||
            (r->error_text[0] == '\0') != (r->status == FETCH_OK))
            fail_msg("%s: %s, status %d, body \"%s\", %s", rows[i].why, fetch_status_str(r->status),
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
    assert_int_equal(r->status, FETCH_OK);
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
        assert_int_equal(r->status, FETCH_OK);
        assert_string_equal(r->error_text, "");
        assert_true(r->body_cut);
        assert_int_equal(r->body.n, 1000);
        assert_memory_equal(r->body.p + 990, "0123456789", 10);
        free(web_script_stop(web)); /* ends: the client is gone */
    }
    struct web_script *web = web_script_start(
        PLAY(SEND(OK_LINE "Content-Length: 1000\r\n\r\n"), {WEB_REPEAT, "0123456789", 0, 100}));
    const struct fetch_result *r = fetch_run_get(&run, web_script_port(web), "/", 8000);
    assert_true(r->status == FETCH_OK && !r->body_cut && r->body.n == 1000);
    free(web_script_stop(web));
}

/* ---- requests ---- */

static char *recorded_request(const struct fetch_request *request, struct web_script *web)
{
    const struct fetch_result *r = fetch_run(&run, request, 8000);
    if (r->status != FETCH_OK)
        fail_msg("%s: %s", fetch_status_str(r->status), r->error_text);
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
        assert_int_equal(fetch_run(&run, &request, 8000)->status, FETCH_LOCAL);
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
        if (fetch_run(&run, &request, 8000)->status != FETCH_LOCAL)
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
        if (r->status != FETCH_LOCAL || !r->error_text[0])
            fail_msg("\"%s\" was sent: %s", urls[i], fetch_status_str(r->status));
    }
    const char *addresses[] = {"localhost", "",      "127.0.0.1:80", "127.1",
                               "::1%lo",    "[::1]", "0x7f000001"};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct fetch_pin wrong = {addresses[i], pin.port};
        struct fetch_request request = {.method = "GET", .url = "http://host.test/", .pin = &wrong};
        if (fetch_run(&run, &request, 8000)->status != FETCH_LOCAL)
            fail_msg("went to \"%s\"", addresses[i]);
    }
    struct fetch_request put = {.method = "PUT", .url = "http://host.test/", .pin = &pin};
    assert_int_equal(fetch_run(&run, &put, 8000)->status, FETCH_LOCAL);
    struct fetch_request agent = {
        .method = "GET", .url = "http://host.test/", .pin = &pin, .user_agent = "a\r\nX: b"};
    assert_int_equal(fetch_run(&run, &agent, 8000)->status, FETCH_LOCAL);
    char *text = web_script_stop(web);
    assert_string_equal(text, "");
    free(text);
}

/* ---- where it goes ---- */

static void test_another_address_than_the_pinned_gets_no_socket(void **state)
{
    (void)state;
    struct web_script *web = web_script_start(empty_answer);
    uint16_t port = web_script_port(web);
    const char *others[] = {
        arena_printf(run.arena, "::127.0.0.1:%u", port), /* the port that is not pinned */
        arena_printf(run.arena, "::127.0.0.2:%u", port + 1u),
        arena_printf(run.arena, "::[::1]:%u", port + 1u),
    };
    for (size_t i = 0; i < 3; i++) {
        connect_to_fault = others[i];
        const struct fetch_result *r = fetch_run_get(&run, (uint16_t)(port + 1), "/", 8000);
        connect_to_fault = NULL;
        assert_int_equal(r->status, FETCH_LOCAL);
        assert_non_null(strstr(r->error_text, "pinned"));
        assert_null(r->address);
    }
    char *text = web_script_stop(web);
    assert_string_equal(text, "");
    free(text);
}

static void test_environment_is_ignored(void **state)
{
    (void)state;
    struct web_script *proxy = web_script_start(empty_answer);
    struct web_script *web = web_script_start(empty_answer);
    char address[40], home[] = "/tmp/mpic-fetch-XXXXXX", netrc[64];
    assert_non_null(mkdtemp(home));
    snprintf(netrc, sizeof netrc, "%s/.netrc", home);
    FILE *file = fopen(netrc, "w");
    fputs("default login user password secret\n", file);
    fclose(file);
    snprintf(address, sizeof address, "http://127.0.0.1:%u", web_script_port(proxy));
    const char *names[] = {"http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"};
    for (size_t i = 0; i < 4; i++)
        setenv(names[i], address, 1);
    const char *old_home = getenv("HOME");
    char *kept = old_home ? xstrdup(old_home) : NULL;
    setenv("HOME", home, 1);
    for (int is_pinned = 0; is_pinned < 2; is_pinned++) {
        struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
        struct fetch_request request = {
            .method = "GET",
            .url = arena_printf(run.arena, "http://127.0.0.1:%u/", web_script_port(web)),
            .pin = is_pinned ? &pin : NULL};
        assert_int_equal(fetch_run(&run, &request, 8000)->status, FETCH_OK);
    }
    for (size_t i = 0; i < 4; i++)
        unsetenv(names[i]);
    if (kept)
        setenv("HOME", kept, 1);
    char *by_proxy = web_script_stop(proxy), *direct = web_script_stop(web);
    assert_string_equal(by_proxy, "");
    assert_null(strstr(direct, "Authorization"));
    free(by_proxy), free(direct), free(kept);
    unlink(netrc);
    rmdir(home);
}

static void test_key_log_of_the_environment_is_taken_away(void **state)
{
    (void)state;
    struct err err;
    setenv("SSLKEYLOGFILE", "/tmp/mpic-must-not-exist", 1);
    struct fetch *other = fetch_new(run.loop, &err);
    assert_null(getenv("SSLKEYLOGFILE"));
    fetch_free(other);
    fetch_free(NULL);
}

static void test_refused_and_unreachable_connections_fail(void **state)
{
    (void)state;
    const struct fetch_result *r = fetch_run_get(&run, raw_closed_port(), "/", 8000);
    assert_int_equal(r->status, FETCH_CONNECT_FAILED);
    assert_non_null(strstr(r->error_text, "refused") ? r->error_text
                                                     : strstr(r->error_text, "connect"));
    assert_null(r->address);
    assert_int_equal(r->connect_us, 0);
    struct fetch_pin pin = {"255.255.255.255", 80};
    struct fetch_request request = {.method = "GET", .url = "http://host.test/", .pin = &pin};
    assert_int_equal(fetch_run(&run, &request, 8000)->status, FETCH_CONNECT_FAILED);
    struct fetch_request by_name = {.method = "GET", .url = "http://no.such.name.invalid/"};
    assert_int_equal(fetch_run(&run, &by_name, 8000)->status, FETCH_CONNECT_FAILED);
}

static void test_pinned_ipv6_address_is_reached(void **state)
{
    (void)state;
    struct fetch_pin pin = {"::1", raw_closed_port()};
    struct fetch_request request = {.method = "GET", .url = "http://host.test/", .pin = &pin};
    /* Refused, or no IPv6 here: but not a refusal of ours. */
    const struct fetch_result *r = fetch_run(&run, &request, 8000);
    assert_int_equal(r->status, FETCH_CONNECT_FAILED);
}

static void test_no_descriptors_left_is_our_own_failure(void **state)
{
    (void)state;
    uint16_t port = raw_closed_port();
    fetch_run_get(&run, port, "/", 8000); /* what curl opens once is open */
    struct rlimit before, low;
    int highest = socket(AF_INET, SOCK_STREAM, 0);
    getrlimit(RLIMIT_NOFILE, &before);
    low = before;
    low.rlim_cur = (rlim_t)highest;
    close(highest);
    setrlimit(RLIMIT_NOFILE, &low);
    const struct fetch_result *r = fetch_run_get(&run, port, "/", 8000);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(r->status, FETCH_LOCAL);
    assert_non_null(strstr(r->error_text, "open files"));
}

/* ---- time ---- */

/* A port where SYNs are not answered: the backlog is full. */
static int full_listener(uint16_t *port, int fillers[8])
{
    int fd = raw_listen(port);
    listen(fd, 0);
    for (int i = 0; i < 8; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        struct sockaddr_storage sa;
        socklen_t length = sizeof sa;
        getsockname(fd, (struct sockaddr *)&sa, &length);
        connect(fillers[i], (struct sockaddr *)&sa, length);
    }
    return fd;
}

static void test_connect_and_read_timeouts_are_told_apart(void **state)
{
    (void)state;
    uint16_t port;
    int fillers[8];
    int listener = full_listener(&port, fillers);
    uint64_t start_ms = raw_now_ms();
    const struct fetch_result *r = fetch_run_get(&run, port, "/", 200);
    assert_int_equal(r->status, FETCH_CONNECT_TIMEOUT);
    assert_null(r->address);
    struct fetch_pin pin = {"127.0.0.1", port};
    struct fetch_request request = {.method = "GET",
                                    .url = "http://host.test/",
                                    .pin = &pin,
                                    .connect_deadline_ms = loop_now_ms(run.loop) + 200};
    r = fetch_run(&run, &request, 8000);
    assert_int_equal(r->status, FETCH_CONNECT_TIMEOUT);
    assert_in_range(raw_now_ms() - start_ms, 390, 4000);
    for (int i = 0; i < 8; i++)
        close(fillers[i]);
    close(listener);

    const struct {
        const struct web_step *steps;
        const char *url;
        int status_code;
        const char *body;
    } rows[] = {
        {PLAY({WEB_WAIT, NULL, 0, 5000}), "http://host.test/", 0, ""},
        {PLAY({WEB_DRIP, OK_LINE "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, 20}),
         "http://host.test/", 0, ""},
        {PLAY(SEND(OK_LINE "\r\nabc"), {WEB_WAIT, NULL, 0, 5000}), "http://host.test/", 200, "abc"},
        /* TLS that never begins: the TCP connection is there. */
        {(const struct web_step[]){{WEB_WAIT, NULL, 0, 5000}, {WEB_END}}, "https://host.test/", 0,
         ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct web_script *web = web_script_start(rows[i].steps);
        pin.port = web_script_port(web);
        request = (struct fetch_request){.method = "GET",
                                         .url = rows[i].url,
                                         .pin = &pin,
                                         .body_max_bytes = 100,
                                         .connect_deadline_ms = loop_now_ms(run.loop) + 100};
        r = fetch_run(&run, &request, 400);
        if (r->status != FETCH_READ_TIMEOUT)
            fail_msg("row %zu: %s, %s", i, fetch_status_str(r->status), r->error_text);
        assert_int_equal(r->status_code, rows[i].status_code);
        assert_true(bytes_eq(r->body, bytes_of(rows[i].body)));
        assert_string_equal(r->address, "127.0.0.1");
        assert_in_range(r->total_us, 390000, 4000000);
        free(web_script_stop(web));
    }
}

static void test_deadline_in_the_past_ends_it_on_the_next_turn(void **state)
{
    (void)state;
    struct web_script *web = web_script_start(empty_answer);
    struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
    struct fetch_request request = {
        .method = "GET", .url = "http://host.test/", .pin = &pin, .connect_deadline_ms = 1};
    assert_int_equal(fetch_run(&run, &request, 0)->status, FETCH_CONNECT_TIMEOUT);
    free(web_script_stop(web));
}

/* ---- jobs ---- */

struct parallel {
    size_t left;
    size_t ok;
    struct fetch_job *other; /* cancelled by the first that is done */
};

static void on_parallel_done(const struct fetch_result *result, void *arg)
{
    struct parallel *parallel = arg;
    parallel->ok += result->status == FETCH_OK;
    if (parallel->other)
        fetch_cancel(parallel->other);
    parallel->other = NULL;
    if (--parallel->left == 0)
        loop_stop(run.loop);
}

static void must_not_run(const struct fetch_result *result, void *arg)
{
    (void)arg;
    fail_msg("a cancelled job is done: %s", result->error_text);
}

static void stop_loop(void *arg)
{
    loop_stop(arg);
}

static void run_for(unsigned ms)
{
    struct loop_timer timer = {0};
    loop_timer_start(run.loop, &timer, loop_now_ms(run.loop) + ms, stop_loop, run.loop);
    loop_run(run.loop);
}

static void test_cancelled_jobs_are_silent_in_every_state(void **state)
{
    (void)state;
    uint16_t port;
    int fillers[8];
    int listener = full_listener(&port, fillers);
    struct web_script *web = web_script_start(
        PLAY(SEND(OK_LINE "Content-Length: 10\r\n\r\nab"), {WEB_WAIT, NULL, 0, 5000}));
    struct fetch_pin waiting = {"127.0.0.1", port}, reading = {"127.0.0.1", web_script_port(web)};
    struct fetch_request request = {
        .method = "GET", .url = "http://host.test/", .body_max_bytes = 100};
    const struct fetch_pin *const pins[] = {&waiting, &reading, NULL};
    for (size_t i = 0; i < 3; i++) {
        request.pin = pins[i];
        request.url = pins[i] ? "http://host.test/" : "http://localhost:1/";
        for (unsigned ms = 0; ms <= 100; ms += 50) {
            struct fetch_job *job =
                fetch_start(run.fetch, &request, NULL, JOB_NO_DEADLINE, must_not_run, NULL);
            if (ms && pins[i])
                run_for(ms);
            fetch_cancel(job);
            run_for(10);
        }
    }
    /* Finished, but not delivered: the bad method is known at once. */
    request.method = "PUT";
    fetch_cancel(fetch_start(run.fetch, &request, NULL, JOB_NO_DEADLINE, must_not_run, NULL));
    struct job_group group;
    job_group_init(&group);
    request.method = "GET";
    request.pin = &reading;
    for (int i = 0; i < 5; i++)
        fetch_start(run.fetch, &request, &group, JOB_NO_DEADLINE, must_not_run, NULL);
    run_for(20);
    job_group_cancel(&group);
    run_for(20);
    free(web_script_stop(web));
    for (int i = 0; i < 8; i++)
        close(fillers[i]);
    close(listener);
}

static void test_job_may_cancel_another_from_its_done(void **state)
{
    (void)state;
    struct web_script *web = web_script_start(empty_answer);
    struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
    struct fetch_request request = {.method = "GET", .url = "http://host.test/", .pin = &pin};
    struct parallel parallel = {.left = 1};
    fetch_start(run.fetch, &request, NULL, JOB_NO_DEADLINE, on_parallel_done, &parallel);
    parallel.other = fetch_start(run.fetch, &request, NULL, JOB_NO_DEADLINE, must_not_run, NULL);
    loop_run(run.loop);
    run_for(20);
    assert_int_equal(parallel.ok, 1);
    free(web_script_stop(web));
}

static void test_failure_of_curl_fails_all_and_the_next_works(void **state)
{
    (void)state;
    struct web_script *web = web_script_start(empty_answer);
    struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
    struct fetch_request request = {.method = "GET", .url = "http://host.test/", .pin = &pin};
    struct parallel parallel = {.left = 3};
    for (int i = 0; i < 3; i++)
        fetch_start(run.fetch, &request, NULL, loop_now_ms(run.loop) + 8000, on_parallel_done,
                    &parallel);
    action_fault = CURLM_INTERNAL_ERROR;
    loop_run(run.loop);
    action_fault = CURLM_OK;
    assert_int_equal(parallel.ok, 0);
    assert_int_equal(fetch_run(&run, &request, 8000)->status, FETCH_OK);
    free(web_script_stop(web));
}

static void test_status_texts_are_distinct(void **state)
{
    (void)state;
    for (int a = FETCH_OK; a <= FETCH_LOCAL; a++) {
        for (int b = a + 1; b <= FETCH_LOCAL; b++)
            assert_string_not_equal(fetch_status_str(a), fetch_status_str(b));
    }
    assert_non_null(strstr(fetch_library_version(), "libcurl/"));
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
        CASE(test_another_address_than_the_pinned_gets_no_socket),
        CASE(test_environment_is_ignored),
        CASE(test_key_log_of_the_environment_is_taken_away),
        CASE(test_refused_and_unreachable_connections_fail),
        CASE(test_pinned_ipv6_address_is_reached),
        CASE(test_no_descriptors_left_is_our_own_failure),
        CASE(test_connect_and_read_timeouts_are_told_apart),
        CASE(test_deadline_in_the_past_ends_it_on_the_next_turn),
        CASE(test_cancelled_jobs_are_silent_in_every_state),
        CASE(test_job_may_cancel_another_from_its_done),
        CASE(test_failure_of_curl_fails_all_and_the_next_works),
        CASE(test_status_texts_are_distinct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
