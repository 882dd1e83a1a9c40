/*
 * The contexts of libunbound: how they are made, asked and deleted. For net/dns*.c only; nothing
 * here decides what an answer means.
 *
 * libunbound works on a question until it is through, and cannot be told to stop: ub_cancel() only
 * marks. Deleting the context is what stops it; then every question that is still under way gets its
 * reply, a failure, from inside dns_resolver_free().
 */
#pragma once

#include "base/bytes.h"
#include "base/err.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct dns_resolver;

enum dns_reply_security { DNS_REPLY_UNPROVEN, DNS_REPLY_BOGUS, DNS_REPLY_SECURE };

/* Lies in a buffer that the next question overwrites, even one that is answered at once. */
struct dns_reply {
    bool has_packet; /* else libunbound failed without one */
    struct bytes packet;
    enum dns_reply_security security;
    const char *why_bogus;
    const char
        *why_failed; /* without a packet: libunbound's own words, if it has said any; or NULL */
};
typedef void dns_reply_fn(const struct dns_reply *reply, void *arg);

/*
 * `config` is the text of an unbound.conf. With `is_trial` everything that libunbound says meanwhile
 * is looked at: warnings are mistakes, too. For this there must be no other thread that uses
 * libunbound. Sends nothing. Takes some 4 ms and 2 MB.
 */
struct dns_resolver *dns_resolver_new(struct loop *loop, struct bytes config, bool is_trial,
                                      struct err *err) MUST_CHECK;
/* Every question that has no reply yet gets one now. Never from inside a `dns_reply_fn`. */
void dns_resolver_free(struct dns_resolver *resolver);
/*
 * False if libunbound does not take the question; then there will be no reply. Else there will be
 * exactly one, perhaps before this function returns.
 */
bool dns_resolver_ask(struct dns_resolver *resolver, const char *name, uint16_t type,
                      dns_reply_fn *on_reply, void *arg);
