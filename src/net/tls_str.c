/* The texts of net/tls.h's enum: apart from the adapter, for fakes that do without OpenSSL. */
#include "net/tls.h"

const char *tls_status_str(enum tls_status status)
{
    switch (status) {
    case TLS_OK:
        return "ok";
    case TLS_CONNECT_FAILED:
        return "connect_failed";
    case TLS_CONNECT_TIMEOUT:
        return "connect_timeout";
    case TLS_READ_TIMEOUT:
        return "read_timeout";
    case TLS_DISCONNECTED:
        return "disconnected";
    case TLS_FAILED:
        return "tls_failed";
    case TLS_LOCAL:
        return "local";
    }
    return "unknown";
}
