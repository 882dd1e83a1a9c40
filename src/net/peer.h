/* How it went with whoever was connected to: the same words for every protocol. */
#pragma once

enum peer_status {
    PEER_OK,              /* a complete response, or the beginning of one; a complete handshake */
    PEER_CONNECT_FAILED,  /* refused, unreachable, name not found */
    PEER_CONNECT_TIMEOUT, /* no TCP connection before the deadline or connect_deadline_ms */
    PEER_READ_TIMEOUT,    /* connected (TCP), but not done before the deadline */
    PEER_DISCONNECTED,    /* closed or reset in the middle, or shorter than announced */
    /* An alert, a version below 1.2, not TLS at all, too much input; error_text says which. */
    PEER_TLS_FAILED,
    /* Not HTTP/1.x, or its framing or the limits of its head broken; error_text says which. */
    PEER_NOT_HTTP,
    /* Our own machine failed, or the request is one that is never sent; nothing that a peer does
     * leads here. */
    PEER_LOCAL,
};

/* "ok", "connect_failed", "read_timeout", … */
const char *peer_status_str(enum peer_status status);
