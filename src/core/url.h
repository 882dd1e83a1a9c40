/*
 * The URLs of HTTP checks: the first one, built from the request, and RFC 3986 references resolved
 * against it. Pure. A `struct url` is exactly what will be connected to and sent: nothing normalises it later.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/check.h"
#include "core/target.h"

#include <stdbool.h>
#include <stdint.h>

struct url {
    enum url_scheme scheme;
    const char *host; /* canonical name, or address_format() text without brackets */
    bool host_is_address;
    struct address address; /* if host_is_address */
    bool has_port;          /* the URL names one */
    uint16_t port;          /* the named one, else the scheme's: 80, 443 */
    const char *path;       /* path and query as sent: begins with "/" */
};

/* "http://[2001:db8::1]:8080/x": brackets for IPv6, the port only if the URL names one. */
const char *url_format(const struct url *url, struct arena *arena);
/* host[:port] as the Host header wants it: no default port, IPv6 in brackets (RFC 9110 section 7.2, RFC 8738 section 5). */
const char *url_authority(const struct url *url, struct arena *arena);

/* http://HOST/.well-known/acme-challenge/TOKEN (RFC 8555 section 8.3). `token` was checked before. */
void url_of_http_01(const struct target *target, const char *token, struct arena *arena,
                    struct url *out);
/* SCHEME://HOST/.well-known/pki-validation/PATH (BR 3.2.2.4.18). `path` was checked before. */
void url_of_website_change(const struct target *target, enum url_scheme scheme, const char *path,
                           struct arena *arena, struct url *out);

/* The rules for what a request may put into a URL; false: `err` says what is wrong with it. */
bool acme_token_check(const char *token, struct err *err) MUST_CHECK;
bool key_authorization_check(const char *text, struct err *err) MUST_CHECK;
bool http_token_path_check(const char *path, struct err *err) MUST_CHECK;
