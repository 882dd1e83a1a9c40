/*
 * A TCP server on 127.0.0.1 that plays a script to each client, in a thread: for tests of clients
 * against answers that no real server gives.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum web_action {
    WEB_END,          /* closes the connection; also the end of the script */
    WEB_READ_REQUEST, /* reads to the end of one request, and records it */
    WEB_SEND,         /* `text`, `bytes` long (0: a C string) */
    WEB_REPEAT,       /* `text`, `count` times, until the client is gone */
    WEB_DRIP,         /* `text`, a byte every `count` ms */
    WEB_WAIT,         /* `count` ms, less if the server is stopped */
    WEB_RESET,        /* closes with a reset */
};

struct web_step {
    enum web_action action;
    const char *text;
    size_t bytes;
    unsigned count;
};

struct web_script;

/* `steps` end with WEB_END and must outlive the server. Each connection gets them from the start,
 * one connection after the other. */
struct web_script *web_script_start(const struct web_step *steps);
uint16_t web_script_port(const struct web_script *web);
/* Stops; returns all that was recorded (to be freed). */
char *web_script_stop(struct web_script *web);
