#include "coordinator/transport.h"

const char *transport_status_str(enum transport_status status)
{
    static const char *const names[] = {
        [TRANSPORT_OK] = "ok",     [TRANSPORT_UNREACHABLE] = "unreachable",
        [TRANSPORT_CUT] = "cut",   [TRANSPORT_TIMEOUT] = "timeout",
        [TRANSPORT_BUSY] = "busy", [TRANSPORT_INVALID] = "invalid"};
    return names[status];
}
