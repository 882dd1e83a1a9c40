#include "net/fetch_response.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

const char fetch_response_other_coding[] = "the answer has a transfer coding other than chunked";

void fetch_response_init(struct fetch_response *response, struct arena *arena,
                         const struct fetch_request *request)
{
    *response = (struct fetch_response){
        .arena = arena,
        .body_max_bytes = request->body_max_bytes,
        .headers_max_bytes =
            request->headers_max_bytes ? request->headers_max_bytes : FETCH_HEADERS_BYTES,
    };
}

void fetch_response_clear(struct fetch_response *response)
{
    free(response->body);
    response->body = NULL;
}

static bool fail(struct fetch_response *response, const char *error)
{
    if (!response->error)
        response->error = error;
    return false;
}

static bool starts_with(struct bytes b, const char *prefix)
{
    size_t n = strlen(prefix);
    return b.n >= n && memcmp(b.p, prefix, n) == 0;
}

/* Who is it, if not HTTP/1.x? The first bytes of other protocols, for the reader of the report. */
static const char *name_stranger(struct bytes b)
{
    if (b.n >= 2 && b.p[0] >= 0x14 && b.p[0] <= 0x17 && b.p[1] == 3)
        return "the server speaks TLS on this port, not HTTP"; /* RFC 8446 section 5.1 */
    if (starts_with(b, "SSH-"))
        return "the server speaks SSH on this port, not HTTP"; /* RFC 4253 section 4.2 */
    /* RFC 9113 section 3.4: the server's part of the preface is a SETTINGS frame. */
    if (starts_with(b, "PRI * HTTP/2") || (b.n >= 5 && !b.p[0] && !b.p[1] && b.p[3] == 4))
        return "the server speaks HTTP/2 on this connection, which was not asked for";
    if (starts_with(b, "220"))
        return "the server speaks a mail or file protocol on this port, not HTTP";
    if (starts_with(b, "HTTP/"))
        return "the status line is malformed, or of another version than HTTP/1.x";
    return "the answer has no HTTP status line (HTTP/0.9, or another protocol)";
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static struct bytes trim(struct bytes b)
{
    while (b.n && is_blank(b.p[0]))
        b = (struct bytes){b.p + 1, b.n - 1};
    while (b.n && is_blank(b.p[b.n - 1]))
        b.n--;
    return b;
}

/* RFC 9112 section 4: "HTTP/1." DIGIT SP 3DIGIT [SP reason]. curl accepts much more. */
static bool read_status_line(struct fetch_response *response, struct bytes line)
{
    static const char shape[] = "HTTP/1.d ddd";
    size_t n = sizeof shape - 1;
    bool fits = line.n >= n && (line.n == n || line.p[n] == ' ');
    for (size_t i = 0; fits && i < n; i++)
        fits = shape[i] == 'd' ? ascii_is_digit((char)line.p[i]) : line.p[i] == (uint8_t)shape[i];
    if (!fits)
        return fail(response, name_stranger(line));
    const uint8_t *digits = line.p + n - 3;
    response->status_code = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
    if (response->status_code < 100)
        return fail(response, "the status code is not a number from 100 to 999");
    if (response->status_code == 101)
        return fail(response, "the server switches protocols, which was not asked for");
    response->reason = arena_bytes(response->arena, trim((struct bytes){line.p + n, line.n - n}));
    response->phase = FETCH_PHASE_FIELDS;
    response->header_count = 0;
    response->line_count = 0;
    return true;
}

static char *text_of(struct fetch_response *response, struct bytes b)
{
    return arena_strndup(response->arena, (const char *)b.p, b.n);
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

/* RFC 9112 section 5.2: a user agent that receives a folded line reads it as one with a space. */
static bool append_to_last(struct fetch_response *response, struct bytes line)
{
    if (response->header_count == 0)
        return fail(response, "the first header line begins with a blank");
    /* The room doubles: copying the value for each line would make 15 MB of 64 KB. */
    struct fetch_header *last = &response->headers[response->header_count - 1];
    const struct bytes more = trim(line), value = bytes_of(last->value);
    if (value.n + 1 + more.n >= response->folded_room) {
        response->folded_room = 2 * (value.n + 1 + more.n) + 1;
        response->folded = arena_alloc(response->arena, response->folded_room);
        memcpy(response->folded, value.p, value.n);
        last->value = response->folded;
    }
    char *end = response->folded + value.n;
    *end++ = ' ';
    if (more.n)
        memcpy(end, more.p, more.n);
    end[more.n] = '\0';
    return true;
}

static bool add_field(struct fetch_response *response, struct bytes line)
{
    const uint8_t *colon = memchr(line.p, ':', line.n);
    struct bytes name = {line.p, colon ? (size_t)(colon - line.p) : 0};
    if (!is_token(name))
        return fail(response, "a header line is malformed");
    if (!response->headers)
        response->headers =
            arena_array(response->arena, FETCH_FIELDS_MAX, sizeof *response->headers);
    response->folded_room = 0;
    response->headers[response->header_count++] = (struct fetch_header){
        .name = text_of(response, name),
        .value = text_of(response, trim((struct bytes){colon + 1, line.n - name.n - 1})),
    };
    return true;
}

static bool read_field(struct fetch_response *response, struct bytes line)
{
    if (++response->line_count > FETCH_FIELDS_MAX)
        return fail(response, "the answer has too many header fields");
    if (memchr(line.p, '\0', line.n))
        return fail(response, "a header line is malformed");
    return is_blank(line.p[0]) ? append_to_last(response, line) : add_field(response, line);
}

/* Up to what curl can count: it reads a longer number as none. */
static bool is_length(const char *s)
{
    size_t n = 0;
    for (; s[n]; n++) {
        if (!ascii_is_digit(s[n]))
            return false;
    }
    return n > 0 && n <= 18;
}

/* Where the body ends must be beyond doubt (RFC 9112 section 6.3); curl takes the last of several
 * lengths, and reads to the end of the connection where it understands none. */
static bool check_framing(struct fetch_response *response)
{
    const char *length = NULL;
    size_t codings = 0;
    for (size_t i = 0; i < response->header_count; i++) {
        const struct fetch_header *field = &response->headers[i];
        bool is_coding = str_eq_nocase(field->name, "Transfer-Encoding");
        codings += is_coding;
        /* One that we did not ask for (TE): curl would undo gzip, and what remains is not what was
         * sent. */
        if (is_coding && !str_eq_nocase(field->value, "chunked"))
            return fail(response, fetch_response_other_coding);
        if (!str_eq_nocase(field->name, "Content-Length"))
            continue;
        if (!is_length(field->value) || (length && !str_eq(length, field->value)))
            return fail(response, "the answer's Content-Length is malformed, or given twice");
        length = field->value;
    }
    /* RFC 9112 section 6.3: "ought to be handled as an error"; others may see another body. */
    if (codings > 1 || (codings && length))
        return fail(response, "the answer has two framings: Transfer-Encoding beside another");
    return true;
}

static bool end_fields(struct fetch_response *response)
{
    if (!check_framing(response))
        return false;
    if (response->status_code >= 200) {
        response->phase = FETCH_PHASE_BODY;
        return true;
    }
    response->phase = FETCH_PHASE_STATUS;
    response->header_count = 0;
    if (++response->interim_count > FETCH_INTERIM_MAX)
        return fail(response, "the server sends interim responses without end");
    return true;
}

bool fetch_response_line(struct fetch_response *response, struct bytes line)
{
    response->header_bytes += line.n;
    if (response->header_bytes > response->headers_max_bytes)
        return fail(response, "the answer's headers are too large");
    while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    switch (response->phase) {
    case FETCH_PHASE_STATUS:
        return read_status_line(response, line);
    case FETCH_PHASE_FIELDS:
        return line.n ? read_field(response, line) : end_fields(response);
    case FETCH_PHASE_BODY:
        break; /* a trailer: not a header field (RFC 9110 section 6.5.1) */
    }
    return true;
}

bool fetch_response_body(struct fetch_response *response, struct bytes data)
{
    if (response->phase != FETCH_PHASE_BODY)
        return fail(response, name_stranger(data));
    size_t room = response->body_max_bytes - response->body_bytes;
    size_t n = data.n < room ? data.n : room;
    if (response->body_bytes + n > response->body_capacity) {
        response->body_capacity = 2 * (response->body_bytes + n);
        response->body = xrealloc(response->body, response->body_capacity);
    }
    if (n)
        memcpy(response->body + response->body_bytes, data.p, n);
    response->body_bytes += n;
    response->body_cut = n < data.n;
    return !response->body_cut;
}
