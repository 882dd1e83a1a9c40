#include "net/http_gate.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <string.h>

enum phase {
    PHASE_REQUEST_LINE,
    PHASE_FIELDS,
    PHASE_BODY,       /* `left` bytes of a body with Content-Length */
    PHASE_CHUNK_SIZE, /* the line with the size */
    PHASE_CHUNK,      /* `left` bytes of a chunk */
    PHASE_CHUNK_END,  /* the empty line after a chunk */
    PHASE_LAST_LINE,  /* the empty line after the last chunk */
    PHASE_END,
};

static void refuse(struct http_gate *gate, int status, const char *reason)
{
    if (gate->status == HTTP_GATE_REFUSED)
        return;
    gate->status = HTTP_GATE_REFUSED;
    gate->refusal = (struct http_gate_refusal){status, reason};
    gate->phase = PHASE_END;
}

static void finish(struct http_gate *gate)
{
    gate->phase = PHASE_END;
    gate->status = HTTP_GATE_DONE;
}

void http_gate_init(struct http_gate *gate, uint64_t max_body_bytes)
{
    *gate = (struct http_gate){.max_body_bytes = max_body_bytes};
    gate->line.max = HTTP_GATE_LINE_MAX;
}

void http_gate_clear(struct http_gate *gate)
{
    buf_clear(&gate->line);
}

void http_gate_next(struct http_gate *gate)
{
    struct buf line = gate->line;
    http_gate_init(gate, gate->max_body_bytes);
    gate->line = line;
    gate->line.n = 0;
}

/* tchar of RFC 9110 section 5.6.2. */
static bool is_token(struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        if (!ascii_is_alnum((char)b.p[i]) && (!b.p[i] || !strchr("!#$%&'*+-.^_`|~", b.p[i])))
            return false;
    }
    return b.n > 0;
}

static bool is_all_digits(struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        if (!ascii_is_digit((char)b.p[i]))
            return false;
    }
    return b.n > 0;
}

static bool is_text(struct bytes b, const char *text)
{
    return bytes_eq_nocase(b, bytes_of(text));
}

static struct bytes take_until(struct bytes *rest, char stop)
{
    const uint8_t *at = rest->n ? memchr(rest->p, stop, rest->n) : NULL;
    size_t n = at ? (size_t)(at - rest->p) : rest->n;
    struct bytes head = {rest->p, n};
    size_t skip = at ? n + 1 : n;
    *rest = (struct bytes){rest->p + skip, rest->n - skip};
    return head;
}

/* ---- the request line, RFC 9112 section 3 ---- */

static bool is_port(struct bytes b)
{
    unsigned port = 0;
    for (size_t i = 0; i < b.n; i++)
        port = port * 10 + (b.p[i] - (unsigned)'0');
    return is_all_digits(b) && b.n <= 5 && port > 0 && port <= 65535;
}

static bool is_bracketed_address(struct bytes host)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (host.n < 4 || host.n - 2 >= sizeof text || host.p[host.n - 1] != ']')
        return false;
    memcpy(text, host.p + 1, host.n - 2);
    text[host.n - 2] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

/* host [":" port] as in Host (RFC 9110 section 7.2): no user, no percent-encoding. */
static bool is_host_and_port(struct bytes b)
{
    struct bytes host = b;
    if (b.n && b.p[0] == '[') {
        const uint8_t *end = memchr(b.p, ']', b.n);
        host.n = end ? (size_t)(end - b.p) + 1 : b.n;
        if (!is_bracketed_address(host))
            return false;
    } else {
        struct bytes rest = b;
        host = take_until(&rest, ':');
        for (size_t i = 0; i < host.n; i++) {
            if (!ascii_is_alnum((char)host.p[i]) && (!host.p[i] || !strchr("-._~", host.p[i])))
                return false;
        }
    }
    if (host.n == b.n)
        return host.n > 0;
    struct bytes port = {b.p + host.n + 1, b.n - host.n - 1};
    return host.n > 0 && b.p[host.n] == ':' && is_port(port);
}

