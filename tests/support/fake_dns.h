/*
 * net/dns.h with scripted answers, for flow tests: linked in place of src/net/dns.c.
 *
 *     struct fake_answer *answer = fake_dns_answer(NULL, "www.example.com", DNS_CAA, DNS_OK);
 *     fake_answer_caa(answer, 0, "issue", "ca.example");
 *     answer->delay_ms = 200;
 *
 * says what the question gets, until fake_dns_reset(). Scripts live as long as that; dns_new() and
 * dns_free() do not touch them. A script may be for one `struct dns` (one perspective) or, with
 * NULL, for all; the one for the very `struct dns` wins. A question that nobody scripted gets
 * fake_dns_set_default()'s status. As in the real adapter the deadline is shortened to
 * dns_settings.timeout_ms, and an answer that comes later than that is a DNS_TIMEOUT.
 */
#pragma once

#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAKE_DNS_RECORDS_MAX = 256, FAKE_DNS_LIST_MAX = 32 };

/* delay_ms of an answer that never comes. */
#define FAKE_DNS_NEVER UINT64_MAX

/* Change members directly after fake_dns_answer(); add to the lists with the functions below. */
struct fake_answer {
    uint64_t delay_ms;
    enum dns_outcome status;
    enum dns_cause
        cause; /* DNS_CAUSE_RCODE for SERVFAIL and REFUSED, so that it is a failure outside */
    enum dns_end end; /* of the whole timeout for DNS_TIMEOUT, else of the resolver */
    enum dnssec_status dnssec;
    bool stub_zone;
    bool has_rcode;
    int rcode;
    const char *reason; /* not copied */
    uint32_t ttl_s;     /* of the records added after it was set; 300 at first */
    /* Owner of the records added after it was set (not copied); at first the end of the alias
     * chain. */
    const char *owner;

    /* Private. */
    struct dns *dns;
    char *name;
    uint16_t type;
    bool is_retry;
    struct dns_record records[FAKE_DNS_RECORDS_MAX];
    size_t record_count;
    const char *cname_chain[FAKE_DNS_LIST_MAX];
    size_t cname_count;
    struct dns_record denial[FAKE_DNS_LIST_MAX];
    size_t denial_count;
    struct dns_extended_error extended_errors[FAKE_DNS_LIST_MAX];
    size_t extended_error_count;
    struct fake_answer *next;
};

/* Forgets all scripts, all recorded questions and the default. Call it in the setup of each test.
 */
void fake_dns_reset(void);

/*
 * Scripts the answer to (name, type). `name` in any case, final dot optional. At first: no delay,
 * the RCODE that goes with `status`, security DNSSEC_SECURE for OK, NODATA and NXDOMAIN,
 * DNSSEC_BOGUS for BOGUS, else DNSSEC_INDETERMINATE. Asked again, a script of the same question
 * replaces the first.
 */
struct fake_answer *fake_dns_answer(struct dns *dns, const char *name, uint16_t type,
                                    enum dns_outcome status);
/* The answer to the question with `fresh`; without it, that gets the first answer, too. */
struct fake_answer *fake_dns_retry_answer(struct dns *dns, const char *name, uint16_t type,
                                          enum dns_outcome status);
/* What questions without a script get; DNS_SERVFAIL at first, so that no test passes by oversight.
 */
void fake_dns_set_default(enum dns_outcome status, enum dnssec_status security);

/* Records as rdata bytes, and by their usual text. All is copied. */
void fake_answer_record(struct fake_answer *answer, struct bytes rdata);
void fake_answer_caa(struct fake_answer *answer, uint8_t flags, const char *tag, const char *value);
void fake_answer_txt(struct fake_answer *answer,
                     const char *text); /* cut into strings of 255 bytes */
void fake_answer_txt_strings(struct fake_answer *answer, const char *const *strings, size_t count);
void fake_answer_address(struct fake_answer *answer, const char *address); /* A, AAAA by the type */
void fake_answer_target(struct fake_answer *answer, const char *name);     /* CNAME, PTR, NS */
/* Appends to cname_chain; records added later are owned by `target`. */
void fake_answer_alias(struct fake_answer *answer, const char *target);
void fake_answer_denial(struct fake_answer *answer, const char *owner, uint16_t type,
                        struct bytes rdata);
void fake_answer_extended_error(struct fake_answer *answer, uint16_t code, const char *text);

/* The questions asked, oldest first, of all `struct dns` (NULL) or of one. */
struct fake_question {
    const struct dns *dns;
    const char *name; /* as asked */
    uint16_t type;
    bool has_account;
    uint64_t fresh; /* as asked; 0: of the shared resolver */
    uint64_t at_ms;
    uint64_t deadline_ms; /* as passed by the caller */
};
size_t fake_dns_question_count(const struct dns *dns);
const struct fake_question *fake_dns_question(const struct dns *dns, size_t index);
/* How often (name, type) was asked. */
size_t fake_dns_asked(const struct dns *dns, const char *name, uint16_t type);
/* Jobs that neither delivered nor were cancelled. dns_free() asserts that it is 0. */
size_t fake_dns_pending(const struct dns *dns);
/* The index-th `struct dns` alive, in order of dns_new(); NULL beyond. */
struct dns *fake_dns_instance(size_t index);
/* What dns_new() got: `timeout_ms` and the counts only, pointers are not kept. */
const struct dns_settings *fake_dns_settings(const struct dns *dns);
