/*
 * What the installed libunbound does that its headers do not say, and that net/dns.c is built
 * around. If a test fails after an upgrade of the library: read the comment in net/dns.c that it
 * stands for, and decide again.
 */
#define _GNU_SOURCE /* memmem() */
#include "base/mem.h"
#include "net/dns_config.h"
#include "net/dns_events.h"
#include "support/dns_ask.h"
#include "support/dns_message.h"
#include "support/dns_server.h"
#include "support/knot.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

enum { TYPE_A = 1, CLASS_IN = 1, RCODE_SERVFAIL = 2, RCODE_NXDOMAIN = 3 };

/* What a callback of libunbound saw. */
struct seen {
    struct fixture *fixture;
    int times;
    int rcode;
    int sec;
    bool has_reason;
    bool has_packet;
    uint8_t packet[512];
    int size;
};

struct fixture {
    struct loop *loop;
    struct dns_events *events;
    struct dns_server *server;
    struct ub_ctx *ctx;
    struct seen nested; /* asked from inside the callback of another */
    int packet_changed;
};

static void serve(const struct dns_server_query *query, struct buf *reply, void *arg)
{
    (void)arg;
    if (strcmp(query->name, "silent.lab") == 0)
        return;
    uint16_t flags = MESSAGE_QR | MESSAGE_AA;
    if (strcmp(query->name, "servfail.lab") == 0)
        flags |= RCODE_SERVFAIL;
    if (strcmp(query->name, "nx.lab") == 0)
        flags |= RCODE_NXDOMAIN;
    message_begin(reply, query->id, flags, query->sent_name, query->type);
    if (flags & 15)
        message_add_soa(reply, "lab");
    else
        message_add_a(reply, query->sent_name, (uint8_t)strlen(query->name));
}

static struct ub_ctx *new_ctx(struct fixture *f, const char *zone_options, const char *options)
{
    char path[] = "/tmp/test_libunbound.XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    fprintf(file,
            "server:\n  do-not-query-localhost: no\n%s\nstub-zone:\n  name: lab\n%s\n"
            "forward-zone:\n  name: nobody.example\n",
            options, zone_options);
    fclose(file);
    struct ub_ctx *ctx = ub_ctx_create_ub_event(dns_events_base(f->events));
    assert_non_null(ctx);
    assert_int_equal(ub_ctx_debugout(ctx, NULL), UB_NOERROR);
    assert_int_equal(ub_ctx_config(ctx, path), UB_NOERROR);
    unlink(path);
    return ctx;
}

static struct ub_ctx *new_lab_ctx(struct fixture *f, const char *options)
{
    char address[100];
    snprintf(address, sizeof address, "  stub-addr: %s", dns_server_address(f->server));
    return new_ctx(f, address, options);
}

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    f->loop = loop_new();
    f->events = dns_events_new(f->loop);
    f->server = dns_server_new(f->loop, "127.0.0.1", serve, NULL);
    f->ctx = new_lab_ctx(f, "");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    ub_ctx_delete(f->ctx);
    dns_server_free(f->server);
    dns_events_free(f->events);
    loop_free(f->loop);
    free(f);
    return 0;
}

static void on_packet(void *arg, int rcode, void *packet, int size, int sec, char *why_bogus,
                      int was_ratelimited)
{
    struct seen *seen = arg;
    (void)was_ratelimited;
    seen->times++;
    seen->rcode = rcode;
    seen->sec = sec;
    seen->has_reason = why_bogus != NULL;
    seen->has_packet = rcode == 0 && size >= 12 && size <= (int)sizeof seen->packet;
    seen->size = size;
    if (seen->has_packet)
        memcpy(seen->packet, packet, (size_t)size);
}

static int start(struct fixture *f, const char *name, struct seen *seen)
{
    int id = 0;
    *seen = (struct seen){.fixture = f};
    assert_int_equal(ub_resolve_event(f->ctx, name, TYPE_A, CLASS_IN, seen, on_packet, &id),
                     UB_NOERROR);
    return id;
}

static struct seen resolve(struct fixture *f, const char *name)
{
    struct seen seen;
    start(f, name, &seen);
    for (int i = 0; i < 1000 && !seen.times; i++)
        dns_ask_wait(f->loop, 10);
    assert_int_equal(seen.times, 1);
    return seen;
}

