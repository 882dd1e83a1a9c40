/* TCP by hand on 127.0.0.1, blocking, for tests of servers and clients. Every wait ends after 10
 * seconds; what goes wrong fails the test. */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

enum { RAW_WAIT_MS = 10000 };

int raw_connect(uint16_t port);
/* A listening socket on a free port of 127.0.0.1. */
int raw_listen(uint16_t *port);
/* A port of 127.0.0.1 on which nobody listens. */
uint16_t raw_closed_port(void);
void raw_send(int fd, const char *text);
/* False if the other side has closed: for what it may refuse in the middle. */
bool raw_try_send(int fd, struct bytes data);
void raw_shutdown(int fd); /* our direction only */

/* Reads one HTTP response by its Content-Length (without one: the head only) into `text`, after
 * clearing it. Interim responses count as responses. */
void raw_read_response(int fd, struct buf *text);
/* The same for the answer to HEAD: never a body. */
void raw_read_head(int fd, struct buf *text);
/* Reads until the other side closes or resets; returns the text, valid until buf_clear(). */
const char *raw_read_all(int fd, struct buf *text);
/* True if the other side closes or resets within `ms`, having sent nothing more. */
bool raw_is_closed_within(int fd, unsigned ms);
/* True if the other side sends nothing, and does not close, for `ms`. */
bool raw_is_silent(int fd, unsigned ms);
void raw_sleep_ms(unsigned ms);
uint64_t raw_now_ms(void);
