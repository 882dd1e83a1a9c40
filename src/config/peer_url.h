/* The address of a perspective, as far as a configuration is judged by it. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct peer_url {
    bool is_https;
    bool is_loopback; /* 127.0.0.0/8, ::1, localhost (RFC 6761 section 6.3) */
    bool has_query;
};

/* "https://host[:port][/path][?query]", as RFC 3986 writes it: no user info, no fragment. */
bool peer_url_check(const char *url, struct peer_url *facts, struct err *err) MUST_CHECK;
/* True for the text of a loopback address, without brackets. */
bool peer_host_is_loopback(const char *host);