static int header_rcode(const struct seen *seen)
{
    assert_true(seen->has_packet);
    return seen->packet[3] & 15;
}

/* "translate": data that failed validation comes as success, with its records. */
static void test_bogus_data_is_delivered_as_success(void **state)
{
    struct fixture *f = *state;
    static const struct knot_zone zone = {"lab", KNOT_NSEC, "www A 192.0.2.1\n"};
    struct knot *knot = knot_new(&zone, 1);
    ub_ctx_delete(f->ctx);
    char address[100];
    snprintf(address, sizeof address, "  stub-addr: %s", knot_address(knot));
    f->ctx = new_ctx(f, address,
                     "  trust-anchor: \"lab. DS 12345 13 2 "
                     "0000000000000000000000000000000000000000000000000000000000000000\"");
    struct seen seen = resolve(f, "www.lab");
    knot_free(knot);
    assert_int_equal(seen.rcode, 0);
    assert_int_equal(header_rcode(&seen), 0);
    assert_true(seen.packet[7] > 0); /* answers are there */
    assert_int_equal(seen.sec, 1);
    assert_true(seen.has_reason);
}

/* "translate": the RCODE of the callback is none of the DNS. */
static void test_nxdomain_and_cached_servfail_come_with_rcode_0(void **state)
{
    struct fixture *f = *state;
    struct seen seen = resolve(f, "nx.lab");
    assert_int_equal(seen.rcode, 0);
    assert_int_equal(header_rcode(&seen), RCODE_NXDOMAIN);
    seen = resolve(f, "servfail.lab");
    assert_int_equal(seen.rcode, RCODE_SERVFAIL);
    assert_true(seen.size > 0); /* of a buffer that holds no answer */
    seen = resolve(f, "servfail.lab");
    assert_int_equal(seen.rcode, 0);
    assert_int_equal(header_rcode(&seen), RCODE_SERVFAIL);
}

/* "ask": a cached answer comes inside ub_resolve_event(), with an id as if it were pending. */
static void test_cached_answer_comes_inside_resolve_with_an_id(void **state)
{
    struct fixture *f = *state;
    resolve(f, "www.lab");
    struct seen seen;
    int id = start(f, "www.lab", &seen);
    assert_int_equal(seen.times, 1);
    assert_int_not_equal(id, 0);
    id = start(f, "localhost", &seen); /* built-in data: no id */
    assert_int_equal(seen.times, 1);
    assert_int_equal(id, 0);
}

static void on_packet_ask_another(void *arg, int rcode, void *packet, int size, int sec,
                                  char *why_bogus, int was_ratelimited)
{
    struct seen *seen = arg;
    struct fixture *f = seen->fixture;
    on_packet(seen, rcode, packet, size, sec, why_bogus, was_ratelimited);
    start(f, "three.lab", &f->nested);
    f->packet_changed = memcmp(seen->packet, packet, (size_t)size) != 0;
}

/* "on_packet": the packet lies where the next question writes. */
static void test_packet_is_overwritten_by_the_next_question(void **state)
{
    struct fixture *f = *state;
    resolve(f, "one.lab");
    resolve(f, "three.lab");
    struct seen seen = {.fixture = f};
    assert_int_equal(
        ub_resolve_event(f->ctx, "one.lab", TYPE_A, CLASS_IN, &seen, on_packet_ask_another, NULL),
        UB_NOERROR);
    assert_int_equal(seen.times, 1);
    assert_int_equal(f->nested.times, 1);
    assert_true(f->packet_changed);
}

/* "stop": cancelling marks only, and twice is fine. */
static void test_cancel_silences_and_may_be_repeated(void **state)
{
    struct fixture *f = *state;
    struct seen seen;
    int id = start(f, "www.lab", &seen);
    assert_int_equal(ub_cancel(f->ctx, id), UB_NOERROR);
    assert_int_equal(ub_cancel(f->ctx, id), UB_NOERROR);
    dns_ask_wait(f->loop, 200);
    assert_int_equal(seen.times, 0);
    assert_int_equal(dns_server_count(f->server, "www.lab", 0), 1); /* the work went on */
    assert_int_equal(ub_cancel(f->ctx, id), UB_NOID);
}

