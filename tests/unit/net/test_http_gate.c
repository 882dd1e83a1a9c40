#include "net/http_gate.h"

#include "base/mem.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 20 };

#define HEAD_1_1 "POST / HTTP/1.1\r\nHost: a\r\n"

static struct http_gate feed(const char *text, size_t *taken)
{
    struct http_gate gate;
    http_gate_init(&gate, BODY_MAX);
    *taken = http_gate_feed(&gate, bytes_of(text));
    http_gate_clear(&gate);
    return gate;
}

static void test_complete_requests_are_passed_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *why;
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "the shortest"},
        {"GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 needs no Host"},
        {"GET /a/b?c=d&e HTTP/1.1\r\nhost: a.example:8000\r\n\r\n", "port in Host"},
        {"GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n", "IPv6 in Host"},
        {"GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", "IPv6 and port in Host"},
        {"GET http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n", "absolute form, no path"},
        {"GET //a-b._~/c:d HTTP/1.1\r\nHost: a\r\n\r\n", "two slashes"},
        {"GET ///a?//b:c HTTP/1.1\r\nHost: a\r\n\r\n", "three slashes"},
        {"GET // HTTP/1.1\r\nHost: a.example\r\n\r\n", "nothing but slashes"},
        {"GET /a//b:c HTTP/1.1\r\nHost: a\r\n\r\n", "two slashes later"},
        {"GET HTTPS://a:1/b HTTP/1.1\r\nHost: a\r\n\r\n", "absolute form"},
        {"GET http://[::1]:1?b HTTP/1.1\r\nHost: a\r\n\r\n", "absolute form, IPv6"},
        {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "asterisk form"},
        {"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "no body, said so"},
        {"BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n", "an unknown method is the handler's affair"},
        {HEAD_1_1 "Content-Length: 5\r\n\r\nhello", "a body"},
        {HEAD_1_1 "Content-Length:  20 \t\r\n\r\n01234567890123456789", "the limit, and blanks"},
        {HEAD_1_1
         "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n00F\r\n012345678901234\r\n0\r\n\r\n",
         "chunks to the limit"},
        {HEAD_1_1 "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx", "expectation"},
        {HEAD_1_1 "X:\r\nY: a\tb\xe9\r\n\r\n", "empty value; tab and obs-text inside a value"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t size = strlen(rows[i].text) + sizeof "GET ";
        char *text = xmalloc(size);
        snprintf(text, size, "%sGET ", rows[i].text); /* pipelined: not taken */
        size_t taken;
        struct http_gate gate = feed(text, &taken);
        if (gate.status != HTTP_GATE_DONE || taken != strlen(rows[i].text))
            fail_msg("%s: status %d, %zu bytes, %s", rows[i].why, gate.status, taken,
                     gate.refusal.reason);
        free(text);
    }
}

