/*
 * Every URL that our rules accept, whoever chose it, is one that libcurl takes, and takes for the same: another host,
 * port or path would be asked than was judged, and a refusal would look like a failure of our own machine, which
 * nobody outside may raise.
 */
#include "net/fetch.h"

#include "core/rules/redirect.h"
#include "support/fetch_run.h"
#include "support/raw_tcp.h"
#include "support/unit.h"
#include "support/web_script.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOCATIONS = 40000, LOCATION_BYTES = 2100, FETCHED = 100 };

/* The same sequence on every machine. */
static uint32_t next_random(uint32_t bound)
{
    static uint64_t state = 20261126;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % bound;
}

/* More often what is usual, which stands first in the lists, or hardly one would be accepted. */
static const char *pick(const char *const *list, uint32_t count)
{
    return list[next_random(2) ? next_random(count) : next_random((count + 4) / 5)];
}

#define PICK(list) pick(list, sizeof(list) / sizeof *(list))

static const char *const schemes[] = {
    "http://", "https://", "http://", "HTTP://",  "hTTps://",    "//",       "",
    "http:/",  "http:",    "ftp://",  "http:///", "javascript:", "https://", "http:\\\\"};
static const char *const users[] = {"",   "",     "",   "",       "",   "",  "@",
                                    "a@", "a:b@", ":@", "a%40b@", "[@", "@@"};
static const char *const hosts[] = {"www.example.com",
                                    "example.com",
                                    "WWW.Example.COM",
                                    "example.com.",
                                    "a-b.example",
                                    "_dmarc.example.com",
                                    "a_b.example.com",
                                    "xn--bcher-kva.example",
                                    "b\xc3\xbc"
                                    "cher.example",
                                    "localhost",
                                    "example",
                                    "com",
                                    "1.2.3.4",
                                    "93.184.216.34",
                                    "127.1",
                                    "2130706433",
                                    "0x7f.1",
                                    "0x7f000001",
                                    "017700000001",
                                    "0x7f.0x1",
                                    "1.0x2",
                                    "0.0x1.example",
                                    "1.2.3.4.",
                                    "1.2.3.4.5",
                                    "256.1.1.1",
                                    "1.2.3",
                                    "4.3.2.1.in-addr.arpa",
                                    "[2001:db8::1]",
                                    "[::1]",
                                    "[::ffff:1.2.3.4]",
                                    "[fe80::1%25eth0]",
                                    "[fe80::1%eth0]",
                                    "[v1.x]",
                                    "[]",
                                    "[::",
                                    "::1",
                                    "[2606:2800:220:1::34]",
                                    "[0:0:0:0:0:0:0:1]",
                                    "a%2eb.example",
                                    "exa%6dple.com",
                                    "%00.example",
                                    "a b.example",
                                    "a..example",
                                    ".example",
                                    "-a.example",
                                    "a-.example",
                                    "ex*mple.com",
                                    "*.example.com",
                                    "a'b.example",
                                    "a$b.example",
                                    "a(b).example",
                                    "a!b.example",
                                    "a;b.example",
                                    "a,b.example",
                                    "a=b.example",
                                    "a&b.example",
                                    "a+b.example",
                                    "a~b.example",
                                    "a\tb.example",
                                    "a\x01"
                                    "b.example",
                                    "a\x7f"
                                    "b.example",
                                    "a\\b.example",
                                    "a\"b.example",
                                    "a<b>.example",
                                    "a^b.example",
                                    "a`b.example",
                                    "a{b}.example",
                                    "a|b.example",
                                    "xn--.example",
                                    "xn--a.example",
                                    "1e1.example",
                                    "0.example",
                                    "00.example",
                                    "0x.example",
                                    "123.example",
                                    "example.123",
                                    "example.0x1",
                                    "example.1a",
                                    "\xef\xbc\x91.example",
                                    "www.example.com\xe3\x80\x82",
                                    "localhost.",
                                    "www.example.com.well-known"};
static const char *const ports[] = {
    "",     "",      "",     "",    ":80",  ":443",         ":",    ":0",     ":65535", ":65536",
    ":080", ":8080", ":+80", ":-1", ":80a", ":99999999999", ": 80", ":80:80", ":%38%30"};