/* "dns_free": live questions are answered when the context is deleted; cancelled ones are not. */
static void test_delete_calls_back_what_is_not_cancelled(void **state)
{
    struct fixture *f = *state;
    struct seen live, cancelled;
    start(f, "silent.lab", &live);
    ub_cancel(f->ctx, start(f, "silent.lab", &cancelled));
    dns_ask_wait(f->loop, 10);
    ub_ctx_delete(f->ctx);
    f->ctx = NULL;
    assert_int_equal(live.times, 1);
    assert_int_equal(live.rcode, RCODE_SERVFAIL);
    assert_int_equal(cancelled.times, 0);
}

/* "ask": an error of ub_resolve_event() comes without a callback. */
static void test_bad_name_fails_without_callback(void **state)
{
    struct fixture *f = *state;
    struct seen seen = {0};
    assert_int_equal(ub_resolve_event(f->ctx, "a..lab", TYPE_A, CLASS_IN, &seen, on_packet, NULL),
                     UB_SYNTAX);
    assert_int_equal(seen.times, 0);
}

/* "open_resolver": options are closed, and their mistakes show, at the first question. */
static void test_options_end_at_the_first_question(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ub_ctx_set_option(f->ctx, "cache-max-ttl:", "1"), UB_NOERROR);
    resolve(f, "www.lab");
    assert_int_equal(ub_ctx_set_option(f->ctx, "cache-max-ttl:", "1"), UB_AFTERFINAL);
    struct ub_ctx *ctx = new_lab_ctx(f, "  trust-anchor-file: /nonexistent");
    assert_int_equal(ub_resolve_event(ctx, "www.lab", TYPE_A, CLASS_IN, NULL, on_packet, NULL),
                     UB_INITFAIL);
    ub_ctx_delete(ctx);
}

/* "forget_last": a cache of size 0 holds the newest failure, until another one takes its place. */
static void test_cache_of_size_0_holds_one_message(void **state)
{
    struct fixture *f = *state;
    ub_ctx_delete(f->ctx);
    f->ctx = new_lab_ctx(f, "  msg-cache-size: 0\n  msg-cache-slabs: 1");
    resolve(f, "servfail.lab");
    size_t seen = dns_server_count(f->server, NULL, 0);
    resolve(f, "servfail.lab");
    assert_int_equal(dns_server_count(f->server, NULL, 0), seen);
    struct seen nobody;
    start(f, "nobody.example", &nobody);
    assert_int_equal(nobody.times, 1); /* at once, and without a query */
    assert_int_equal(dns_server_count(f->server, NULL, 0), seen);
    resolve(f, "servfail.lab");
    assert_true(dns_server_count(f->server, NULL, 0) > seen);
}

/* "dns.h": the OPT record of the packet has no options, so no extended error of anybody. */
static void test_packet_has_no_extended_errors(void **state)
{
    struct fixture *f = *state;
    ub_ctx_delete(f->ctx);
    f->ctx = new_lab_ctx(f, "  ede: yes");
    resolve(f, "servfail.lab");
    struct seen seen = resolve(f, "servfail.lab");
    assert_true(seen.has_packet);
    const uint8_t *end = seen.packet + seen.size;
    assert_memory_equal(end - 11, "\0\0\x29", 3); /* the root's OPT record ends the packet */
    assert_memory_equal(end - 2, "\0\0", 2);      /* with no data */
}

/* The resolver's own configuration on this day; "": today. */
static void open_own_ctx(struct fixture *f, struct knot *knot, const char *date)
{
    const char *anchors[] = {knot_ds(knot, "lab")}, *addresses[] = {knot_address(knot)};
    const struct dns_stub stub = {.name = "lab", .addresses = addresses, .address_count = 1};
    const struct dns_settings settings = {.trust_anchors = anchors,
                                          .trust_anchor_count = 1,
                                          .stub_zones = &stub,
                                          .stub_count = 1,
                                          .cache_max_ttl_s = 60};
    const struct dns_config config = {.settings = &settings, .outgoing_range = 64};
    struct buf text = {0};
    struct err err;
    assert_true(dns_config_format(&config, &text, &err));
    if (*date)
        buf_printf(&text, "server:\n  val-override-date: \"%s\"\n", date);
    char path[] = "/tmp/test_libunbound.XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    fputs(buf_str(&text), file);
    fclose(file);
    buf_clear(&text);
    ub_ctx_delete(f->ctx);
    f->ctx = ub_ctx_create_ub_event(dns_events_base(f->events));
    assert_int_equal(ub_ctx_debugout(f->ctx, NULL), UB_NOERROR);
    assert_int_equal(ub_ctx_config(f->ctx, path), UB_NOERROR);
    unlink(path);
}

