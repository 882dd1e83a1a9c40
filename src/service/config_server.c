#include "service/config_parts.h"
#include "service/peer_url.h"

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
    config->listen = keys->listen;
    config->workers = keys->workers ? (unsigned)keys->workers : r->source->cpus;
    config->max_connections = (size_t)keys->max_connections;
    config->max_in_flight = (size_t)keys->max_in_flight;
    config->max_body_bytes = (size_t)keys->max_body_bytes;
    config->idle_timeout_s = (unsigned)keys->idle_timeout_s;
    config->log_level = (enum log_level)r->keys->log.level;
    config->log_format = (enum log_format)r->keys->log.format;
}
