#include "config/parts.h"
#include "config/peer_url.h"

#include "base/str.h"
#include "net/httpd.h"

#include <string.h>

/* Until callers can be authenticated and answers encrypted here, being reachable is a decision. */
static void check_reach(const struct config_reading *r, const char *host)
{
    if (peer_host_is_loopback(host))
        return;
    if (!r->keys->server.insecure)
        config_mistake(r, "server.listen",
                       "is \"%s\", which other machines can reach, and there is neither TLS nor "
                       "authentication of callers (BR 3.2.2.9); listen on 127.0.0.1 behind a proxy "
                       "that has both, or set server.insecure: true",
                       config_shown(r, r->keys->server.listen));
    else
        config_warning(r, "server.listen",
                       "other machines can reach it without TLS and without authentication "
                       "(server.insecure); let only a proxy that has both connect");
}

/* One or more segments that need no escape: "/v1", "/mpic/v1". */
static bool is_base_path(const char *path)
{
    while (*path == '/') {
        const char *segment = path + 1;
        size_t n = 0;
        while (ascii_is_alnum(segment[n]) || (segment[n] && strchr("-._~", segment[n])))
            n++;
        if (n == 0 || (n <= 2 && strspn(segment, ".") >= n))
            return false;
        path = segment + n;
    }
    return *path == '\0';
}

static void check_base_path(const struct config_reading *r, const char *path)
{
    if (path && !is_base_path(path))
        config_mistake(
            r, "server.base_path",
            "is \"%s\"; write a path such as /v1, of letters, digits and - . _ ~, without "
            "a slash at its end",
            config_shown(r, path));
}

void config_make_server(const struct config_reading *r)
{
    const struct keys_server *keys = &r->keys->server;
    struct config *config = r->config;
    char host[64];
    uint16_t port;
    struct err err;
    if (httpd_parse_listen(keys->listen, host, &port, &err))
        check_reach(r, host);
    else
        config_mistake(r, "server.listen", "%s; write one such as 127.0.0.1:8000", err.text);
    check_base_path(r, keys->base_path);
    config->listen = keys->listen;
    config->base_path = keys->base_path;
    config->workers = keys->workers ? (unsigned)keys->workers : r->source->cpus;
    config->max_connections = (size_t)keys->max_connections;
    config->max_in_flight = (size_t)keys->max_in_flight;
    config->max_body_bytes = (size_t)keys->max_body_bytes;
    config->idle_timeout_s = (unsigned)keys->idle_timeout_s;
    config->log_level = (enum log_level)r->keys->log.level;
    config->log_format = (enum log_format)r->keys->log.format;
}
