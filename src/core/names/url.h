/*
 * The URLs of HTTP checks: the first one, built from the request, and the targets of redirects.
 * Pure. A `struct url` is exactly what will be connected to and sent: nothing normalises it later.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "core/names/target.h"

#include <stdbool.h>
#include <stdint.h>

enum url_scheme { SCHEME_HTTP, SCHEME_HTTPS };

const char *url_scheme_str(enum url_scheme scheme); /* "http", "https" */
/* Compared exactly; false, and `out` left alone, for a name that is none. */
bool url_scheme_parse(const char *text, enum url_scheme *out);

struct url {
    enum url_scheme scheme;
    const char *host; /* canonical name, or address_format() text without brackets */
    bool host_is_address;
    struct address address; /* if host_is_address */
    uint16_t port;          /* the named one, else the scheme's: 80, 443 */
    const char *path;       /* path and query as sent: begins with "/" */
};

/*
 * "http://[2001:db8::1]:8080/x": brackets for IPv6, the port unless it is the scheme's. One URL has
 * one text, so texts can be compared; url_parse() reads it back.
 */
const char *url_format(const struct url *url, struct arena *arena);
/* host[:port] as the Host header wants it: no default port, IPv6 in brackets (RFC 9110 section 7.2,
 * RFC 8738 section 5). */
const char *url_authority(const struct url *url, struct arena *arena);

/*
 * Reads an absolute http or https URL of at most LIMIT_URL_BYTES. The host is a name as
 * name_prepare() takes it or an IP literal; no user information, not even an empty one (BR
 * 3.2.2.4.18 allows a host and a port; "http://good@evil/" deceives readers); the port from 1 to
 * 65535 without leading zeros, or empty, which means none (RFC 3986 section 3.2.3). A fragment is
 * dropped. Names must come as A-labels, because a URL is ASCII (RFC 3986 section 2). On failure
 * `err` says what is wrong, in words that can follow the URL.
 */
bool url_parse(struct bytes text, struct arena *arena, struct url *out, struct err *err) MUST_CHECK;

/* http://HOST/.well-known/acme-challenge/TOKEN (RFC 8555 section 8.3). `token` was checked before;
 * the target is no wildcard. */
void url_of_http_01(const struct target *target, const char *token, struct arena *arena,
                    struct url *out);
/* SCHEME://HOST/.well-known/pki-validation/PATH (BR 3.2.2.4.18). `path` was checked before; the
 * target is no wildcard. */
void url_of_website_change(const struct target *target, enum url_scheme scheme, const char *path,
                           struct arena *arena, struct url *out);

/* The rules for what a request may put into a URL; false: `err` says what is wrong with it, in
 * words that can follow the property's name. */

/* RFC 8555 section 8.3: base64url characters, 1 to LIMIT_TOKEN_BYTES. */
bool acme_token_check(const char *token, struct err *err) MUST_CHECK;
/* RFC 8555 section 8.1: as a token, and ".", 1 to LIMIT_KEY_AUTHORIZATION_BYTES. Need not begin
 * with the token: clients differ. */
bool key_authorization_check(const char *text, struct err *err) MUST_CHECK;
/*
 * What follows "/.well-known/pki-validation/" must stay in that directory (BR 3.2.2.4.18): only
 * path characters of RFC 3986 section 3.3 (so no "?", "#", "\", blank, control character), no
 * segment "." or "..", percent-encoded or with parameters (";") neither, no "%00", "%2f", "%5c". Empty
 * segments are allowed beside one that is not: the directory itself is no file. 1 to
 * LIMIT_HTTP_TOKEN_PATH_BYTES.
 */
bool http_token_path_check(const char *path, struct err *err) MUST_CHECK;

/*
 * True if the whole of `value` occurs in `text`, the URL or a header of a request: the expected
 * content must not appear in what asks for it, or whoever repeats the request proves control (BR
 * 3.2.2.4.18 (1)). Percent-encoding of any depth, "+" for a blank and the case of ASCII letters
 * hide nothing; what is encoded more than 16 times over is taken to hold it. False for an empty or
 * NULL value.
 */
bool url_holds_value(const char *text, const char *value);