static const char *const paths[] = {
    "",       "/",          "/a",     "/a/b",      "//",        "///a",         "/.",   "/..",
    "/../..", "/a/../b",    "/a/./b", "/%2e%2e/a", "/a//b",     "/%",           "/%2",  "/%zz",
    "/%00",   "/%0d%0a",    "/a b",   "/a%20b",    "/\xc3\xa9", "/a;b=c",       "/a:b", "/a@b",
    "/~a",    "/a\\b",      "/a'b",   "/a(b)",     "/a*b",      "/a$b&c+d,e=f", "/a!b", "/a\x01",
    "/a\x7f", "/a\tb",      "/a\"b",  "/a<b>",     "/a[b]",     "/a{b}",        "/a|b", "/a^b",
    "/a`b",   "/http://x/", "a",      "a/b",       "./a",       "../a",         ".",    "..",
    ";x",     "/:80",       "/@"};
static const char *const queries[] = {
    "",     "",   "",     "?",         "?a",    "?a=b&c=d", "?a?b",  "?/", "?a/../b", "?%",
    "?%41", "? ", "?a b", "?\xc3\xa9", "?a[b]", "?a@b:c",   "?a\\b", "??", "?#"};
static const char *const fragments[] = {"",     "",    "",   "",   "#",     "#a",
                                        "#a?b", "#/a", "##", "#%", "#\x01", "#@x"};

static void append_long(char *location)
{
    size_t n = strlen(location), more = next_random(1200);
    for (size_t i = 0; i < more && n < LOCATION_BYTES - 1; i++)
        location[n++] = "a/b?c%41"[next_random(next_random(4) ? 1 : 8)];
    location[n] = '\0';
}

/* What may become of a URL on the way: another byte, one more, one less. */
static void damage(char *location)
{
    static const char bytes[] = "\x01\t\n\r !\"#$%&'()*+,-./0:;<=>?@A[\\]^_`a{|}~\x7f\x80\xff";
    size_t n = strlen(location), at = next_random((uint32_t)n + 1);
    char byte = bytes[next_random(sizeof bytes - 1)];
    switch (next_random(3)) {
    case 0:
        location[at] = at < n ? byte : '\0';
        return;
    case 1:
        memmove(location + at + 1, location + at, n - at + 1);
        location[at] = byte;
        return;
    default:
        if (at < n)
            memmove(location + at, location + at + 1, n - at);
    }
}

static void make_location(char location[LOCATION_BYTES + 2])
{
    snprintf(location, LOCATION_BYTES, "%s%s%s%s%s%s%s", PICK(schemes), PICK(users), PICK(hosts),
             PICK(ports), PICK(paths), PICK(queries), PICK(fragments));
    if (next_random(50) == 0)
        append_long(location);
    if (next_random(4) == 0)
        damage(location);
}

/* Of a redirect to it; false: our rules refuse it. */
static bool may_follow(const char *location, struct arena *arena, struct url *to)
{
    static const char *const visited[] = {"http://[2001:db8::1]/.well-known/pki-validation/a?b"};
    struct url from;
    struct err err;
    assert_true(url_parse(bytes_of(visited[0]), arena, &from, &err));
    const struct redirect_query query = {.from = &from,
                                         .status_code = 302,
                                         .locations = &location,
                                         .location_count = 1,
                                         .visited = visited,
                                         .visited_count = 1,
                                         .http_port = 80,
                                         .https_port = 443};
    struct redirect_decision decision = redirect_decide(&query, arena);
    *to = decision.to;
    return decision.problem == PROBLEM_NONE;
}

static const char *part(CURLU *url, CURLUPart what, struct arena *arena)
{
    char *text = NULL;
    CURLUcode code = curl_url_get(url, what, &text, 0);
    const char *copy = code == CURLUE_OK ? arena_strdup(arena, text) : "";
    curl_free(text);
    return copy;
}

/* As a transfer of ours parses it. */
static void assert_means_the_same(const char *location, const struct url *to, struct arena *arena)
{
    const char *text = url_format(to, arena);
    bool is_v6 = to->host_is_address && to->address.family == 6;
    CURLU *url = curl_url();
    CURLUcode code = curl_url_set(url, CURLUPART_URL, text, CURLU_PATH_AS_IS | CURLU_DISALLOW_USER);
    if (code != CURLUE_OK)
        fail_msg("%s: libcurl refuses %s: %s", location, text, curl_url_strerror(code));
    const char *host = arena_printf(arena, is_v6 ? "[%s]" : "%s", to->host);
    const char *port = part(url, CURLUPART_PORT, arena);
    const char *query = part(url, CURLUPART_QUERY, arena);
    const char *path = arena_printf(arena, "%s%s%s", part(url, CURLUPART_PATH, arena),
                                    strchr(to->path, '?') ? "?" : "", query);
    if (strcmp(part(url, CURLUPART_HOST, arena), host) != 0)
        fail_msg("%s: libcurl reads host %s in %s", location, part(url, CURLUPART_HOST, arena),
                 text);
    if (strcmp(path, to->path) != 0)
        fail_msg("%s: libcurl reads path %s in %s", location, path, text);
    if (*port && atoi(port) != to->port)
        fail_msg("%s: libcurl reads port %s in %s", location, port, text);
    assert_string_equal(part(url, CURLUPART_SCHEME, arena), url_scheme_str(to->scheme));
    assert_string_equal(part(url, CURLUPART_USER, arena), "");
    curl_url_cleanup(url);
}