static int sec_on(struct fixture *f, struct knot *knot, time_t at)
{
    char date[32];
    struct tm parts;
    strftime(date, sizeof date, "%Y%m%d%H%M%S", gmtime_r(&at, &parts));
    open_own_ctx(f, knot, date);
    return resolve(f, "www.lab").sec;
}

static uint32_t u32_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* "dns_config.c": RFC 4035 section 5.3.1, without the day that libunbound adds by default. Within
 * five seconds of either end the zone's other signatures may not be as old. */
static void test_signature_counts_to_the_second(void **state)
{
    struct fixture *f = *state;
    static const struct knot_zone zone = {"lab", KNOT_NSEC, "www A 192.0.2.1\n"};
    struct knot *knot = knot_new(&zone, 1);
    open_own_ctx(f, knot, "");
    struct seen seen = resolve(f, "www.lab");
    assert_int_equal(seen.sec, 2);
    /* RRSIG of the A record: type covered 1, algorithm 13, labels 2; then TTL, expiration, inception. */
    const uint8_t *rrsig = memmem(seen.packet, (size_t)seen.size, "\0\1\15\2", 4);
    assert_non_null(rrsig);
    time_t expiration = u32_at(rrsig + 8), inception = u32_at(rrsig + 12);
    assert_true(inception < time(NULL) && time(NULL) < expiration);
    assert_int_equal(sec_on(f, knot, expiration - 5), 2);
    assert_int_equal(sec_on(f, knot, expiration + 1), 1);
    assert_int_equal(sec_on(f, knot, inception + 5), 2);
    assert_int_equal(sec_on(f, knot, inception - 1), 1);
    knot_free(knot);
}

/* What is laxer by default, or was in some version, read back from the library. */
static void test_settings_of_the_resolver_are_in_force(void **state)
{
    static const struct {
        const char *option, *value;
    } rows[] = {
        {"val-sig-skew-min", "0"},
        {"val-sig-skew-max", "0"},
        {"val-permissive-mode", "no"},
        {"val-clean-additional", "yes"},
        {"module-config", "validator iterator"},
        {"serve-expired", "no"},
        {"prefetch", "no"},
        {"prefetch-key", "no"},
        {"aggressive-nsec", "no"},
        {"harden-glue", "yes"},
        {"harden-dnssec-stripped", "yes"},
        {"harden-below-nxdomain", "yes"},
        {"use-caps-for-id", "yes"},
        {"qname-minimisation", "yes"},
        {"cache-max-ttl", "60"},
        {"cache-min-ttl", "0"},
        {"trust-anchor-signaling", "no"},
    };
    struct fixture *f = *state;
    static const struct knot_zone zone = {"lab", KNOT_NSEC, "www A 192.0.2.1\n"};
    struct knot *knot = knot_new(&zone, 1);
    open_own_ctx(f, knot, "");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *value = NULL;
        assert_int_equal(ub_ctx_get_option(f->ctx, rows[i].option, &value), UB_NOERROR);
        if (strcmp(value, rows[i].value) != 0)
            fail_msg("%s: %s", rows[i].option, value);
        free(value);
    }
    knot_free(knot);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_bogus_data_is_delivered_as_success),
        CASE(test_nxdomain_and_cached_servfail_come_with_rcode_0),
        CASE(test_cached_answer_comes_inside_resolve_with_an_id),
        CASE(test_packet_is_overwritten_by_the_next_question),
        CASE(test_cancel_silences_and_may_be_repeated),
        CASE(test_delete_calls_back_what_is_not_cancelled),
        CASE(test_bad_name_fails_without_callback),
        CASE(test_options_end_at_the_first_question),
        CASE(test_cache_of_size_0_holds_one_message),
        CASE(test_packet_has_no_extended_errors),
        CASE(test_signature_counts_to_the_second),
        CASE(test_settings_of_the_resolver_are_in_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
