#include "net/connect_error.h"

#include <errno.h>

/* Not EADDRNOTAVAIL and EAFNOSUPPORT: a machine without a usable IPv6 address meets them whenever a host
 * has one, and must go on to its IPv4 address. */
bool connect_error_is_local(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

const char *connect_error_str(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return "the connection was refused: nothing listens there, or a firewall rejects it";
    case ETIMEDOUT:
        return "nobody answered the connection request";
    case EHOSTUNREACH:
    case EHOSTDOWN:
        return "the host cannot be reached";
    case ENETUNREACH:
    case ENETDOWN:
        return "there is no route to this address";
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
        return "the connection was reset while it was made";
    case EADDRNOTAVAIL:
        return "this machine has no address of its own to connect from";
    case EAFNOSUPPORT:
        return "this machine does not speak this version of IP";
    case EACCES:
    case EPERM:
        return "a rule of this machine forbids the connection";
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return "this machine has no room for another connection";
    default:
        return "the connection failed";
    }
}
