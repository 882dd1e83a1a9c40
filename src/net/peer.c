#include "net/peer.h"

#include <assert.h>
#include <stddef.h>

const char *peer_status_str(enum peer_status status)
{
    static const char *const names[] = {
        [PEER_OK] = "ok",
        [PEER_CONNECT_FAILED] = "connect_failed",
        [PEER_CONNECT_TIMEOUT] = "connect_timeout",
        [PEER_READ_TIMEOUT] = "read_timeout",
        [PEER_DISCONNECTED] = "disconnected",
        [PEER_TLS_FAILED] = "tls_failed",
        [PEER_NOT_HTTP] = "http_protocol",
        [PEER_LOCAL] = "local",
    };
    assert((size_t)status < sizeof names / sizeof *names);
    return names[status];
}