/* "http://host[:port]" and then the end, a path or a query. */
static bool is_absolute_form(struct bytes target)
{
    for (const char *const *scheme = (const char *const[]){"http://", "https://", NULL}; *scheme;
         scheme++) {
        size_t n = strlen(*scheme);
        if (target.n <= n || !is_text((struct bytes){target.p, n}, *scheme))
            continue;
        struct bytes authority = {target.p + n, 0};
        while (n + authority.n < target.n && !strchr("/?", authority.p[authority.n]))
            authority.n++;
        return is_host_and_port(authority);
    }
    return false;
}

/* evhttp reads "//mpic" as a URL without scheme, with mpic for its host: what it would refuse as a
 * host does not pass. Our path is the whole of it (net/httpd.c). */
static bool has_plain_start(struct bytes target)
{
    size_t at = 0;
    while (at < target.n && target.p[at] == '/')
        at++;
    if (at < 2)
        return true;
    for (; at < target.n && !strchr("/?", target.p[at]); at++)
        if (!ascii_is_alnum((char)target.p[at]) && !strchr("-._~", target.p[at]))
            return false;
    return true;
}

static bool is_target(struct bytes target, const char *method)
{
    for (size_t i = 0; i < target.n; i++) {
        if (target.p[i] <= 0x20 || target.p[i] >= 0x7f || target.p[i] == '#')
            return false;
    }
    if (target.n == 1 && target.p[0] == '*')
        return str_eq(method, "OPTIONS");
    if (target.n == 0 || target.p[0] != '/')
        return is_absolute_form(target);
    return has_plain_start(target);
}

static void read_version(struct http_gate *gate, struct bytes version)
{
    if (bytes_eq(version, bytes_of("HTTP/1.1")))
        gate->minor_version = 1;
    else if (bytes_eq(version, bytes_of("HTTP/1.0")))
        gate->minor_version = 0;
    else if (version.n >= 5 && memcmp(version.p, "HTTP/", 5) == 0)
        refuse(gate, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    else
        refuse(gate, 400, "malformed request line");
}

static void read_request_line(struct http_gate *gate, struct bytes line)
{
    struct bytes version = line;
    struct bytes method = take_until(&version, ' ');
    struct bytes target = take_until(&version, ' ');
    /* evhttp refuses lines shorter than "GET / HTTP/1.0", with a page of its own. */
    if (!is_token(method) || target.n == 0 || line.n < strlen("GET / HTTP/1.0")) {
        refuse(gate, 400, "malformed request line");
        return;
    }
    read_version(gate, version);
    if (method.n > HTTP_GATE_METHOD_MAX) {
        refuse(gate, 501, "unknown method");
        return;
    }
    memcpy(gate->method, method.p, method.n);
    gate->method[method.n] = '\0';
    /* Its target has a form of its own (RFC 9112 section 3.2.3), and what follows is a tunnel. */
    if (str_eq(gate->method, "CONNECT"))
        refuse(gate, 501, "CONNECT is not served");
    if (!is_target(target, gate->method))
        refuse(gate, 400, "malformed request target");
    gate->is_absolute = target.p[0] != '/' && target.p[0] != '*';
    gate->phase = gate->status == HTTP_GATE_REFUSED ? PHASE_END : PHASE_FIELDS;
}

/* ---- header fields, RFC 9112 section 5 ---- */

static void read_length(struct http_gate *gate, struct bytes value)
{
    gate->length_count++;
    /* Also "5, 5": RFC 9110 section 8.6 lets us refuse any list. */
    if (gate->length_count > 1 || !is_all_digits(value)) {
        refuse(gate, 400, "Content-Length must occur once and be digits");
        return;
    }
    for (size_t i = 0; i < value.n && gate->length <= gate->max_body_bytes; i++)
        gate->length = gate->length * 10 + (value.p[i] - (uint64_t)'0');
}

static void read_coding(struct http_gate *gate, struct bytes value)
{
    gate->coding_count++;
    if (gate->coding_count > 1 || !is_text(value, "chunked"))
        refuse(gate, 400, "the only Transfer-Encoding known here is chunked, once");
}

static void read_connection(struct http_gate *gate, struct bytes value)
{
    while (value.n) {
        struct bytes option = take_until(&value, ',');
        while (option.n && strchr(" \t", option.p[0]))
            option = (struct bytes){option.p + 1, option.n - 1};
        while (option.n && strchr(" \t", option.p[option.n - 1]))
            option.n--;
        gate->wants_close = gate->wants_close || is_text(option, "close");
        gate->wants_keep_alive = gate->wants_keep_alive || is_text(option, "keep-alive");
    }
}

static void read_known_field(struct http_gate *gate, struct bytes name, struct bytes value)
{
    if (is_text(name, "Host")) {
        gate->host_count++;
        if (gate->host_count > 1 || !is_host_and_port(value))
            refuse(gate, 400, "Host must occur once, with a name or address");
    } else if (is_text(name, "Content-Length")) {
        read_length(gate, value);
    } else if (is_text(name, "Transfer-Encoding")) {
        read_coding(gate, value);
    } else if (is_text(name, "Connection")) {
        read_connection(gate, value);
    } else if (is_text(name, "Expect") && !is_text(value, "100-continue")) {
        refuse(gate, 417, "the only expectation known here is 100-continue");
    }
}

static void read_field(struct http_gate *gate, struct bytes line)
{
    struct bytes value = line;
    struct bytes name = take_until(&value, ':');
    if (++gate->field_count > HTTP_GATE_FIELDS_MAX) {
        refuse(gate, 431, "too many header fields");
        return;
    }
    if (strchr(" \t", line.p[0])) {
        refuse(gate, 400, "folded header lines are not accepted"); /* RFC 9112 section 5.2 */
        return;
    }
    /* Covers blanks before the colon (RFC 9112 section 5.1) and a missing colon. */
    if (name.n == line.n || !is_token(name)) {
        refuse(gate, 400, "malformed header field name");
        return;
    }
    while (value.n && value.p[0] == ' ')
        value = (struct bytes){value.p + 1, value.n - 1};
    while (value.n && strchr(" \t", value.p[value.n - 1]))
        value.n--;
    /* evhttp leaves a tab before the value where it is: "\tchunked" would not be "chunked" to it.
     */
    if (value.n && value.p[0] == '\t') {
        refuse(gate, 400, "a tab before a header field value is not accepted");
        return;
    }
    read_known_field(gate, name, value);
}

/* evhttp reads no body with these: the body would be taken for the next request. */
static bool may_have_body(const char *method)
{
    static const char *const methods[] = {"POST", "PUT", "PATCH", "GET", "DELETE", "OPTIONS"};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (str_eq(method, methods[i]))
            return true;
    }
    return false;
}