static void test_libcurl_takes_what_our_rules_accept_for_the_same(void **state)
{
    (void)state;
    static char location[LOCATION_BYTES + 2];
    size_t accepted = 0;
    for (size_t i = 0; i < LOCATIONS; i++) {
        struct arena *arena = arena_new();
        struct url to;
        make_location(location);
        if (may_follow(location, arena, &to)) {
            accepted++;
            assert_means_the_same(location, &to, arena);
        }
        arena_free(arena);
    }
    assert_true(accepted > LOCATIONS / 10);
}

/* The request as it goes out: what the path, the query and the authority become on the way through a transfer. */
static void test_requests_ask_for_what_was_judged(void **state)
{
    (void)state;
    static char location[LOCATION_BYTES + 2];
    static const struct web_step steps[] = {
        {WEB_READ_REQUEST}, {WEB_SEND, .text = "HTTP/1.1 204 No Content\r\n\r\n"}, {WEB_END}};
    for (size_t done = 0; done < FETCHED;) {
        struct fetch_run run;
        struct url to;
        fetch_run_init(&run);
        make_location(location);
        if (!may_follow(location, run.arena, &to)) {
            fetch_run_clear(&run);
            continue;
        }
        to.scheme = SCHEME_HTTP;
        struct web_script *web = web_script_start(steps);
        const char *authority = url_authority(&to, run.arena);
        const struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
        const struct fetch_header host = {"Host", authority};
        const struct fetch_request request = {.method = "GET",
                                              .url = url_format(&to, run.arena),
                                              .headers = &host,
                                              .header_count = 1,
                                              .pin = &pin};
        const struct fetch_result *result = fetch_run(&run, &request, RAW_WAIT_MS);
        if (result->status != PEER_OK)
            fail_msg("%s: %s (%s)", request.url, result->error_text, result->library_text);
        char *recorded = web_script_stop(web);
        const char *expected =
            arena_printf(run.arena, "GET %s HTTP/1.1\r\nHost: %s\r\n", to.path, authority);
        if (strncmp(recorded, expected, strlen(expected)) != 0)
            fail_msg("%s became %.200s", request.url, recorded);
        free(recorded);
        fetch_run_clear(&run);
        done++;
    }
}

/* Names that a TLS library could refuse to ask for, before the server hears anything. */
static void test_tls_begins_with_every_host_that_our_rules_accept(void **state)
{
    (void)state;
    size_t begun = 0;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct fetch_run run;
        struct url to;
        fetch_run_init(&run);
        for (int verifies = 0; verifies < 2; verifies++) {
            if (!may_follow(arena_printf(run.arena, "https://%s/", hosts[i]), run.arena, &to))
                continue;
            static const struct web_step steps[] = {{WEB_WAIT, .count = 20}, {WEB_END}};
            struct web_script *web = web_script_start(steps);
            const struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
            const struct fetch_request request = {.method = "GET",
                                                  .url = url_format(&to, run.arena),
                                                  .pin = &pin,
                                                  .verify_tls = verifies,
                                                  .alpn_http1 = true};
            /* It says nothing, and closes: whoever is disconnected had begun. */
            enum peer_status status = fetch_run(&run, &request, RAW_WAIT_MS)->status;
            if (status != PEER_DISCONNECTED && status != PEER_TLS_FAILED)
                fail_msg("%s: %s (%s)", request.url, run.result.error_text,
                         run.result.library_text);
            free(web_script_stop(web));
            begun++;
        }
        fetch_run_clear(&run);
    }
    assert_true(begun > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_libcurl_takes_what_our_rules_accept_for_the_same),
        cmocka_unit_test(test_requests_ask_for_what_was_judged),
        cmocka_unit_test(test_tls_begins_with_every_host_that_our_rules_accept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