static void test_ambiguous_requests_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
        const char *why;
    } rows[] = {
        {"GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "bare line feed, request line"},
        {"GET / HTTP/1.1\r\nHost: a\n\r\n", 400, "bare line feed, field"},
        {"GET / HTTP/1.1\r\nHost: a\r\n\n", 400, "bare line feed, end"},
        {"GET / HTTP/1.1\r\nX: a\rb\r\nHost: a\r\n\r\n", 400, "bare carriage return"},
        {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "empty line before the request"},
        {"GET  / HTTP/1.1\r\n", 400, "two blanks"},
        {"GET / x HTTP/1.1\r\n", 400, "blank in the target"},
        {"GET / HTTP/1.1 \r\n", 505, "blank after the version"},
        {" GET / HTTP/1.1\r\n", 400, "blank before the method"},
        {"GET /123456789012\r\n", 400, "HTTP/0.9"},
        {"GET / HTTP/0.9\r\n", 505, "version 0.9"},
        {"GET / HTTP/1.2\r\n", 505, "version 1.2"},
        {"GET / HTTP/+1.1\r\n", 505, "sign in the version (evhttp: 1.1)"},
        {"PRI * HTTP/2.0\r\n", 505, "HTTP/2 preface"},
        {"GET / http/1.1\r\n", 400, "version in lower case"},
        {"G / HTTP/1.1\r\n", 400, "shorter than evhttp accepts"},
        {"G(T / HTTP/1.1\r\n", 400, "method is no token"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZ / HTTP/1.1\r\n", 501, "method too long"},
        {"CONNECT a:443 HTTP/1.1\r\n", 501, "tunnel"},
        {"GET a HTTP/1.1     \r\n", 505, "relative target, blanks"},
        {"GET abcd HTTP/1.1\r\n", 400, "relative target"},
        {"GET * HTTP/1.1\r\n", 400, "asterisk is for OPTIONS"},
        {"GET //a:b/c HTTP/1.1\r\n", 400, "evhttp takes //a:b for a host with a port"},
        {"GET //[a]/c HTTP/1.1\r\n", 400, "evhttp takes //[a] for a host"},
        {"GET //a@b HTTP/1.1\r\n", 400, "evhttp takes //a@b for a user and a host"},
        {"GET ///%61 HTTP/1.1\r\n", 400, "evhttp takes //%61 for a host"},
        {"GET /#a HTTP/1.1\r\n", 400, "fragment"},
        {"GET /\xc3\xa9 HTTP/1.1\r\n", 400, "not ASCII"},
        {"GET ftp://a/ HTTP/1.1\r\n", 400, "another scheme"},
        {"GET http:///a HTTP/1.1\r\n", 400, "no host"},
        {"GET http://u@a/ HTTP/1.1\r\n", 400, "user"},
        {"GET http://a:/ HTTP/1.1\r\n", 400, "empty port"},
        {"GET http://a:65536/ HTTP/1.1\r\n", 400, "port too large"},
        {"GET http://a:0/ HTTP/1.1\r\n", 400, "port 0"},
        {"GET http://[::g]/ HTTP/1.1\r\n", 400, "no address in brackets"},
        {"GET http://[::1/ HTTP/1.1\r\n", 400, "bracket left open"},
        {"GET http://[::1]x/ HTTP/1.1\r\n", 400, "text after the bracket"},
        {"\x16\x03\x01", 400, "TLS on the plain port, at once"},
        {"GET / HTTP/1.1\r\nX: \x7f", 400, "DEL"},
        {"GET / HTTP/1.1\r\n\r\n", 400, "no Host"},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "two Hosts"},
        {"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400, "two Hosts in 1.0"},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "empty Host"},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "blank in Host"},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "path in Host"},
        {"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400, "list in Host"},
        {HEAD_1_1 "X : a\r\n\r\n", 400, "blank before the colon"},
        {HEAD_1_1 "X\r\n\r\n", 400, "no colon"},
        {HEAD_1_1 ": a\r\n\r\n", 400, "no name"},
        {HEAD_1_1 "X: a\r\n b\r\n\r\n", 400, "folded with a blank"},
        {HEAD_1_1 "X: a\r\n\tb\r\n\r\n", 400, "folded with a tab"},
        {HEAD_1_1 "X:\ta\r\n\r\n", 400, "tab before the value"},
        {HEAD_1_1 "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400, "two lengths"},
        {HEAD_1_1 "Content-Length: 5\r\ncontent-length: 6\r\n\r\nhello", 400, "different lengths"},
        {HEAD_1_1 "Content-Length: 5, 5\r\n\r\nhello", 400, "list of lengths"},
        {HEAD_1_1 "Content-Length: +5\r\n\r\nhello", 400, "sign"},
        {HEAD_1_1 "Content-Length: -5\r\n\r\nhello", 400, "negative"},
        {HEAD_1_1 "Content-Length: 5x\r\n\r\nhello", 400, "text after the length"},
        {HEAD_1_1 "Content-Length: 0x5\r\n\r\nhello", 400, "hexadecimal"},
        {HEAD_1_1 "Content-Length:\r\n\r\n", 400, "empty length"},
        {HEAD_1_1 "Content-Length: 21\r\n\r\n", 413, "too long by one"},
        {HEAD_1_1 "Content-Length: 18446744073709551617\r\n\r\n", 413, "2^64 + 1"},
        {HEAD_1_1 "Expect: 100-continue\r\nContent-Length: 21\r\n\r\n", 413,
         "too long, asked before"},
        {HEAD_1_1 "Expect: x\r\n", 417, "another expectation"},
        {HEAD_1_1 "Transfer-Encoding: gzip\r\n", 400, "another coding"},
        {HEAD_1_1 "Transfer-Encoding: gzip, chunked\r\n", 400, "two codings"},
        {HEAD_1_1 "Transfer-Encoding: chunked, chunked\r\n", 400, "chunked twice"},
        {HEAD_1_1 "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400,
         "two fields"},
        {HEAD_1_1 "Transfer-Encoding: xchunked\r\n", 400, "nearly chunked"},
        {HEAD_1_1 "Transfer-Encoding:\r\n", 400, "empty coding"},
        {HEAD_1_1 "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400, "both"},
        {HEAD_1_1 "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "both, length 0"},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "chunked in 1.0"},
        {"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 400, "body with HEAD"},
        {"TRACE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "with TRACE"},
        {"BREW / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 400, "with an unknown method"},
        {HEAD_1_1 "Transfer-Encoding: chunked\r\n\r\n\r\n", 400, "no chunk size"},
        {HEAD_1_1 "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\n", 400, "chunk extension"},
        {HEAD_1_1 "Transfer-Encoding: chunked\r\n\r\n0x5\r\n", 400, "chunk size with 0x"},
        {HEAD_1_1 "Transfer-Encoding: chunked\r\n\r\n 5\r\n", 400, "blank before the size"},
        {HEAD_1_1 "Transfer-Encoding: chunked\r\n\r\n-5\r\n", 400, "negative size"},
        {HEAD_1_1 "Transfer-Encoding: chunked\r\n\r\n5\n", 400, "bare line feed after the size"},
        {HEAD_1_1 "Transfer-Encoding: chunked\r\n\r\n0000000000000005\r\n", 400, "16 digits"},
        {HEAD_1_1 "Transfer-Encoding: chunked\r\n\r\n15\r\n", 413, "chunk too large by one"},
        {HEAD_1_1 "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n14\r\n", 413, "in sum too large"},
        {HEAD_1_1 "Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n", 413, "huge chunk"},
        {HEAD_1_1 "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400,
         "chunk longer than its size"},
        {HEAD_1_1 "Transfer-Encoding: chunked\r\n\r\n0\r\nX: a\r\n\r\n", 400, "trailer field"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t taken;
        struct http_gate gate = feed(rows[i].text, &taken);
        if (gate.status != HTTP_GATE_REFUSED || gate.refusal.status != rows[i].status)
            fail_msg("%s: status %d, refusal %d", rows[i].why, gate.status, gate.refusal.status);
        assert_true(strlen(gate.refusal.reason) > 0);
    }
}

/* `count` times the byte, then the rest. */
static struct http_gate feed_long(const char *before, size_t count)
{
    struct http_gate gate;
    http_gate_init(&gate, BODY_MAX);
    http_gate_feed(&gate, bytes_of(before));
    for (size_t i = 0; i < count && gate.status == HTTP_GATE_MORE; i++)
        http_gate_feed(&gate, bytes_of("a"));
    http_gate_clear(&gate);
    return gate;
}

static void test_lines_up_to_the_limit_are_read_longer_ones_refused(void **state)
{
    (void)state;
    const char *line = "GET /", *field = "GET / HTTP/1.1\r\nX: ";
    assert_int_equal(feed_long(line, HTTP_GATE_LINE_MAX - 5).status, HTTP_GATE_MORE);
    assert_int_equal(feed_long(line, HTTP_GATE_LINE_MAX - 4).refusal.status, 414);
    assert_int_equal(feed_long(field, HTTP_GATE_LINE_MAX - 3).status, HTTP_GATE_MORE);
    assert_int_equal(feed_long(field, HTTP_GATE_LINE_MAX - 2).refusal.status, 431);
    const char *chunk = HEAD_1_1 "Transfer-Encoding: chunked\r\n\r\n";
    assert_int_equal(feed_long(chunk, HTTP_GATE_LINE_MAX).status, HTTP_GATE_MORE);
    assert_int_equal(feed_long(chunk, HTTP_GATE_LINE_MAX + 1).refusal.status, 400);
}

static void test_too_many_fields_and_too_large_a_head_are_refused(void **state)
{
    (void)state;
    for (size_t fields = HTTP_GATE_FIELDS_MAX; fields <= HTTP_GATE_FIELDS_MAX + 1; fields++) {
        struct http_gate gate;
        http_gate_init(&gate, BODY_MAX);
        http_gate_feed(&gate, bytes_of("GET / HTTP/1.1\r\nHost: a\r\n"));
        for (size_t i = 1; i < fields; i++)
            http_gate_feed(&gate, bytes_of("X: a\r\n"));
        bool is_refused = gate.status == HTTP_GATE_REFUSED && gate.refusal.status == 431;
        assert_int_equal(is_refused, fields > HTTP_GATE_FIELDS_MAX);
        http_gate_clear(&gate);
    }
    struct http_gate gate;
    http_gate_init(&gate, BODY_MAX);
    http_gate_feed(&gate, bytes_of("GET / HTTP/1.1\r\nHost: a\r\n"));
    char line[1000];
    memset(line, 'a', sizeof line);
    memcpy(line, "X: ", 3);
    memcpy(line + sizeof line - 2, "\r\n", 2);
    size_t sent = 25;
    while (gate.status == HTTP_GATE_MORE) {
        assert_true(sent <= HTTP_GATE_HEAD_MAX);
        sent += http_gate_feed(&gate, (struct bytes){(const uint8_t *)line, sizeof line});
    }
    assert_int_equal(gate.refusal.status, 431);
    assert_int_equal(sent, HTTP_GATE_HEAD_MAX + 1);
    http_gate_clear(&gate);
}

static void test_facts_of_a_request_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *method;
        bool wants_close;
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET", false},
        {"BREW / HTTP/1.1\r\nHost: a\r\nConnection: x ,\tClose \r\n\r\n", "BREW", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: closed, keep-alive\r\n\r\n", "GET", false},
        {"GET / HTTP/1.0\r\n\r\n", "GET", true},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET", false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive, close\r\n\r\n", "GET", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t taken;
        struct http_gate gate = feed(rows[i].text, &taken);
        assert_string_equal(gate.method, rows[i].method);
        assert_int_equal(gate.wants_close, rows[i].wants_close);
    }
}

static void test_next_forgets_the_request_before(void **state)
{
    (void)state;
    struct http_gate gate;
    http_gate_init(&gate, BODY_MAX);
    assert_false(gate.has_begun);
    for (int i = 0; i < 3; i++) {
        const char *text = HEAD_1_1 "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n"
                                    "01234567890123456789\r\n0\r\n\r\n";
        assert_int_equal(http_gate_feed(&gate, bytes_of(text)), strlen(text));
        assert_int_equal(gate.status, HTTP_GATE_DONE);
        assert_true(gate.has_begun);
        http_gate_next(&gate);
        assert_false(gate.has_begun || gate.wants_close);
        assert_int_equal(gate.status, HTTP_GATE_MORE);
    }
    http_gate_clear(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_complete_requests_are_passed_whole),
        cmocka_unit_test(test_ambiguous_requests_are_refused),
        cmocka_unit_test(test_lines_up_to_the_limit_are_read_longer_ones_refused),
        cmocka_unit_test(test_too_many_fields_and_too_large_a_head_are_refused),
        cmocka_unit_test(test_facts_of_a_request_are_told),
        cmocka_unit_test(test_next_forgets_the_request_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