/* The body's length, RFC 9112 section 6.3. */
static void end_head(struct http_gate *gate)
{
    bool has_body = gate->length > 0 || gate->coding_count;
    if (gate->minor_version == 0)
        gate->wants_close = gate->wants_close || !gate->wants_keep_alive;
    if (gate->minor_version == 1 && gate->host_count == 0)
        refuse(gate, 400, "Host is missing"); /* RFC 9112 section 3.2 */
    else if (gate->coding_count && gate->length_count)
        refuse(gate, 400, "Content-Length beside Transfer-Encoding"); /* RFC 9112 section 6.1 */
    else if (gate->coding_count && gate->minor_version == 0)
        refuse(gate, 400, "Transfer-Encoding in HTTP/1.0"); /* RFC 9112 section 6.1 */
    else if (has_body && !may_have_body(gate->method))
        refuse(gate, 400, "a body with this method is not accepted");
    else if (gate->length > gate->max_body_bytes)
        refuse(gate, 413, "the body is too large");
    else if (gate->coding_count)
        gate->phase = PHASE_CHUNK_SIZE;
    else if (gate->length == 0)
        finish(gate);
    else
        gate->phase = PHASE_BODY;
    gate->left = gate->length;
    gate->body_bytes = gate->length;
}

/* ---- chunked bodies, RFC 9112 section 7.1 ---- */

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = ascii_lower((char)c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static void read_chunk_size(struct http_gate *gate, struct bytes line)
{
    uint64_t size = 0;
    for (size_t i = 0; i < line.n && i < 16; i++) {
        int digit = hex_value(line.p[i]);
        if (digit < 0) {
            /* evhttp knows no chunk extensions; nobody uses them. */
            refuse(gate, 400, "a chunk size must be hexadecimal digits, without extensions");
            return;
        }
        size = size * 16 + (uint64_t)digit;
    }
    if (line.n == 0 || line.n > 15) {
        refuse(gate, 400, "malformed chunk size");
        return;
    }
    gate->body_bytes += size; /* no overflow: 15 digits, and the sum is tested each time */
    gate->left = size;
    if (gate->body_bytes > gate->max_body_bytes)
        refuse(gate, 413, "the body is too large");
    else
        gate->phase = size ? PHASE_CHUNK : PHASE_LAST_LINE;
}

static void read_empty_line(struct http_gate *gate, struct bytes line)
{
    if (gate->phase == PHASE_CHUNK_END && line.n)
        refuse(gate, 400, "a chunk is longer than its size");
    else if (gate->phase == PHASE_CHUNK_END)
        gate->phase = PHASE_CHUNK_SIZE;
    else if (line.n)
        /* evhttp would add them to the header fields, after we looked at those. */
        refuse(gate, 400, "trailer fields are not accepted");
    else
        finish(gate);
}

/* ---- lines and bytes ---- */

static void read_line(struct http_gate *gate)
{
    struct bytes line = buf_bytes(&gate->line);
    if (gate->phase == PHASE_REQUEST_LINE)
        read_request_line(gate, line);
    else if (gate->phase == PHASE_FIELDS && line.n)
        read_field(gate, line);
    else if (gate->phase == PHASE_FIELDS)
        end_head(gate);
    else if (gate->phase == PHASE_CHUNK_SIZE)
        read_chunk_size(gate, line);
    else
        read_empty_line(gate, line);
    gate->line.n = 0;
}

static void refuse_long_head(struct http_gate *gate)
{
    if (gate->phase == PHASE_REQUEST_LINE)
        refuse(gate, 414, "the request line is too long");
    else if (gate->phase == PHASE_FIELDS)
        refuse(gate, 431, "the header fields are too large");
    else
        refuse(gate, 400, "malformed chunk size");
}

/* One byte of a line. A carriage return and a line feed go together, always (RFC 9112 section 2.2
 * lets us refuse other line ends). */
static void read_line_byte(struct http_gate *gate, uint8_t c)
{
    bool is_end = c == '\n' && gate->after_cr;
    if (gate->after_cr != (c == '\n')) {
        refuse(gate, 400, "a line must end with CR LF");
        return;
    }
    /* At once, not at the end of the line: somebody who speaks TLS to us waits for our answer. */
    if ((c < 0x20 && !strchr("\t\r\n", c)) || c == 0 || c == 0x7f) {
        refuse(gate, 400, "a control character; this port speaks HTTP");
        return;
    }
    if ((gate->phase == PHASE_REQUEST_LINE || gate->phase == PHASE_FIELDS) &&
        ++gate->head_bytes > HTTP_GATE_HEAD_MAX) {
        refuse_long_head(gate);
        return;
    }
    gate->after_cr = c == '\r';
    if (is_end)
        read_line(gate);
    else if (c != '\r' && !buf_append(&gate->line, &c, 1))
        refuse_long_head(gate);
}

static size_t skip_body(struct http_gate *gate, size_t available)
{
    size_t n = gate->left < available ? (size_t)gate->left : available;
    gate->left -= n;
    if (gate->left == 0 && gate->phase == PHASE_BODY)
        finish(gate);
    else if (gate->left == 0)
        gate->phase = PHASE_CHUNK_END;
    return n;
}

size_t http_gate_feed(struct http_gate *gate, struct bytes in)
{
    size_t at = 0;
    gate->has_begun = gate->has_begun || in.n > 0;
    while (at < in.n && gate->status == HTTP_GATE_MORE) {
        if (gate->phase == PHASE_BODY || gate->phase == PHASE_CHUNK)
            at += skip_body(gate, in.n - at);
        else
            read_line_byte(gate, in.p[at++]);
    }
    return at;
}
